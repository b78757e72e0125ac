/** The contract of the port `Counter`: named checks that throw. The tests of each driver run them. */
import type { Counter, Quota, RateRule } from '../../shared/limits/rate.ts'

const hour: RateRule = { kind: 'fixed_window', limit: 17, window_seconds: 3_600 }
const bucket: RateRule = { kind: 'token_bucket', limit: 23, window_seconds: 86_400 }

const uniqueName = (): string => `contract/${crypto.randomUUID()}`
const countAllowed = (results: readonly Quota[]): number => results.filter((result) => result.allowed).length
const itemAt = <T>(results: readonly T[], index: number): T => {
  const value = results.at(index)
  if (value === undefined) throw new Error(`no result at ${index}`)
  return value
}

function assertEqual(actual: unknown, expected: unknown, label: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected))
    throw new Error(`${label}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
}

async function countSequentially(counter: Counter, name: string, rule: RateRule, times: number): Promise<Quota[]> {
  const results: Quota[] = []
  for (let n = 0; n < times; n += 1) results.push(await counter(name, rule))
  return results
}

export const counterContract: Readonly<Record<string, (counter: Counter) => Promise<void>>> = {
  'accepts exactly its limit of 100 concurrent requests': async (counter) => {
    for (const rule of [hour, bucket]) {
      const name = uniqueName()
      const results = await Promise.all(Array.from({ length: 100 }, () => counter(name, rule)))
      assertEqual(countAllowed(results), rule.limit, rule.kind)
    }
  },

  'counts a heavy request as several, and as the whole limit at most': async (counter) => {
    for (const rule of [hour, bucket]) {
      const name = uniqueName()
      assertEqual((await counter(name, rule, 10)).remaining, rule.limit - 10, 'ten at once')
      const refused = await counter(name, rule, rule.limit)
      assertEqual([refused.allowed, refused.retryMs > 0], [false, true], 'no room')
      assertEqual((await counter(name, rule)).remaining, rule.limit - 11, 'a light one still passes')
      const heavy = await counter(uniqueName(), rule, 1_000)
      assertEqual([heavy.allowed, heavy.remaining], [true, 0], 'more than the limit')
    }
  },

  'counts each name separately': async (counter) => {
    const [firstName, secondName] = [uniqueName(), uniqueName()]
    await countSequentially(counter, firstName, { ...hour, limit: 1 }, 2)
    assertEqual((await counter(secondName, { ...hour, limit: 1 })).allowed, true, 'another name')
  },

  'returns the remaining requests and the reset time': async (counter) => {
    const name = uniqueName()
    const results = await countSequentially(counter, name, { ...hour, limit: 3 }, 4)
    assertEqual(
      results.map(({ remaining, limit }) => [remaining, limit]),
      [
        [2, 3],
        [1, 3],
        [0, 3],
        [0, 3],
      ],
      'remaining',
    )
    const { resetMs, retryMs } = itemAt(results, -1)
    assertEqual([resetMs > 0 && resetMs <= 3_600_000, retryMs === resetMs], [true, true], 'reset')
    const lastOfBucket = itemAt(await countSequentially(counter, uniqueName(), { ...bucket, limit: 2 }, 3), -1)
    // Two requests per day: one refills in half a day.
    assertEqual(
      [lastOfBucket.retryMs > 43_000_000, lastOfBucket.retryMs <= 43_200_000, lastOfBucket.resetMs > lastOfBucket.retryMs],
      [true, true, true],
      'retry',
    )
  },

  'refills a bucket evenly': async (counter) => {
    const name = uniqueName()
    const rule: RateRule = { kind: 'token_bucket', limit: 10, window_seconds: 2 }
    const results = await Promise.all(Array.from({ length: 30 }, () => counter(name, rule)))
    // On a busy machine, one or two requests can refill in between.
    assertEqual(countAllowed(results) >= 10 && countAllowed(results) <= 20, true, 'at once')
    const last = itemAt(await countSequentially(counter, name, rule, 30), -1)
    await new Promise((resolve) => setTimeout(resolve, last.retryMs + 5))
    assertEqual((await counter(name, rule)).allowed, true, 'after the returned wait')
  },

  'applies a lowered limit, and resets under another kind of rule': async (counter) => {
    const name = uniqueName()
    await countSequentially(counter, name, hour, 5)
    assertEqual((await counter(name, { ...hour, limit: 5 })).allowed, false, 'lowered')
    assertEqual((await counter(name, bucket)).remaining, 22, 'another kind')
  },
}
