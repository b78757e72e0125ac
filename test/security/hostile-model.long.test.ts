/** Abuse cases 8, 22 and 25: fields that clients may not set, unbounded growth, and hostile models. */
import { describe, expect, it } from 'vitest'
import { model, stack, useModel } from '../support/model-stack.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

useModel()
let count = 0

const body = async (response: Promise<Response>) => (await response).json()

/** A tenant on the fake endpoint, with a budget that counts every call. */
async function createTenant(profile: object = {}, sections: object = {}): Promise<{ admin: User; member: User }> {
  const name = `hostile-${++count}`
  const admin = user(stack.url, await stack.token(name, 'ada', { scopes: 'admin' }))
  const main = { provider: 'openai-compatible', base_url: model.url, model: 'fake', max_tokens: 500, ...profile }
  await admin.call('PUT', '/v1/settings/models/main', { profile: main })
  const budgets = { tenant: { tokens_per_day: 100_000 } }
  // The descriptions of tools would be most of each call.
  const features = { tools: 'disabled' }
  const saved = await admin.call('PUT', '/v1/settings', { version: 1, chat: { profile: 'main' }, budgets, features, ...sections })
  expect(saved.status).toBe(200)
  return { admin, member: user(stack.url, await stack.token(name, 'bob')) }
}

interface Ended {
  readonly type: string
  readonly outcome: string
  readonly reason?: string
  readonly usage?: { readonly input_tokens: number; readonly output_tokens: number }
}

async function waitForEnd(caller: User, session: string): Promise<Ended> {
  return until(async () => {
    const page = await body(caller.call('GET', `/v1/sessions/${session}/events?limit=500`))
    return page.events.findLast(({ type }: Ended) => type === 'turn.ended')
  })
}

const sendAndWait = async (caller: User, message: string): Promise<Ended> => waitForEnd(caller, (await caller.send(message)).session_id)
/** Today's usage, after all reservations have ended. */
const used = (admin: User): Promise<number> =>
  until(async () => {
    const { tenant } = await body(admin.call('GET', '/v1/budgets'))
    return tenant.tokens.reserved === 0 ? tenant.tokens.used : undefined
  })

describe('A client', () => {
  it('8. cannot assign itself a role, a tenant or a quota', async () => {
    const { admin, member } = await createTenant()
    const claims = { role: 'admin', roles: ['owner'], is_admin: true, scopes: ['admin'], quota: 1e9, tokens_per_day: 1e9 }
    const response = await member.call('POST', '/v1/sessions/message', { message: 'hello', ...claims })
    expect([200, 400]).toContain(response.status)
    // Another tenant's name is rejected or ignored: the message stays in the caller's tenant.
    const otherTenant = await member.call('POST', '/v1/sessions/message', {
      message: 'hello',
      session_id: 'claimed',
      tenant_id: 'hostile-other',
    })
    expect([200, 400, 403]).toContain(otherTenant.status)
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

describe('A hostile model', () => {
  it('25. with a false usage report is not billed for it', async () => {
    for (const lie of ['negative-usage', 'absurd-usage']) {
      const { admin, member } = await createTenant()
      const { outcome, usage } = await sendAndWait(member, `[[fake ${lie} tokens=40]]`)
      expect(outcome).toBe('completed')
      const billed = await used(admin)
      // Our own estimate for forty words and a question: positive, and at most the reservation.
      expect(billed).toBeGreaterThan(40)
      expect(billed).toBeLessThan(1_000)
      expect((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0)).toBeLessThanOrEqual(billed)
    }
  })

  it('25. with a malformed stream is contained: the turn ends with a reason, and its words are counted', async () => {
    for (const fault of ['long-line bytes=10000000', 'garbage after=5', 'odd after=5', 'html', 'error after=5', 'half-closed after=5']) {
      const { admin, member } = await createTenant()
      const { outcome, reason } = await sendAndWait(member, `[[fake ${fault}]]`)
      expect([fault, outcome]).toEqual([fault, 'failed'])
      expect([fault, (reason ?? '').length > 10, /SECRET|oops|<html|doctype/i.test(reason ?? '')]).toEqual([fault, true, false])
      expect(await used(admin)).toBeLessThan(1_000)
      // The fault has no lasting effect: the next turn is answered.
      expect((await sendAndWait(member, 'hello [[fake normal tokens=3]]')).outcome).toBe('completed')
    }
  }, 90_000)

  it('25. that exceeds its output limit is stopped', async () => {
    const { admin, member } = await createTenant({ max_tokens: 20 })
    const { outcome, reason } = await sendAndWait(member, '[[fake normal tokens=3000]]')
    expect([outcome, reason]).toEqual(['failed', expect.stringContaining('exceeded its output limit')])
    expect(await used(admin)).toBeLessThan(300)
  })
})

describe('Unbounded growth', () => {
  it('22. is limited by numbers: answers, requests and budgets', async () => {
    const { admin, member } = await createTenant()
    const profile = { provider: 'openai-compatible', base_url: model.url, model: 'fake' }
    expect((await admin.call('PUT', '/v1/settings/models/main', { profile: { ...profile, max_tokens: 1e9 } })).status).toBe(400)
    expect((await member.call('POST', '/v1/sessions/message', { message: 'x'.repeat(40_000) })).status).toBe(400)
  })

  it('22. of streams is rejected past the limit, with a Retry-After', async () => {
    const stream = { kind: 'fixed_window', limit: 20, window_seconds: 3_600 }
    const { member } = await createTenant({}, { limits: { stream } })
    const { session_id } = await member.send('hello [[fake normal tokens=3]]')
    await waitForEnd(member, session_id)
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

  it('22. of retries is limited: a failing provider gets a handful of requests', async () => {
    const { member } = await createTenant()
    const before = model.requests.length
    expect((await sendAndWait(member, '[[fake 500 times=99]]')).outcome).toBe('failed')
    expect(model.requests.length - before).toBeLessThanOrEqual(6)
  }, 90_000)

  it('22. of a tool loop is stopped, with a reason', async () => {
    const { member } = await createTenant({}, { budgets: {}, features: {} })
    const before = model.requests.length
    const { outcome, reason } = await sendAndWait(member, '[[fake tools name=timestamp rounds=99]]')
    expect([outcome, reason]).toEqual(['failed', expect.stringContaining('so the turn was stopped')])
    expect(model.requests.length - before).toBeLessThanOrEqual(20)
  }, 90_000)

  it('22. by a silent model is cancelled upstream when the turn is cancelled', async () => {
    const { admin, member } = await createTenant()
    const { session_id, turn_id } = await member.send('[[fake stall after=2]]')
    await until(async () => (model.requests.at(-1)?.sentWords === 2 ? true : undefined))
    await member.call('POST', `/v1/sessions/${session_id}/turns/${turn_id}/cancel`)
    await until(async () => model.requests.at(-1)?.abortedAt)
    expect(await used(admin)).toBeLessThan(300)
  })
})
