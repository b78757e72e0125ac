/** Attributes of a memory request, for the policy. */
import { engineLimits } from '../../../shared/api/memory-engine.ts'
import { PartyUnavailable } from '../../../shared/faults.ts'
import { payloadText } from '../../../shared/memory/engine/terms.ts'
import type { AccessRequest } from '../../../shared/policy/access-request.ts'
import { memoryWrite } from '../../../shared/policy/memory-write.ts'
import type { Failure } from '../../../shared/problem.ts'
import { readJson } from '../http/body.ts'
import type { GatewayContext } from '../http/context.ts'

/** The most memories that one user stores in a minute. The tenant's limit of 1,000 is for all users together. */
export const subjectShare = { kind: 'fixed_window', limit: 200, window_seconds: 60 } as const
/** Counts only: the policy limits the tenant's writes. */
const countOnly = { kind: 'fixed_window', limit: 1_000_000, window_seconds: 60 } as const

/** When a write may succeed again while the counter is unavailable. Milliseconds. */
const retryMs = 5_000

interface MemoryAttributes extends Required<Pick<AccessRequest, 'resource' | 'context'>> {
  /** Subtracts a refused write from the tenant's count, so that it does not limit other users. */
  giveBack(): Promise<void>
}

/** The caller's own memory. A write includes the tenant's number of writes in this minute, itself included. */
export async function memoryAttributes(c: GatewayContext, action: string): Promise<MemoryAttributes | { readonly refused: Failure }> {
  const { tenant, subject: owner } = c.var.principal
  if (action !== 'memory.write') return { resource: { kind: 'memory', owner }, context: {}, giveBack: async () => {} }
  const { count, text } = await written(c)
  const ownCount = await countWrite(c, `${tenant}/memory/${owner}`, subjectShare, count)
  if (!ownCount.allowed) return { refused: { kind: 'rate_limited', limit: ownCount.limit, retryMs: ownCount.retryMs } }
  const { limit, remaining } = await countWrite(c, `${tenant}/memory`, countOnly, count)
  const write = memoryWrite({ kind: 'somabrain', writesThisMinute: limit - remaining, ...(text === undefined ? {} : { text }) })
  const giveBack = () =>
    c.env.LIMITER.getByName(`${tenant}/memory`)
      .giveBack(countOnly, count)
      .catch(() => {})
  return { resource: { ...write.resource, owner }, context: write.context ?? {}, giveBack }
}

/** How many memories the body has, and their texts, which a constitution may restrict. The route refuses an invalid body. */
async function written(c: GatewayContext): Promise<{ count: number; text?: string }> {
  const body = await readJson(c).catch(() => undefined)
  if (typeof body !== 'object' || body === null) return { count: 1 }
  if ('items' in body && Array.isArray(body.items))
    return { count: clamp(body.items.length), text: body.items.map(payloadTextOf).join('\n') }
  if ('lines' in body && Array.isArray(body.lines))
    return { count: clamp(body.lines.length), text: body.lines.map(payloadTextOf).join('\n') }
  if ('payload' in body) return { count: 1, text: payloadTextOf(body) }
  if (!('key' in body) || !('value' in body) || typeof body.key !== 'string' || typeof body.value !== 'string') return { count: 1 }
  return { count: 1, text: `${body.key}\n${body.value}` }
}

/** A body with more memories is refused. */
const clamp = (count: number): number => Math.min(Math.max(count, 1), engineLimits.bulk)

const payloadTextOf = (item: unknown): string =>
  typeof item === 'object' && item !== null && 'payload' in item ? payloadText(item.payload) : ''

async function countWrite({ env }: GatewayContext, name: string, rule: typeof subjectShare | typeof countOnly, count: number) {
  try {
    return await env.LIMITER.getByName(name).take(rule, count)
  } catch (cause) {
    // Without the count the write is refused.
    throw new PartyUnavailable('The counter of memory writes', retryMs, cause)
  }
}
