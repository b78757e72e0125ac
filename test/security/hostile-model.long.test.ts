/** Abuse cases 8, 22 and 25: what a client must not assign, what must not grow without bound, and models that lie. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

let stack: SharedStack
let model: FakeModel
let count = 0

beforeAll(async () => {
  model = await startFakeModel()
  stack = await sharedStack()
}, 150_000)
afterAll(() => model?.close())

const body = async (asked: Promise<Response>) => (await asked).json()

/** A tenant that the fake endpoint answers, with a budget that counts everything. */
async function tenant(profile: object = {}, sections: object = {}): Promise<{ admin: User; member: User }> {
  const name = `hostile-${++count}`
  const admin = user(stack.url, await stack.token(name, 'ada', { scopes: 'admin' }))
  const main = { provider: 'openai-compatible', base_url: model.url, model: 'fake', max_tokens: 500, ...profile }
  await admin.call('PUT', '/v1/settings/models/main', { profile: main })
  const budgets = { tenant: { tokens_per_day: 100_000 } }
  const settled = await admin.call('PUT', '/v1/settings', { version: 1, chat: { profile: 'main' }, budgets, ...sections })
  expect(settled.status).toBe(200)
  return { admin, member: user(stack.url, await stack.token(name, 'bob')) }
}

interface Ended {
  readonly type: string
  readonly outcome: string
  readonly reason?: string
  readonly usage?: { readonly input_tokens: number; readonly output_tokens: number }
}

async function ended(who: User, session: string): Promise<Ended> {
  return until(async () => {
    const page = await body(who.call('GET', `/v1/sessions/${session}/events?limit=500`))
    return page.events.findLast(({ type }: Ended) => type === 'turn.ended')
  })
}

const ask = async (who: User, message: string): Promise<Ended> => ended(who, (await who.send(message)).session_id)
/** What was used today, once nothing is set aside any more. */
const used = (admin: User): Promise<number> =>
  until(async () => {
    const { tenant } = await body(admin.call('GET', '/v1/budgets'))
    return tenant.tokens.reserved === 0 ? tenant.tokens.used : undefined
  })

describe('A client', () => {
  it('8. cannot assign itself a role, a tenant or a quota', async () => {
    const { admin, member } = await tenant()
    const claims = { role: 'admin', roles: ['owner'], is_admin: true, scopes: ['admin'], quota: 1e9, tokens_per_day: 1e9 }
    const said = await member.call('POST', '/v1/sessions/message', { message: 'hello', ...claims })
    expect([200, 400]).toContain(said.status)
    // Another tenant's name is refused, or means nothing: what is said is said here.
    const elsewhere = await member.call('POST', '/v1/sessions/message', {
      message: 'hello',
      session_id: 'claimed',
      tenant_id: 'hostile-other',
    })
    expect([200, 400, 403]).toContain(elsewhere.status)
    const other = user(stack.url, await stack.token('hostile-other', 'bob'))
    expect((await other.call('GET', '/v1/sessions/claimed')).status).toBe(404)
    expect((await member.call('PUT', '/v1/settings', { version: 2, budgets: { tenant: { tokens_per_day: 0 } } })).status).toBe(403)
    expect((await member.call('PUT', '/v1/users/bob', { role: 'owner' })).status).toBe(403)
    for (const claim of Object.keys(claims))
      expect([claim, (await admin.call('PUT', '/v1/settings', { version: 2, [claim]: 1 })).status]).toEqual([claim, 400])
    const { profile } = await body(admin.call('GET', '/v1/settings/models/main'))
    expect((await admin.call('PUT', '/v1/settings/models/main', { profile: { ...profile, is_admin: true } })).status).toBe(400)
    expect((await member.call('GET', '/v1/audit')).status).toBe(403)
    expect((await body(admin.call('GET', '/v1/budgets'))).tenant.tokens.limit).toBe(100_000)
  })
})

