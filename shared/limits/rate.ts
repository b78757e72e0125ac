/**
 * How often something may be done. Pure arithmetic: whoever calls keeps the state and brings the clock, so the same numbers come out
 * in an object, in Redis and in an isolate.
 */
import { z } from 'zod'

const limit = z.int().min(1).max(1_000_000).meta({ description: 'Requests in one window' })
const windowSeconds = z.int().min(1).max(86_400)

/** `fixed_window`: so many from one boundary of the clock to the next. `token_bucket`: so many at once, filled evenly. */
export const RateRule = z.strictObject({
  kind: z.enum(['fixed_window', 'token_bucket']),
  limit,
  window_seconds: windowSeconds,
})
export type RateRule = z.infer<typeof RateRule>

/** What is remembered of one counter. `at`: the window's beginning, or when `value` was true, Unix ms. `value`: spent, or tokens left. */
export interface RateState {
  /** The kind of rule it was counted by, and its window: numbers of another mean nothing. */
  readonly by: string
  readonly at: number
  readonly value: number
}

export interface Taken {
  readonly allowed: boolean
  readonly limit: number
  /** What is left now, whole requests. */
  readonly remaining: number
  /** Until the limit is whole again, ms. */
  readonly resetMs: number
  /** Until one request fits again, ms; 0 if one does now. */
  readonly retryMs: number
}

/** Takes one request at `now`, if it fits. A clock that goes back takes nothing away and gives nothing. */
export function take(rule: RateRule, before: RateState | undefined, now: number): { readonly state: RateState; readonly taken: Taken } {
  const by = `${rule.kind}/${rule.window_seconds}`
  const same = before?.by === by ? before : undefined
  const { state, taken } = rule.kind === 'fixed_window' ? takeFromWindow(rule, same, now) : takeFromBucket(rule, same, now)
  return { state: { by, ...state }, taken }
}

function takeFromWindow({ limit, window_seconds }: RateRule, before: RateState | undefined, now: number) {
  const windowMs = window_seconds * 1_000
  const begun = Math.floor(now / windowMs) * windowMs
  const at = Math.max(begun, before?.at ?? begun)
  const spent = before && before.at === at ? before.value : 0
  const allowed = spent < limit
  const value = allowed ? spent + 1 : spent
  const resetMs = Math.max(1, at + windowMs - now)
  const remaining = Math.max(0, limit - value)
  return { state: { at, value }, taken: { allowed, limit, remaining, resetMs, retryMs: remaining > 0 ? 0 : resetMs } }
}

function takeFromBucket({ limit, window_seconds }: RateRule, before: RateState | undefined, now: number) {
  const perMs = limit / (window_seconds * 1_000)
  const at = Math.max(now, before?.at ?? now)
  // Never more than the bucket holds, also when the rule has become smaller since.
  const held = before ? Math.min(limit, before.value + (at - before.at) * perMs) : limit
  // Sums of fractions may come to 0.9999999: that is one.
  const allowed = held >= 1 - 1e-9
  const value = allowed ? Math.max(0, held - 1) : held
  const remaining = Math.floor(value + 1e-9)
  const resetMs = Math.ceil((limit - value) / perMs)
  return {
    state: { at, value },
    taken: { allowed, limit, remaining, resetMs, retryMs: remaining > 0 ? 0 : Math.ceil((1 - value) / perMs) },
  }
}

/** What requests are counted as, each on its own. */
export const rateClasses = ['read', 'write', 'message', 'stream'] as const
export type RateClass = (typeof rateClasses)[number]

/** For one subject of one tenant: no person comes near them, a script that runs wild does. */
export const defaultRates: Readonly<Record<RateClass, RateRule>> = {
  read: { kind: 'token_bucket', limit: 6_000, window_seconds: 60 },
  write: { kind: 'token_bucket', limit: 3_000, window_seconds: 60 },
  message: { kind: 'token_bucket', limit: 3_000, window_seconds: 60 },
  stream: { kind: 'token_bucket', limit: 6_000, window_seconds: 60 },
}

/** The class of a request, by what it does. */
export function rateClassOf(method: string, path: string, streams: boolean): RateClass {
  if (streams) return 'stream'
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return 'read'
  return /^\/v1\/sessions?\/(message|action)$|\/regenerate$/.test(path) ? 'message' : 'write'
}
