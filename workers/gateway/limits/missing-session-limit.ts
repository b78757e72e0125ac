/**
 * Limits a user's requests for sessions that do not exist, or are hidden. Each such request starts an object under a name of the user's
 * choice. The isolate counts alone, so the limit starts no further object. Hidden sessions count as well: otherwise a refusal would
 * reveal which sessions exist.
 */
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { quotaAfter, type RateRule, type RateState, takeRequests } from '../../../shared/limits/rate.ts'
import type { Failure } from '../../../shared/problem.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import type { GatewayContext } from '../http/context.ts'

/** The limit of a user: more than a person's broken links. */
export const missingRule = { kind: 'token_bucket', limit: 300, window_seconds: 60 } as const satisfies RateRule

const counts = new BoundedMap<string, RateState>(10_000)

const nameOf = (c: GatewayContext): string => `${c.get('principal').tenant}/${c.get('principal').subject}`

/** Counts a request for a session that the caller may not see. */
export function countMissing(c: GatewayContext): void {
  counts.set(nameOf(c), takeRequests(missingRule, counts.get(nameOf(c)), Date.now()).state)
}

/** The refusal of a caller over the limit; null: the request may continue. */
export function missingRefusal(c: GatewayContext): Failure | null {
  if (readVariable(c.env, 'SOMA_RATE_LIMITS') === 'off') return null
  const stored = counts.get(nameOf(c))
  // The state after no request: only time has passed.
  const { state } = takeRequests(missingRule, stored, Date.now(), 0)
  const { remaining, retryMs } = quotaAfter(missingRule, state, true, Date.now())
  return remaining > 0 ? null : { kind: 'rate_limited', limit: missingRule.limit, retryMs }
}