describe('A model that lies', () => {
  it('25. about its usage is not believed, and not paid', async () => {
    for (const lie of ['negative-usage', 'absurd-usage']) {
      const { admin, member } = await tenant()
      const { outcome, usage } = await ask(member, `[[fake ${lie} tokens=40]]`)
      expect(outcome).toBe('completed')
      const billed = await used(admin)
      // Our own count of forty words and a question: no less than something, no more than was allowed.
      expect(billed).toBeGreaterThan(40)
      expect(billed).toBeLessThan(1_000)
      expect((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0)).toBeLessThanOrEqual(billed)
    }
  })

  it('25. in its form is contained: the turn ends in words, and what it said is counted', async () => {
    for (const fault of ['long-line bytes=10000000', 'garbage after=5', 'odd after=5', 'html', 'error after=5', 'half-closed after=5']) {
      const { admin, member } = await tenant()
      const { outcome, reason } = await ask(member, `[[fake ${fault}]]`)
      expect([fault, outcome]).toEqual([fault, 'failed'])
      expect([fault, (reason ?? '').length > 10, /SECRET|oops|<html|doctype/i.test(reason ?? '')]).toEqual([fault, true, false])
      expect(await used(admin)).toBeLessThan(1_000)
      // And it is over: the next turn is answered.
      expect((await ask(member, 'hello [[fake normal tokens=3]]')).outcome).toBe('completed')
    }
  }, 90_000)

  it('25. by talking on past what it was allowed is stopped', async () => {
    const { admin, member } = await tenant({ max_tokens: 20 })
    const { outcome, reason } = await ask(member, '[[fake normal tokens=3000]]')
    expect([outcome, reason]).toEqual(['failed', expect.stringContaining('more than it was allowed to')])
    expect(await used(admin)).toBeLessThan(300)
  })
})

describe('What could grow without bound', () => {
  it('22. is a number with a limit: answers, requests and budgets', async () => {
    const { admin, member } = await tenant()
    const profile = { provider: 'openai-compatible', base_url: model.url, model: 'fake' }
    expect((await admin.call('PUT', '/v1/settings/models/main', { profile: { ...profile, max_tokens: 1e9 } })).status).toBe(400)
    expect((await member.call('POST', '/v1/sessions/message', { message: 'x'.repeat(40_000) })).status).toBe(400)
  })

  it('22. is a storm of streams: refused past the limit, with when to come back', async () => {
    const stream = { kind: 'fixed_window', limit: 20, window_seconds: 3_600 }
    const { member } = await tenant({}, { limits: { stream } })
    const { session_id } = await member.send('hello [[fake normal tokens=3]]')
    await ended(member, session_id)
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    const storm = new AbortController()
    const all = await Promise.all(
      Array.from({ length: 100 }, () => fetch(member.events(session_id), { headers: member.bearer, signal: storm.signal })),
    )
    expect(all.filter(({ status }) => status === 200)).toHaveLength(20)
    const refused = all.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(80)
    expect(refused.every(({ headers }) => Number(headers.get('retry-after')) > 0)).toBe(true)
    storm.abort()
  })

  it('22. is a storm of retries: a provider that refuses is asked a handful of times', async () => {
    const { member } = await tenant()
    const before = model.requests.length
    expect((await ask(member, '[[fake 500 times=99]]')).outcome).toBe('failed')
    expect(model.requests.length - before).toBeLessThanOrEqual(6)
  }, 90_000)

  it('22. is a loop of tools: stopped, with the reason in words', async () => {
    const { member } = await tenant({}, { budgets: {} })
    const before = model.requests.length
    const { outcome, reason } = await ask(member, '[[fake tools name=timestamp rounds=99]]')
    expect([outcome, reason]).toEqual(['failed', expect.stringContaining('so the turn was stopped')])
    expect(model.requests.length - before).toBeLessThanOrEqual(20)
  }, 90_000)

  it('22. is a model that is silent: cancelled upstream when its reader gives up', async () => {
    const { admin, member } = await tenant()
    const { session_id, turn_id } = await member.send('[[fake stall after=2]]')
    await until(async () => (model.requests.at(-1)?.said === 2 ? true : undefined))
    await member.call('POST', `/v1/sessions/${session_id}/turns/${turn_id}/cancel`)
    await until(async () => model.requests.at(-1)?.abortedAt)
    expect(await used(admin)).toBeLessThan(300)
  })
})
