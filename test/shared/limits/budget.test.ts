import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Account,
  accountsFor,
  costOf,
  countedUsage,
  dayEnd,
  dayOf,
  dearestPrice,
  defaultPrice,
  grant,
  lowerAllowance,
  plausibleUsage,
  upperBoundTokens,
  userAccounts,
  zeroAmount,
} from '../../../shared/limits/budget.ts'

const account = (tokens: number, money = 0, used = zeroAmount): Account => ({
  name: 'tenant',
  limit: { tokens_per_day: tokens, money_per_day: money },
  usedAndReserved: used,
})
const plan = { inputTokens: 100, outputTokens: 400, price: defaultPrice }
const price = { input_per_million: 2.5, output_per_million: 10 }

describe('The budget of a user', () => {
  const each = { tokens_per_day: 10, money_per_day: 0 }
  const users = { ada: { tokens_per_day: 0, money_per_day: 2 } }

  it('is that of the user, else that of each user', () => {
    deepEqual(userAccounts({ each, users }, 'ada'), [{ name: 'user:ada', limit: users.ada }])
    deepEqual(userAccounts({ each, users }, 'bob'), [{ name: 'user:bob', limit: each }])
    deepEqual(userAccounts({ each, users }, 'constructor'), [{ name: 'user:constructor', limit: each }])
    deepEqual(userAccounts({ each, users }, undefined), [])
  })
})

describe('A grant', () => {
  it('reserves the most that a call can cost', () => {
    deepEqual(grant([account(10_000)], plan), { ok: true, outputTokens: 400, amount: { tokens: 500, micros: 0 } })
    deepEqual(grant([account(0, 1)], { ...plan, price }), { ok: true, outputTokens: 400, amount: { tokens: 500, micros: 4_250 } })
  })

  it('gives the last call of a day less output, but not too little', () => {
    deepEqual(grant([account(300)], plan), { ok: true, outputTokens: 200, amount: { tokens: 300, micros: 0 } })
    deepEqual(grant([account(163)], plan), { ok: false, account: 'tenant', of: 'tokens' })
    equal(grant([account(164)], plan).ok, true)
    equal(grant([account(110)], { ...plan, outputTokens: 10 }).ok, true)
  })

  it('is limited by the account with the least left', () => {
    const persona = { ...account(250), name: 'persona:ada' }
    deepEqual(grant([account(10_000), persona], plan), { ok: true, outputTokens: 150, amount: { tokens: 250, micros: 0 } })
    deepEqual(grant([account(10_000), { ...persona, usedAndReserved: { tokens: 200, micros: 0 } }], plan), {
      ok: false,
      account: 'persona:ada',
      of: 'tokens',
    })
  })

  it('has no limit without a configured one', () => {
    equal(grant([account(0)], { ...plan, outputTokens: 1e9 }).ok, true)
  })

  it('never sums to more than a limit, at any price', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let round = 0; round < 300; round += 1) {
      const [tokens, money] = [random(20_000), random(1_000) / 1_000]
      let used = zeroAmount
      for (let call = 0; call < 100; call += 1) {
        const prices = { input_per_million: random(1_000) / 7, output_per_million: random(1_000) / 3 }
        const granted = grant([account(tokens, money, used)], { inputTokens: random(900), outputTokens: 1 + random(4_000), price: prices })
        if (granted.ok) used = { tokens: used.tokens + granted.amount.tokens, micros: used.micros + granted.amount.micros }
      }
      if (tokens > 0) ok(used.tokens <= tokens)
      if (money > 0) ok(used.micros <= Math.round(money * 1e6))
    }
  })
})

describe('Usage', () => {
  const bounds = { inputTokens: 1_000, outputTokens: 500 }

  it('is accepted within the bounds of the call', () => {
    deepEqual(plausibleUsage({ input_tokens: 7, output_tokens: 40 }, bounds), { input_tokens: 7, output_tokens: 40 })
  })

  it('is rejected when it is negative, implausible, malformed or missing', () => {
    for (const reported of [
      { input_tokens: -3, output_tokens: 1 },
      { input_tokens: 3, output_tokens: -1 },
      { input_tokens: 1_001, output_tokens: 1 },
      { input_tokens: 1, output_tokens: 501 },
      { input_tokens: 1e308, output_tokens: 1 },
      { input_tokens: 1.5, output_tokens: 1 },
      { input_tokens: Number.NaN, output_tokens: 1 },
      { input_tokens: '7', output_tokens: 1 },
      null,
    ])
      equal(plausibleUsage(reported, bounds), null)
  })

  it('L4. is replaced by our estimate where it cannot be true', () => {
    const estimate = { input_tokens: 10, output_tokens: 40 }
    const count = (input_tokens: number, output_tokens: number) => countedUsage({ input_tokens, output_tokens }, estimate)
    deepEqual(count(7, 30), { input_tokens: 7, output_tokens: 30 })
    deepEqual(count(1, 4_000), { input_tokens: 1, output_tokens: 4_000 })
    deepEqual(count(0, 0), { ...estimate, estimated: true })
    for (const tooLittle of [0, 1, 9]) deepEqual(count(7, tooLittle), { input_tokens: 7, output_tokens: 40, estimated: true })
    deepEqual(count(7, 10), { input_tokens: 7, output_tokens: 10 })
    deepEqual(count(0, 30), { input_tokens: 10, output_tokens: 30, estimated: true })
    deepEqual(countedUsage(null, estimate), { ...estimate, estimated: true })
    deepEqual(countedUsage({ input_tokens: 3, output_tokens: 0 }, { input_tokens: 3, output_tokens: 0 }), {
      input_tokens: 3,
      output_tokens: 0,
    })
  })

  it('costs its price, rounded up to a millionth', () => {
    deepEqual(costOf({ input_tokens: 1_000_000, output_tokens: 0 }, price), { tokens: 1_000_000, micros: 2_500_000 })
    deepEqual(costOf({ input_tokens: 1, output_tokens: 0 }, price), { tokens: 1, micros: 3 })
    deepEqual(costOf({ input_tokens: 9, output_tokens: 9 }, defaultPrice), { tokens: 18, micros: 0 })
  })
})

