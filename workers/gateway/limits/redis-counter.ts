/**
 * Requests counted in Redis, over HTTP (`@upstash/redis`): Upstash's own, or any Redis behind a bridge that speaks like it. The script
 * is the arithmetic of shared/limits/rate.ts, done where the numbers lie, on that server's clock. Only rates are counted here: a Redis
 * that comes back empty forgets a minute of requests, and must not forget a day's budget.
 */
import { Redis } from '@upstash/redis/cloudflare'
import { type Counter, quotaAfter } from '../../../shared/limits/rate.ts'

/** Answers whether it was allowed, then the counter's time and value, and its own time. Numbers as text: Redis would cut fractions off. */
const script = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local kind, limit, window = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'at', 'value')
local at, value = tonumber(kept[1]), tonumber(kept[2])
local allowed = 0
if kind == 'fixed_window' then
  local begun = math.floor(now / window) * window
  local spent = 0
  if at and at >= begun then
    begun = at
    spent = value
  end
  at = begun
  value = spent
  if spent < limit then
    allowed = 1
    value = spent + 1
  end
else
  local before = at or now
  at = math.max(now, before)
  value = value and math.min(limit, value + (at - before) * limit / window) or limit
  if value >= 1 - 1e-9 then
    allowed = 1
    value = math.max(0, value - 1)
  end
end
redis.call('HSET', KEYS[1], 'at', string.format('%d', at), 'value', string.format('%.17g', value))
redis.call('PEXPIRE', KEYS[1], window * 2)
return { tostring(allowed), string.format('%d', at), string.format('%.17g', value), string.format('%d', now) }
`

export function redisCounter(url: string, token: string): Counter {
  const redis = new Redis({
    url,
    token,
    // Whoever asks has little patience.
    retry: false,
    // Requests of a Worker must not wait for each other's connections.
    enableAutoPipelining: false,
    automaticDeserialization: false,
    enableTelemetry: false,
  })
  return async (name, rule) => {
    const { kind, limit, window_seconds } = rule
    const key = `soma:rate:${kind}:${window_seconds}:${name}`
    const answer = await redis.eval<string[], string[]>(script, [key], [kind, String(limit), String(window_seconds * 1_000)])
    const [allowed, at, value, now] = answer.map(Number)
    if (allowed === undefined || at === undefined || value === undefined || now === undefined || answer.some((one) => !/^-?\d/.test(one)))
      throw new Error('Redis did not answer as the script does')
    return quotaAfter(rule, { at, value }, allowed === 1, now)
  }
}
