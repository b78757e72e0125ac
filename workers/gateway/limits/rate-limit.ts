/**
 * Limits the request rate per tenant, class and subject. One counter per name makes a limit exact across isolates, and costs a call.
 * Permits leased to isolates would save the call, but one isolate could be refused while another holds unused permits.
 * While the counter is unavailable, each isolate counts alone. The limit degrades; the API stays available and limited.
 */

import { createMiddleware } from 'hono/factory'
import { limits } from '../../../shared/api/limits.ts'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { withDeadline } from '../../../shared/lib/timeout.ts'
import {
  type Counter,
  defaultRates,
  type FixedRateClass,
  fixedRates,
  type Quota,
  type RateClass,
  type RateRule,
  type RateState,
  rateClassOf,
  stateFrom,
  takeRequests,
} from '../../../shared/limits/rate.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import { isUpload, maxBodyBytes } from '../http/body.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { type ProblemResponse, problem } from '../http/problem.ts'
import { wantsStream } from '../http/wants-stream.ts'
import { logger } from '../logger.ts'
import { redisCounter } from './redis-counter.ts'
import { limitsOf } from './tenant-limits.ts'

/** Timeout of the counter. Milliseconds. */
const counterTimeoutMs = 1_000
/** How long an isolate counts alone after a counter timeout. Milliseconds. */
const fallbackMs = 1_000
const maxLocalCounters = 5_000

/** Redis, if it is configured; else the limiter object of that name. */
function counterOf(env: GatewayEnv): Counter {
  const url = readVariable(env, 'UPSTASH_REDIS_REST_URL')
  return url !== ''
    ? redisCounter(url, readVariable(env, 'UPSTASH_REDIS_REST_TOKEN'))
    : (name, rule, weight) => env.LIMITER.getByName(name).take(rule, weight)
}

/** This isolate's own counts, which continue from the last state of the counter. */
const localCounts = new BoundedMap<string, RateState>(maxLocalCounters)
/** The end of the fallback, Unix ms. */
let fallbackUntil = 0

async function count(counter: Counter, name: string, rule: RateRule, weight: number): Promise<Quota> {
  if (Date.now() >= fallbackUntil) {
    try {
      const result = await withDeadline(counter(name, rule, weight), counterTimeoutMs)
      localCounts.set(name, stateFrom(rule, result, Date.now()))
      return result
    } catch (error) {
      fallbackUntil = Date.now() + fallbackMs
      logger.write('limiter.unreachable', { error })
    }
  }
  const { state, quota } = takeRequests(rule, localCounts.get(name), Date.now(), weight)
  localCounts.set(name, state)
  return quota
}

/** Counts each request by its bytes, reports the quota in headers, and refuses requests over the limit with 429. */
export const rateLimit = createMiddleware<Gateway>(async (c, next) => {
  if (readVariable(c.env, 'SOMA_RATE_LIMITS') === 'off') return next()
  const { tenant, subject } = c.get('principal')
  const rateClass = classOf(c)
  const rule = rateClass === 'check' ? fixedRates.check : (await limitsOf(c))[rateClass]
  const quota = await count(counterOf(c.env), `${tenant}/${rateClass}/${subject}`, rule, weightOf(c))
  if (quota.allowed) await next()
  else c.res = refusalOf(c, quota)
  // The response to an upgrade accepts no further headers.
  if (c.res.status === 101) return
  // `c.header` would copy the response for each header.
  for (const [name, value] of Object.entries(quotaHeaders(quota))) c.res.headers.set(name, value)
})

/**
 * Counts a request with a credential that does not name its user yet. The isolate counts alone, so that an invented name creates no
 * object. Sets the headers of the quota. Returns the refusal over the limit; else null.
 */
export function limitCredential(c: GatewayContext, credential: string): ProblemResponse | null {
  if (readVariable(c.env, 'SOMA_RATE_LIMITS') === 'off') return null
  const name = `credential ${credential}`
  const { state, quota } = takeRequests(defaultRates.write, localCounts.get(name), Date.now())
  localCounts.set(name, state)
  for (const [header, value] of Object.entries(quotaHeaders(quota))) c.header(header, value)
  return quota.allowed ? null : refusalOf(c, quota)
}

function refusalOf(c: GatewayContext, { limit, retryMs }: Quota): ProblemResponse {
  const refusal = problem(c, { kind: 'rate_limited', limit, retryMs })
  refusal.headers.set('retry-after', seconds(retryMs))
  return refusal
}

/** The names of the IETF draft, and the older `x-` names. */
function quotaHeaders({ limit, remaining, resetMs }: Quota): Record<string, string> {
  const values = Object.entries({ limit: String(limit), remaining: String(remaining), reset: seconds(resetMs) })
  return Object.fromEntries(
    values.flatMap(([name, value]) => [[`ratelimit-${name}`, value] as const, [`x-ratelimit-${name}`, value] as const]),
  )
}

function classOf(c: GatewayContext): RateClass | FixedRateClass {
  const isStream = wantsStream(c) || c.req.header('upgrade') !== undefined
  return rateClassOf(c.req.method, c.req.path, isStream && c.req.method === 'GET')
}

/** Bytes of a body that count as one request. */
const bytesPerRequest = 100_000
/** The same for an upload, which is never parsed as text. */
const uploadBytesPerRequest = 5_000_000

/**
 * How many requests a request counts as: the checks of a list, or else by the bytes of its body. A body without a declared length counts as
 * its path's largest.
 */
function weightOf(c: GatewayContext): number {
  if (c.req.path === '/v1/shared-sessions') return limits.sharedSessions
  const declared = c.req.header('transfer-encoding') === undefined ? c.req.header('content-length') : undefined
  const [largest, perRequest] = isUpload(c) ? [limits.uploadBytes, uploadBytesPerRequest] : [maxBodyBytes(c.req.path), bytesPerRequest]
  const bytes = declared === undefined && c.req.raw.body ? largest : Number(declared ?? 0)
  return Math.max(1, Math.ceil(bytes / perRequest) || 1)
}

const seconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1_000)))
