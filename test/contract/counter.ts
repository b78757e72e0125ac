/** What every driver of the port `Counter` promises. Sentences, each with a check that throws; whoever has a driver runs them. */
import type { Counter, RateRule, Taken } from '../../shared/limits/rate.ts'

const hour: RateRule = { kind: 'fixed_window', limit: 17, window_seconds: 3_600 }
const bucket: RateRule = { kind: 'token_bucket', limit: 23, window_seconds: 86_400 }

const fresh = (): string => `contract/${crypto.randomUUID()}`
const allowed = (all: readonly Taken[]): number => all.filter((one) => one.allowed).length
const at = <T>(all: readonly T[], index: number): T => {
  const found = all.at(index)
  if (found === undefined) throw new Error(`nothing at ${index}`)
  return found
}

function same(found: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`)
}

async function inTurn(counter: Counter, name: string, rule: RateRule, times: number): Promise<Taken[]> {
  const all: Taken[] = []
  for (let n = 0; n < times; n += 1) all.push(await counter(name, rule))
  return all
}

export const counterContract: Readonly<Record<string, (counter: Counter) => Promise<void>>> = {
  'lets exactly its limit through of 100 requests at once': async (counter) => {
    for (const rule of [hour, bucket]) {
      const name = fresh()
      const all = await Promise.all(Array.from({ length: 100 }, () => counter(name, rule)))
      same(allowed(all), rule.limit, rule.kind)
    }
  },

  'counts each name on its own': async (counter) => {
    const [one, other] = [fresh(), fresh()]
    await inTurn(counter, one, { ...hour, limit: 1 }, 2)
    same((await counter(other, { ...hour, limit: 1 })).allowed, true, 'another name')
  },

  'says what is left, and when it is whole again': async (counter) => {
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
    const { resetMs, retryMs } = at(all, -1)
    same([resetMs > 0 && resetMs <= 3_600_000, retryMs === resetMs], [true, true], 'reset')
    const full = at(await inTurn(counter, fresh(), { ...bucket, limit: 2 }, 3), -1)
    // A half of a day for one of two.
    same([full.retryMs > 43_000_000, full.retryMs <= 43_200_000, full.resetMs > full.retryMs], [true, true, true], 'retry')
  },

  'fills a bucket evenly': async (counter) => {
    const name = fresh()
    const rule: RateRule = { kind: 'token_bucket', limit: 10, window_seconds: 2 }
    const all = await Promise.all(Array.from({ length: 30 }, () => counter(name, rule)))
    // A machine that is busy may take long enough for one or two to come back.
    same(allowed(all) >= 10 && allowed(all) <= 20, true, 'at once')
    const last = at(await inTurn(counter, name, rule, 30), -1)
    await new Promise((resolve) => setTimeout(resolve, last.retryMs + 5))
    same((await counter(name, rule)).allowed, true, 'after the wait it named')
  },

  'holds to a limit that was lowered, and begins anew under another kind of rule': async (counter) => {
    const name = fresh()
    await inTurn(counter, name, hour, 5)
    same((await counter(name, { ...hour, limit: 5 })).allowed, false, 'lowered')
    same((await counter(name, bucket)).remaining, 22, 'another kind')
  },
}
