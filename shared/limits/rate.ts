/** Rate limits. Pure arithmetic: the caller keeps the state and passes the clock, so objects, Redis and isolates get the same numbers. */
import { z } from 'zod'

const limit = z.int().min(1).max(1_000_000).meta({ description: 'Requests in one window' })
const windowSeconds = z.int().min(1).max(86_400).meta({ description: 'How long a window lasts' })

/** `fixed_window`: a number per aligned window. `token_bucket`: a burst, refilled evenly. */
export const RateRule = z.strictObject({
  kind: z.enum(['fixed_window', 'token_bucket']).meta({ description: 'How requests are counted' }),
  limit,
  window_seconds: windowSeconds,
})
export type RateRule = z.infer<typeof RateRule>

/** The state of one counter. `at`: the start of the window, or the time of `value`, Unix ms. `value`: requests used, or tokens left. */
export interface RateState {
  /** The kind and window of the rule. A state of another rule is ignored. */
  readonly by: string
  readonly at: number
  readonly value: number
}

/** The result of one counted request. */
export interface Quota {
  readonly allowed: boolean
  readonly limit: number
  /** Whole requests that are left now. */
  readonly remaining: number
  /** Time until the full limit is available, ms. */
  readonly resetMs: number
  /** Time until one request is available, ms; 0: now. */
  readonly retryMs: number
}

/**
 * Takes one request at `now` if the limit allows it. A clock that goes back neither takes nor adds requests. `weight`: how many requests
 * it counts as. It is at most the whole limit, so a heavy request is never refused for good.
 */
export function takeRequests(
  rule: RateRule,
  before: RateState | undefined,
  now: number,
  weight = 1,
): { readonly state: RateState; readonly quota: Quota } {
  const by = `${rule.kind}/${rule.window_seconds}`
  const current = before?.by === by ? before : undefined
  const units = Math.min(weight, rule.limit)
  const { allowed, at, value } =
    rule.kind === 'fixed_window' ? fromWindow(rule, current, now, units) : fromBucket(rule, current, now, units)
  const state = { by, at, value }
  return { state, quota: quotaAfter(rule, state, allowed, now, units) }
}

/**
 * The state after a use that has happened already, such as the tokens of an answer. The count may exceed the limit by up to the limit.
 * Later requests wait until it has fallen.
 */
export function chargeUse(rule: RateRule, before: RateState | undefined, now: number, weight: number): RateState {
  const { state } = takeRequests(rule, before, now, 0)
  const value = rule.kind === 'fixed_window' ? Math.min(2 * rule.limit, state.value + weight) : Math.max(-rule.limit, state.value - weight)
  return { ...state, value }
}

/** The state without a counted request of a fixed window. A request of an earlier window has left the count already. */
export function giveBack({ kind, window_seconds }: RateRule, state: RateState, now: number, weight = 1): RateState {
  const isCurrent = state.by === `${kind}/${window_seconds}` && now < state.at + window_seconds * 1_000
  return kind === 'fixed_window' && isCurrent ? { ...state, value: Math.max(0, state.value - weight) } : state
}

/** The quota to report after a request of `weight` left a counter at `state`. `retryMs` is the wait until as heavy a request fits. */
export function quotaAfter(
  { kind, limit, window_seconds }: RateRule,
  { at, value }: Pick<RateState, 'at' | 'value'>,
  allowed: boolean,
  now: number,
  weight = 1,
): Quota {
  const units = Math.min(weight, limit)
  if (kind === 'fixed_window') {
    const resetMs = Math.max(1, at + window_seconds * 1_000 - now)
    const remaining = Math.max(0, limit - value)
    return { allowed, limit, remaining, resetMs, retryMs: remaining >= units ? 0 : resetMs }
  }
  const perMs = limit / (window_seconds * 1_000)
  const remaining = Math.max(0, Math.floor(value + tolerance))
  return {
    allowed,
    limit,
    remaining,
    resetMs: Math.ceil((limit - value) / perMs),
    retryMs: remaining >= units ? 0 : Math.ceil((units - value) / perMs),
  }
}

/** Tolerance for sums of fractions, such as 0.9999999 for 1. */
const tolerance = 1e-9

interface CountResult {
  readonly allowed: boolean
  readonly at: number
  readonly value: number
}

function fromWindow({ limit, window_seconds }: RateRule, before: RateState | undefined, now: number, units: number): CountResult {
  const windowMs = window_seconds * 1_000
  const windowStart = Math.floor(now / windowMs) * windowMs
  const at = Math.max(windowStart, before?.at ?? windowStart)
  const count = before && before.at === at ? before.value : 0
  const allowed = count + units <= limit
  return { allowed, at, value: allowed ? count + units : count }
}

function fromBucket({ limit, window_seconds }: RateRule, before: RateState | undefined, now: number, units: number): CountResult {
  const at = Math.max(now, before?.at ?? now)
  // Never more than the bucket holds, also after the rule became smaller.
  const tokens = before ? Math.min(limit, before.value + ((at - before.at) * limit) / (window_seconds * 1_000)) : limit
  const allowed = tokens >= units - tolerance
  return { allowed, at, value: allowed ? Math.max(0, tokens - units) : tokens }
}

/**
 * Port: a central counter. Takes one request of the counter `name`, which counts as `weight`. Exact under concurrency. Rejects if the
 * counter is unreachable. Two drivers: `Limiter` objects, and Redis.
 */
export type Counter = (name: string, rule: RateRule, weight?: number) => Promise<Quota>

/** A local state that continues from a central counter's result, for when that counter is unreachable. */
export function stateFrom({ kind, window_seconds }: RateRule, { limit, remaining, resetMs }: Quota, now: number): RateState {
  const by = `${kind}/${window_seconds}`
  if (kind === 'token_bucket') return { by, at: now, value: remaining }
  const windowMs = window_seconds * 1_000
  return { by, at: Math.floor((now + resetMs - 1) / windowMs) * windowMs, value: limit - remaining }
}

/** The classes of requests. Each has its own limit. */
export const rateClasses = ['read', 'write', 'message', 'stream'] as const

/** A class of requests with a configurable limit. */
export type RateClass = (typeof rateClasses)[number]

/** Limits per subject and tenant: no person reaches them, a runaway script does. */
export const defaultRates: Readonly<Record<RateClass, RateRule>> = {
  read: { kind: 'token_bucket', limit: 6_000, window_seconds: 60 },
  write: { kind: 'token_bucket', limit: 3_000, window_seconds: 60 },
  message: { kind: 'token_bucket', limit: 3_000, window_seconds: 60 },
  stream: { kind: 'token_bucket', limit: 6_000, window_seconds: 60 },
}

/** Classes with a fixed limit, which settings do not change. A check costs the relations object hundreds of steps. */
export const fixedRates = { check: { kind: 'token_bucket', limit: 600, window_seconds: 60 } } as const satisfies Record<string, RateRule>

/** A class of requests with a fixed limit. */
export type FixedRateClass = keyof typeof fixedRates

/** The class of a request, from its method and path. */
export function rateClassOf(method: string, path: string, isStream: boolean): RateClass | FixedRateClass {
  if (isStream) return 'stream'
  if (path === '/v1/relations/check' || path === '/v1/shared-sessions') return 'check'
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return 'read'
  return /^\/v1\/sessions?\/(message|action)$|\/regenerate$|^\/v1\/llm\/invoke(\/stream)?$/.test(path) ? 'message' : 'write'
}
