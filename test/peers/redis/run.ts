/** The driver contract on a real Redis, and the stack while Redis is available, unavailable, and back without data. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { redisCounter } from '../../../workers/gateway/limits/redis-counter.ts'
import { counterContract } from '../../contract/counter.ts'
import { freePort, startStack } from '../../support/stack.ts'
import { startBridge } from './bridge.ts'
import { RedisServer } from './redis.ts'

const folder = mkdtempSync(join(tmpdir(), 'soma-redis-'))
const port = await freePort()
const redis = new RedisServer(port, folder)
let passed = 0
let failed = 0

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function runCheck(sentence: string, test: () => Promise<void>): Promise<void> {
  try {
    await test()
    passed += 1
    console.log(`  ✓ ${sentence}`)
  } catch (error) {
    failed += 1
    console.log(`  ✗ ${sentence}: ${String(error).slice(0, 300)}`)
  }
}

function assertEqual(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
}

await redis.start()
const bridge = await startBridge(port)
for (const [sentence, test] of Object.entries(counterContract)) await runCheck(sentence, () => test(redisCounter(bridge.url, bridge.token)))
await runCheck('throws when Redis rejects the token', async () => {
  const outcome = await redisCounter(bridge.url, 'wrong')('a', { kind: 'fixed_window', limit: 1, window_seconds: 60 }).catch(
    () => 'refused',
  )
  assertEqual(outcome, 'refused')
})

const stack = await startStack({ env: { UPSTASH_REDIS_REST_URL: bridge.url, UPSTASH_REDIS_REST_TOKEN: bridge.token } })
try {
  const headers = { authorization: `Bearer ${await stack.token('redis', 'ada', { scopes: 'admin' })}`, 'content-type': 'application/json' }
  const limits = { read: { kind: 'fixed_window', limit: 40, window_seconds: 3_600 } }
  await fetch(`${stack.url}/v1/settings`, { method: 'PUT', headers, body: JSON.stringify({ version: 0, limits }) })
  /** A subject without counted requests. */
  const reader = async (subject: string) => {
    const userHeaders = { authorization: `Bearer ${await stack.token('redis', subject)}` }
    const read = () => fetch(`${stack.url}/v1/settings`, { headers: userHeaders })
    /** Sends `count` concurrent requests. Returns the number of 200 answers. */
    const countAccepted = async (count: number) =>
      (await Promise.all(Array.from({ length: count }, read))).filter(({ status }) => status === 200).length
    return { read, countAccepted: countAccepted }
  }
  await pause(1_500)
  await runCheck('of 100 concurrent requests, the stack accepts exactly its limit', async () =>
    assertEqual(await (await reader('bob')).countAccepted(100), 40),
  )
  await redis.kill()
  await runCheck('without Redis, the stack counts locally: limited and available', async () => {
    const eve = await reader('eve')
    // Each isolate counts. A local stack has one isolate.
    assertEqual(await eve.countAccepted(100), 40)
    assertEqual((await eve.read()).status, 429)
  })
  await redis.start()
  await pause(1_500)
  await runCheck('after Redis returns empty, the stack counts there again from zero', async () => {
    const eve = await reader('eve')
    assertEqual(await eve.countAccepted(100), 40)
    assertEqual((await eve.read()).headers.get('ratelimit-remaining'), '0')
  })
} finally {
  await stack.stop()
  await bridge.close()
  await redis.kill()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`)
process.exit(failed === 0 ? 0 : 1)
