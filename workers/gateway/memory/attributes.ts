/** What the policy is told of a request about one's own memory. */

import type { AccessRequest } from '../../../shared/policy/access-request.ts'
import { memoryWrite } from '../../../shared/policy/memory-write.ts'
import type { GatewayContext } from '../http/context.ts'

/** Counts and lets all through: what is too much, the policy says. */
const counting = { kind: 'fixed_window', limit: 1_000_000, window_seconds: 60 } as const

/** The counter of a tenant's writes cannot be asked, so nothing is written. */
export class CounterUnavailable extends Error {
  override readonly name = 'CounterAway'
}

/** One's own; a write with how many the tenant has asked for in this minute, this one included. */
export async function memoryAttributes(c: GatewayContext, action: string): Promise<Required<Pick<AccessRequest, 'resource' | 'context'>>> {
  const { tenant, subject: owner } = c.var.principal
  if (action !== 'memory.write') return { resource: { kind: 'memory', owner }, context: {} }
  const [writes, text] = await Promise.all([writesThisMinute(c, tenant), textIn(c)])
  const { resource, context = {} } = memoryWrite({ kind: 'somabrain', writesThisMinute: writes, ...(text === undefined ? {} : { text }) })
  return { resource: { ...resource, owner }, context }
}

/** All that is to be remembered, its key too: a constitution may say something about it. A body that is none is for the route to refuse. */
async function textIn(c: GatewayContext): Promise<string | undefined> {
  const body: unknown = await c.req.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null || !('key' in body) || !('value' in body)) return undefined
  return typeof body.key === 'string' && typeof body.value === 'string' ? `${body.key}\n${body.value}` : undefined
}

async function writesThisMinute({ env }: GatewayContext, tenant: string): Promise<number> {
  try {
    const { limit, remaining } = await env.LIMITER.getByName(`${tenant}/memory`).take(counting)
    return limit - remaining
  } catch (cause) {
    throw new CounterUnavailable('the writes of this minute cannot be counted', { cause })
  }
}
