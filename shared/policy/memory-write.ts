/** The policy input for storing a memory. Pure. The caller asks the policy, and audits the decision without the text. */
import type { AccessRequest } from './access-request.ts'

/** A memory that a caller wants to store. */
export type MemoryWrite =
  /** A write to SomaBrain. The policy limits the tenant's writes per minute; the built-in limit is 1,000. */
  | { readonly kind: 'somabrain'; readonly writesThisMinute: number; readonly text?: string }
  /** A memory from a conversation. The policy denies texts with an e-mail address or telephone number. */
  | { readonly kind: 'conversation_memory'; readonly text: string }

/** The `memory.write` request for `policy.rego`. */
export function memoryWrite(write: MemoryWrite): AccessRequest {
  const { kind, text } = write
  const textPart = text === undefined ? {} : { text }
  const context = write.kind === 'somabrain' ? { writes_this_minute: write.writesThisMinute, ...textPart } : textPart
  return { action: 'memory.write', resource: { kind }, context }
}
