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
  const { allowed, at, value } = rule.kind === 'fixed_window' ? fromWindow(rule, same, now) : fromBucket(rule, same, now)
  const state = { by, at, value }
  return { state, taken: quotaAfter(rule, state, allowed, now) }
}

/** What a client is told, after a request that was `allowed` or not has left a counter at `state`. */
export function quotaAfter(
  { kind, limit, window_seconds }: RateRule,
  { at, value }: Pick<RateState, 'at' | 'value'>,
  allowed: boolean,
  now: number,
): Taken {
  if (kind === 'fixed_window') {
    const resetMs = Math.max(1, at + window_seconds * 1_000 - now)
    const remaining = Math.max(0, limit - value)
    return { allowed, limit, remaining, resetMs, retryMs: remaining > 0 ? 0 : resetMs }
  }
  const perMs = limit / (window_seconds * 1_000)
  const remaining = Math.floor(value + enough)
  return {
    allowed,
    limit,
    remaining,
    resetMs: Math.ceil((limit - value) / perMs),
    retryMs: remaining > 0 ? 0 : Math.ceil((1 - value) / perMs),
  }
}

/** Sums of fractions may come to 0.9999999: that is one. */
const enough = 1e-9

interface Counted {
  readonly allowed: boolean
  readonly at: number
  readonly value: number
}

function fromWindow({ limit, window_seconds }: RateRule, before: RateState | undefined, now: number): Counted {
  const windowMs = window_seconds * 1_000
  const begun = Math.floor(now / windowMs) * windowMs
  const at = Math.max(begun, before?.at ?? begun)
  const spent = before && before.at === at ? before.value : 0
  const allowed = spent < limit
  return { allowed, at, value: allowed ? spent + 1 : spent }
}

function fromBucket({ limit, window_seconds }: RateRule, before: RateState | undefined, now: number): Counted {
  const at = Math.max(now, before?.at ?? now)
  // Never more than the bucket holds, also when the rule has become smaller since.
  const held = before ? Math.min(limit, before.value + ((at - before.at) * limit) / (window_seconds * 1_000)) : limit
  const allowed = held >= 1 - enough
  return { allowed, at, value: allowed ? Math.max(0, held - 1) : held }
}

/**
 * Port: counts in one place. Takes one request of the counter `name`, exactly: of any number of requests at once, as many are allowed
 * as the rule says. Rejects when the place cannot be reached. Two drivers: `Limiter` objects, and Redis.
 */
export type Counter = (name: string, rule: RateRule) => Promise<Taken>

/** A state that goes on from what a counter elsewhere has told, for when it cannot be asked. */
export function stateFrom({ kind, window_seconds }: RateRule, { limit, remaining, resetMs }: Taken, now: number): RateState {
  const by = `${kind}/${window_seconds}`
  if (kind === 'token_bucket') return { by, at: now, value: remaining }
  const windowMs = window_seconds * 1_000
  return { by, at: Math.floor((now + resetMs - 1) / windowMs) * windowMs, value: limit - remaining }
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
