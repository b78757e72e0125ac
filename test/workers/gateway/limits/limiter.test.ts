import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Limiter } from '../../../../durable-objects/worker.ts'
import { tenantAccount } from '../../../../shared/limits/budget.ts'
import { counterContract } from '../../../contract/counter.ts'

const limiters = (env as unknown as GatewayEnv).LIMITER as unknown as DurableObjectNamespace<Limiter>
let count = 0
const newLimiter = () => limiters.getByName(`limiter-test/${++count}`)

describe('A counter in an object', () => {
  for (const [title, test] of Object.entries(counterContract))
    it(title, () => test((name, rule, weight) => limiters.getByName(name).take(rule, weight)))

  it('survives eviction', async () => {
    const limiter = newLimiter()
    const rule = { kind: 'fixed_window', limit: 3, window_seconds: 3_600 } as const
    await limiter.take(rule)
    await limiter.take(rule)
    // The write-behind takes up to one second.
    await new Promise((resolve) => setTimeout(resolve, 1_300))
    await evictDurableObject(limiter)
    expect((await limiter.take(rule)).remaining).toBe(0)
  })
})

describe('A budget', () => {
  const allowance = (tokens: number, money = 0) => ({ tokens_per_day: tokens, money_per_day: money })
  const plan = { inputTokens: 10, outputTokens: 90, price: { input_per_million: 0, output_per_million: 0 } }
  const reservation = (key: string, limit = allowance(1_000)) => ({ key, accounts: [{ name: tenantAccount, limit }], plan })

  it('is never exceeded by 100 concurrent reservations', async () => {
    const limiter = newLimiter()
    const grants = await Promise.all(Array.from({ length: 100 }, (_, n) => limiter.reserve(reservation(`k${n}`))))
    expect(grants.filter(({ ok }) => ok)).toHaveLength(10)
    expect(await limiter.use()).toMatchObject([{ used: { tokens: 0 }, reserved: { tokens: 1_000 } }])
  })

  it('has a history of the last 30 days of one account, oldest first', async () => {
    const limiter = newLimiter()
    expect(await limiter.history(tenantAccount)).toEqual([])
    await limiter.record([tenantAccount, 'persona:ada'], { tokens: 5, micros: 7 })
    const day = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10)
    await runInDurableObject(limiter, (_, { storage }) => {
      for (const [daysAgo, account, tokens] of [
        [1, tenantAccount, 4],
        [1, 'persona:ada', 900],
        [29, tenantAccount, 3],
        [30, tenantAccount, 2],
      ] as const)
        storage.sql.exec('INSERT INTO budget_use VALUES (?, ?, ?, 0, 0, 0)', day(daysAgo), account, tokens)
    })
    expect(await limiter.history(tenantAccount)).toEqual([
      { day: day(29), used: { tokens: 3, micros: 0 } },
      { day: day(1), used: { tokens: 4, micros: 0 } },
      { day: day(0), used: { tokens: 5, micros: 7 } },
    ])
  })

  it('releases the unused part of a reservation, once', async () => {
    const limiter = newLimiter()
    await limiter.reserve(reservation('a'))
    await limiter.settle('a', { tokens: 30, micros: 0 })
    await limiter.settle('a', { tokens: 30, micros: 0 })
    await limiter.settle('unknown', { tokens: 30, micros: 0 })
    expect(await limiter.use()).toMatchObject([{ used: { tokens: 30 }, reserved: { tokens: 0 } }])
  })

  it('charges between zero and the reservation', async () => {
    const limiter = newLimiter()
    for (const [key, tokens] of [
      ['a', 5_000],
      ['b', -700],
      ['c', Number.NaN],
    ] as const) {
      await limiter.reserve(reservation(key))
      await limiter.settle(key, { tokens, micros: 0 })
    }
    // All of a, nothing of b, and all of c: an unreadable cost counts as the whole reservation.
    expect(await limiter.use()).toMatchObject([{ used: { tokens: 200 }, reserved: { tokens: 0 } }])
  })

  it('returns the same grant for the same key', async () => {
    const limiter = newLimiter()
    const first = await limiter.reserve(reservation('a'))
    expect(await limiter.reserve(reservation('a'))).toEqual(first)
    expect(await limiter.use()).toMatchObject([{ reserved: { tokens: 100 } }])
  })

  it('counts an expired reservation in full, until it is settled late', async () => {
    const limiter = newLimiter()
    await limiter.reserve(reservation('a'))
    const expire = () =>
      runInDurableObject(limiter, (_, state) => void state.storage.sql.exec('UPDATE reservation SET until = ?', Date.now() - 1))
    await expire()
    expect(await limiter.use()).toMatchObject([{ used: { tokens: 100 }, reserved: { tokens: 0 } }])
    await evictDurableObject(limiter)
    await limiter.settle('a', { tokens: 20, micros: 0 })
    expect(await limiter.use()).toMatchObject([{ used: { tokens: 20 }, reserved: { tokens: 0 } }])
  })

  it('keeps a reservation across eviction', async () => {
    const limiter = newLimiter()
    await limiter.reserve(reservation('a', allowance(100)))
    await evictDurableObject(limiter)
    expect(await limiter.reserve(reservation('b', allowance(100)))).toMatchObject({ ok: false, account: tenantAccount, of: 'tokens' })
  })
})
