/**
 * How often a subject may ask. Counted in one place per tenant, class and subject, so that a limit is exact however many isolates ask;
 * leases of permits to isolates would save that call, and would refuse one isolate what another holds and does not use. If that place
 * is away, each isolate counts for itself until it is back: degraded, neither open nor dead.
 */

import { createMiddleware } from 'hono/factory'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { withDeadline } from '../../../shared/lib/timeout.ts'
import {
  type Counter,
  type RateClass,
  type RateRule,
  type RateState,
  rateClassOf,
  stateFrom,
  type Taken,
  take,
} from '../../../shared/limits/rate.ts'
import { defaults, type Settings, type StoredSettings } from '../../../shared/settings/settings.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'
import { logger } from '../logger.ts'
import { redisCounter } from './redis-counter.ts'

/** How long the counter may take to answer. Milliseconds. */
const counterTimeoutMs = 1_000
/** How long an isolate counts for itself after the counter did not answer, before it asks again. Milliseconds. */
const fallbackMs = 1_000
/** How old the settings that are known here may be. Milliseconds. */
const settingsTtlMs = 1_000
const maxKnown = 5_000

/** The object of that name counts, or Redis where one is named. */
function counterOf(env: GatewayEnv): Counter {
  const url = readVariable(env, 'UPSTASH_REDIS_REST_URL')
  return url !== ''
    ? redisCounter(url, readVariable(env, 'UPSTASH_REDIS_REST_TOKEN'))
    : (name, rule) => env.LIMITER.getByName(name).take(rule)
}

interface CachedLimits {
  readonly limits: Settings['limits']
  readonly version: number
  readonly at: number
}
const settingsCache = new BoundedMap<string, CachedLimits>(maxKnown)

/** A tenant's limits, at most a second old; those that were known, if its object does not answer. */
async function limitsOf(c: GatewayContext): Promise<Settings['limits']> {
  const { tenant } = c.get('principal')
  const known = settingsCache.get(tenant)
  const now = Date.now()
  if (known && now - known.at < settingsTtlMs) return known.limits
  try {
    const newer: StoredSettings | null = await withDeadline(c.env.TENANT.getByName(tenant).settings(known?.version), counterTimeoutMs)
    const next = newer
      ? { limits: newer.settings.limits, version: newer.version }
      : { limits: known?.limits ?? defaults.limits, version: known?.version ?? 0 }
    settingsCache.set(tenant, { ...next, at: now })
    return next.limits
  } catch (error) {
    logger.write('settings.unreachable', { error, request: c.var.requestId, tenant })
    if (known) settingsCache.set(tenant, { ...known, at: now })
    return known?.limits ?? defaults.limits
  }
}

/** What this isolate has counted by itself, going on from the last it was told. */
const local = new BoundedMap<string, RateState>(maxKnown)
/** Until when the counters are not asked. */
let fallbackUntil = 0

async function count(ask: Counter, name: string, rule: RateRule): Promise<Taken> {
  if (Date.now() >= fallbackUntil) {
    try {
      const taken = await withDeadline(ask(name, rule), counterTimeoutMs)
      local.set(name, stateFrom(rule, taken, Date.now()))
      return taken
    } catch (error) {
      fallbackUntil = Date.now() + fallbackMs
      logger.write('limiter.unreachable', { error })
    }
  }
  const { state, taken } = take(rule, local.get(name), Date.now())
  local.set(name, state)
  return taken
}

/** Counts each request, says how much is left, and refuses what is too much. */
export const rateLimit = createMiddleware<Gateway>(async (c, next) => {
  if (readVariable(c.env, 'SOMA_RATE_LIMITS') === 'off') return next()
  const { tenant, subject } = c.get('principal')
  const of = classOf(c)
  const rule = (await limitsOf(c))[of]
  const taken = await count(counterOf(c.env), `${tenant}/${of}/${subject}`, rule)
  if (taken.allowed) await next()
  else {
    c.res = problem(c, { kind: 'rate_limited', limit: taken.limit, retryMs: taken.retryMs })
    c.res.headers.set('retry-after', seconds(taken.retryMs))
  }
  // The answer to an upgrade takes no further headers.
  if (c.res.status === 101) return
  // Not `c.header`, which would make another answer for each of them.
  // By the draft's names, and by those that everybody had before it.
  for (const [name, value] of Object.entries({ limit: taken.limit, remaining: taken.remaining, reset: seconds(taken.resetMs) })) {
    c.res.headers.set(`ratelimit-${name}`, String(value))
    c.res.headers.set(`x-ratelimit-${name}`, String(value))
  }
})

function classOf(c: GatewayContext): RateClass {
  const streams = c.req.query('stream') === 'true' || c.req.header('upgrade') !== undefined
  return rateClassOf(c.req.method, c.req.path, streams && c.req.method === 'GET')
}

const seconds = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1_000)))
