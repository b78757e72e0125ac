/** What the policy is asked before something is remembered. Pure; whoever remembers asks, and records the decision without the text. */
import type { AccessRequest } from './access-request.ts'

export type MemoryWrite =
  /** Written to SomaBrain: allowed while the tenant writes no more than a policy's limit, 1,000 a minute in ours. */
  | { readonly kind: 'somabrain'; readonly writesThisMinute: number; readonly text?: string }
  /** Kept of a conversation: allowed while it names no e-mail address or telephone number. */
  | { readonly kind: 'conversation_memory'; readonly text: string }

/** `memory.write`, as `policy.rego` hears it. */
export function memoryWrite(write: MemoryWrite): AccessRequest {
  const { kind } = write
  const { text } = write
  const said = text === undefined ? {} : { text }
  const context = write.kind === 'somabrain' ? { writes_this_minute: write.writesThisMinute, ...said } : said
  return { action: 'memory.write', resource: { kind }, context }
}
