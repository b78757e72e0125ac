/** Attributes of a memory request, for the policy. */
import { PartyUnavailable } from '../../../shared/faults.ts'
import type { AccessRequest } from '../../../shared/policy/access-request.ts'
import { memoryWrite } from '../../../shared/policy/memory-write.ts'
import type { GatewayContext } from '../http/context.ts'

/** Counts only: the policy limits the writes. */
const countOnly = { kind: 'fixed_window', limit: 1_000_000, window_seconds: 60 } as const

/** When a write may succeed again while the counter is unavailable. Milliseconds. */
const retryMs = 5_000

/** The caller's own memory. A write includes the tenant's number of writes in this minute, itself included. */
export async function memoryAttributes(c: GatewayContext, action: string): Promise<Required<Pick<AccessRequest, 'resource' | 'context'>>> {
  const { tenant, subject: owner } = c.var.principal
  if (action !== 'memory.write') return { resource: { kind: 'memory', owner }, context: {} }
  const [writes, text] = await Promise.all([writesThisMinute(c, tenant), textIn(c)])
  const { resource, context = {} } = memoryWrite({ kind: 'somabrain', writesThisMinute: writes, ...(text === undefined ? {} : { text }) })
  return { resource: { ...resource, owner }, context }
}

/** The key and value, which a constitution may restrict. The route refuses an invalid body. */
async function textIn(c: GatewayContext): Promise<string | undefined> {
  const body: unknown = await c.req.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null || !('key' in body) || !('value' in body)) return undefined
  return typeof body.key === 'string' && typeof body.value === 'string' ? `${body.key}\n${body.value}` : undefined
}

async function writesThisMinute({ env }: GatewayContext, tenant: string): Promise<number> {
  try {
    const { limit, remaining } = await env.LIMITER.getByName(`${tenant}/memory`).take(countOnly)
    return limit - remaining
  } catch (cause) {
    // Without the count the write is refused.
    throw new PartyUnavailable('The counter of memory writes', retryMs, cause)
  }
}
