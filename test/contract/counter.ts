/** The contract of the port `Counter`: named checks that throw. The tests of each driver run them. */
import type { Counter, Quota, RateRule } from '../../shared/limits/rate.ts'

const hour: RateRule = { kind: 'fixed_window', limit: 17, window_seconds: 3_600 }
const bucket: RateRule = { kind: 'token_bucket', limit: 23, window_seconds: 86_400 }

const fresh = (): string => `contract/${crypto.randomUUID()}`
const allowed = (all: readonly Quota[]): number => all.filter((one) => one.allowed).length
const itemAt = <T>(all: readonly T[], index: number): T => {
  const value = all.at(index)
  if (value === undefined) throw new Error(`no result at ${index}`)
  return value
}

function same(actual: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected))
    throw new Error(`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
}

async function inTurn(counter: Counter, name: string, rule: RateRule, times: number): Promise<Quota[]> {
  const all: Quota[] = []
  for (let n = 0; n < times; n += 1) all.push(await counter(name, rule))
  return all
}

export const counterContract: Readonly<Record<string, (counter: Counter) => Promise<void>>> = {
  'accepts exactly its limit of 100 concurrent requests': async (counter) => {
    for (const rule of [hour, bucket]) {
      const name = fresh()
      const all = await Promise.all(Array.from({ length: 100 }, () => counter(name, rule)))
      same(allowed(all), rule.limit, rule.kind)
    }
  },

  'counts a heavy request as several, and as the whole limit at most': async (counter) => {
    for (const rule of [hour, bucket]) {
      const name = fresh()
      same((await counter(name, rule, 10)).remaining, rule.limit - 10, 'ten at once')
      const refused = await counter(name, rule, rule.limit)
      same([refused.allowed, refused.retryMs > 0], [false, true], 'no room')
      same((await counter(name, rule)).remaining, rule.limit - 11, 'a light one still passes')
      const heavy = await counter(fresh(), rule, 1_000)
      same([heavy.allowed, heavy.remaining], [true, 0], 'more than the limit')
    }
  },

  'counts each name separately': async (counter) => {
    const [one, other] = [fresh(), fresh()]
    await inTurn(counter, one, { ...hour, limit: 1 }, 2)
    same((await counter(other, { ...hour, limit: 1 })).allowed, true, 'another name')
  },

  'returns the remaining requests and the reset time': async (counter) => {
    const name = fresh()
    const all = await inTurn(counter, name, { ...hour, limit: 3 }, 4)
    same(
      all.map(({ remaining, limit }) => [remaining, limit]),
      [
        [2, 3],
        [1, 3],
        [0, 3],
        [0, 3],
      ],
      'remaining',
    )
    const { resetMs, retryMs } = itemAt(all, -1)
    same([resetMs > 0 && resetMs <= 3_600_000, retryMs === resetMs], [true, true], 'reset')
    const full = itemAt(await inTurn(counter, fresh(), { ...bucket, limit: 2 }, 3), -1)
    // Two requests per day: one refills in half a day.
    same([full.retryMs > 43_000_000, full.retryMs <= 43_200_000, full.resetMs > full.retryMs], [true, true, true], 'retry')
  },

  'refills a bucket evenly': async (counter) => {
    const name = fresh()
    const rule: RateRule = { kind: 'token_bucket', limit: 10, window_seconds: 2 }
    const all = await Promise.all(Array.from({ length: 30 }, () => counter(name, rule)))
    // On a busy machine, one or two requests can refill in between.
    same(allowed(all) >= 10 && allowed(all) <= 20, true, 'at once')
    const last = itemAt(await inTurn(counter, name, rule, 30), -1)
    await new Promise((resolve) => setTimeout(resolve, last.retryMs + 5))
    same((await counter(name, rule)).allowed, true, 'after the returned wait')
  },

  'applies a lowered limit, and resets under another kind of rule': async (counter) => {
    const name = fresh()
    await inTurn(counter, name, hour, 5)
    same((await counter(name, { ...hour, limit: 5 })).allowed, false, 'lowered')
    same((await counter(name, bucket)).remaining, 22, 'another kind')
  },
}
