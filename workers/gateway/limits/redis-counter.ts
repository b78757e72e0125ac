/**
 * Counts requests in Redis over HTTP (`@upstash/redis`): Upstash, or any Redis behind a compatible bridge.
 * The script implements shared/limits/rate.ts on the Redis server, with its clock. Redis counts rates, not budgets.
 * A Redis that loses its data therefore loses a minute of counts, never a day's budget.
 */
import { Redis } from '@upstash/redis/cloudflare'
import { type Counter, quotaAfter } from '../../../shared/limits/rate.ts'

/** Returns whether the request is allowed, the counter's time and value, and the server's time. As text: Redis truncates fractions. */
const script = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local kind, limit, window = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local weight = math.min(tonumber(ARGV[4]), limit)
local stored = redis.call('HMGET', KEYS[1], 'at', 'value')
local at, value = tonumber(stored[1]), tonumber(stored[2])
local allowed = 0
if kind == 'fixed_window' then
  local start = math.floor(now / window) * window
  local used = 0
  if at and at >= start then
    start = at
    used = value
  end
  at = start
  value = used
  if used + weight <= limit then
    allowed = 1
    value = used + weight
  end
else
  local before = at or now
  at = math.max(now, before)
  value = value and math.min(limit, value + (at - before) * limit / window) or limit
  if value >= weight - 1e-9 then
    allowed = 1
    value = math.max(0, value - weight)
  end
end
redis.call('HSET', KEYS[1], 'at', string.format('%d', at), 'value', string.format('%.17g', value))
redis.call('PEXPIRE', KEYS[1], window * 2)
return { tostring(allowed), string.format('%d', at), string.format('%.17g', value), string.format('%d', now) }
`

const clientOf = (url: string, token: string): Redis =>
  new Redis({
    url,
    token,
    // The caller has its own timeout.
    retry: false,
    // A request of a Worker must not wait for another request's connection.
    enableAutoPipelining: false,
    automaticDeserialization: false,
    enableTelemetry: false,
  })

/** Whether the Redis at `url` responds. Never rejects. */
export async function isRedisReady(url: string, token: string): Promise<boolean> {
  try {
    return (await clientOf(url, token).ping()) === 'PONG'
  } catch {
    return false
  }
}

/** A counter in the Redis at `url`. It rejects if Redis does not respond. */
export function redisCounter(url: string, token: string): Counter {
  const redis = clientOf(url, token)
  return async (name, rule, weight = 1) => {
    const { kind, limit, window_seconds } = rule
    const key = `soma:rate:${kind}:${window_seconds}:${name}`
    const reply = await redis.eval<string[], string[]>(script, [key], [kind, String(limit), String(window_seconds * 1_000), String(weight)])
    const [allowed, at, value, now] = reply.map(Number)
    if (allowed === undefined || at === undefined || value === undefined || now === undefined || reply.some((part) => !/^-?\d/.test(part)))
      throw new Error('Redis returned an invalid result of the script')
    return quotaAfter(rule, { at, value }, allowed === 1, now, weight)
  }
}