describe('The dearest known price', () => {
  it('is the highest of input and of output, and none if no price is known', () => {
    const profiles = [
      { price: { input_per_million: 3, output_per_million: 4 } },
      {},
      { price: { input_per_million: 1, output_per_million: 9 } },
    ]
    deepEqual(dearestPrice(profiles), { input_per_million: 3, output_per_million: 9 })
    equal(dearestPrice([{}, {}]), null)
    equal(dearestPrice([]), null)
  })
})

describe('Accounts', () => {
  const budgets = { tenant: account(1).limit, each_persona: account(2).limit, personas: { ada: account(3).limit } }

  it("are the tenant's, and the persona's own or default one", () => {
    deepEqual(
      accountsFor(budgets, 'ada').map(({ name, limit }) => [name, limit.tokens_per_day]),
      [
        ['tenant', 1],
        ['persona:ada', 3],
      ],
    )
    equal(accountsFor(budgets, 'bob')[1]?.limit.tokens_per_day, 2)
    equal(accountsFor(budgets, 'constructor')[1]?.limit.tokens_per_day, 2)
    equal(accountsFor(budgets, undefined).length, 1)
    equal(accountsFor(budgets, undefined, { tokens_per_day: 1, money_per_day: 1 }).length, 1)
  })
})

describe('An upper bound on tokens', () => {
  it('counts bytes, so it holds for every tokenizer', () => {
    equal(upperBoundTokens(['abc']), 3 + 16)
    equal(upperBoundTokens(['日本', '']), 6 + 32)
  })
})

describe('A day', () => {
  it('is a UTC day', () => {
    const last = Date.UTC(2026, 10, 20, 23, 59, 59, 999)
    equal(dayOf(last), '2026-11-20')
    equal(dayEnd(last), last + 1)
    equal(dayOf(last + 1), '2026-11-21')
  })
})

describe('The budget that a persona states', () => {
  const allowance = (tokens_per_day: number, money_per_day = 0) => ({ tokens_per_day, money_per_day })
  const budgets = { tenant: allowance(0), each_persona: allowance(50), personas: { rich: allowance(900, 5), free: allowance(0) } }
  const limitOf = (persona: string, own: ReturnType<typeof allowance>) => accountsFor(budgets, persona, own)[1]?.limit

  it('lowers the budget of the settings, and never raises it', () => {
    deepEqual(limitOf('rich', allowance(100)), allowance(100, 5))
    deepEqual(limitOf('rich', allowance(1e9, 9)), allowance(900, 5))
    deepEqual(limitOf('any', allowance(1e9, 3)), allowance(50, 3))
    deepEqual(limitOf('any', allowance(0)), allowance(50))
    deepEqual(limitOf('free', allowance(10)), allowance(10))
  })

  it('is no limit of the tenant', () => {
    deepEqual(accountsFor(budgets, 'any', allowance(1))[0]?.limit, allowance(0))
  })

  it('is drawn on by what it delegates, once for each persona', () => {
    const above = [
      { id: 'lead', own: allowance(3) },
      { id: 'any', own: null },
    ]
    deepEqual(
      accountsFor(budgets, 'any', allowance(1), above).map(({ name, limit }) => [name, limit.tokens_per_day]),
      [
        ['tenant', 0],
        ['persona:lead', 3],
        ['persona:any', 1],
      ],
    )
  })

  it('counts zero as no limit in either place', () => {
    for (const [a, b, expected] of [
      [0, 0, 0],
      [0, 7, 7],
      [7, 0, 7],
      [3, 7, 3],
    ] as const)
      deepEqual(lowerAllowance(allowance(a, a), allowance(b, b)), allowance(expected, expected))
  })
})
