/** Turns use their tenant's settings: models, keys and budgets. */
import { describe, expect, it } from 'vitest'
import { model, stack, useModel } from '../support/model-stack.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

useModel()
let count = 0

interface Tenant {
  readonly admin: User
  readonly member: User
}

/** A tenant that uses the fake endpoint for its chats. */
async function createTenant(profile: object = {}, overrides: object = {}): Promise<Tenant> {
  const name = `e2e-settings-${++count}`
  const admin = user(stack.url, await stack.token(name, 'ada', { scopes: 'admin' }))
  const member = user(stack.url, await stack.token(name, 'bob'))
  const main = { provider: 'openai-compatible', base_url: model.url, model: 'fake-large', ...profile }
  expect((await admin.call('PUT', '/v1/settings/models/main', { profile: main })).status).toBe(200)
  // The descriptions of tools would take most of a small window or budget.
  const features = { tools: 'disabled' }
  expect((await admin.call('PUT', '/v1/settings', { version: 1, chat: { profile: 'main' }, features, ...overrides })).status).toBe(200)
  return { admin, member }
}

interface Ended {
  readonly outcome: string
  readonly reason?: string
  readonly usage?: { input_tokens: number; output_tokens: number; estimated?: boolean }
  readonly text: string
}

async function waitForEnd(caller: User, session: string): Promise<Ended> {
  const events = await until(async () => {
    const page = await (await caller.call('GET', `/v1/sessions/${session}/events?limit=500`)).json()
    return page.events.some(({ type }: { type: string }) => type === 'turn.ended') ? page.events : undefined
  })
  const end = events.findLast(({ type }: { type: string }) => type === 'turn.ended')
  return { ...end, text: events.findLast(({ type }: { type: string }) => type === 'item.closed')?.text ?? '' }
}

const sendAndWait = async (caller: User, message: string, overrides = {}): Promise<Ended> =>
  waitForEnd(caller, (await caller.send(message, overrides)).session_id)
const lastRequest = () => model.requests.at(-1)
const body = async (response: Promise<Response>) => (await response).json()

describe("A tenant's model", () => {
  it('is called with the settings of its profile, for this tenant only', async () => {
    const { member } = await createTenant({ temperature: 0.3, max_tokens: 77, kwargs: { top_p: 0.5 } })
    expect((await sendAndWait(member, 'hello')).outcome).toBe('completed')
    expect(lastRequest()?.body).toMatchObject({ model: 'fake-large', temperature: 0.3, max_tokens: 77, top_p: 0.5 })
    expect(lastRequest()?.authorization).toBeUndefined()
    const before = model.requests.length
    const other = user(stack.url, await stack.token('settings-other', 'eve'))
    expect((await sendAndWait(other, 'hello')).outcome).toBe('completed')
    expect(model.requests).toHaveLength(before)
  })

  it('is called with its key, and with a new key from the next call on', async () => {
    const { admin, member } = await createTenant({ credential: 'fake' })
    expect((await sendAndWait(member, 'hello')).reason).toContain('There is no key `fake`')
    for (const secret of ['sk-first-0123456789abcdef', 'sk-second-0123456789abcd']) {
      expect((await admin.call('PUT', '/v1/llm/credentials/fake', { secret })).status).toBe(200)
      expect((await sendAndWait(member, 'hello')).outcome).toBe('completed')
      expect(lastRequest()?.authorization).toBe(`Bearer ${secret}`)
    }
    expect((await admin.call('DELETE', '/v1/llm/credentials/fake')).status).toBe(204)
    expect((await sendAndWait(member, 'hello')).outcome).toBe('failed')
  })

  it('gets no key that was set for another endpoint', async () => {
    const { admin, member } = await createTenant({ credential: 'fake' })
    await admin.call('PUT', '/v1/llm/credentials/fake', { secret: 'sk-elsewhere-0123456789', origin: 'https://api.example.com' })
    const before = model.requests.length
    expect((await sendAndWait(member, 'hello')).reason).toContain('may only be sent to https://api.example.com')
    expect(model.requests).toHaveLength(before)
  })

  it('has a fallback, which is used if it fails before its first word, or on request', async () => {
    const { admin, member } = await createTenant()
    const fallback = { provider: 'builtin' }
    await admin.call('PUT', '/v1/settings/models/spare', { profile: fallback })
    await admin.call('PUT', '/v1/settings', { version: 3, chat: { profile: 'main', fallback: 'spare' } })
    const turn = await sendAndWait(member, 'hello [[fake 401 times=9]]')
    expect([turn.outcome, turn.text]).toEqual(['completed', expect.stringContaining('builtin responder')])
    const before = model.requests.length
    await sendAndWait(member, 'hello', { metadata: { escalate: 'true' } })
    expect(model.requests).toHaveLength(before)
  })

  it.each([
    [undefined, undefined, 24_000],
    [2_000, 1_000, 1_000],
    [100_000, 4_000, 96_000],
    [10_000_000, 1_000, 200_000],
  ])('with a window of %s and answers of %s receives up to %s tokens of the conversation', async (context_tokens, max_tokens, limit) => {
    const { member } = await createTenant({ context_tokens, max_tokens })
    const texts = Array.from({ length: 5 }, (_, index) => `message ${index} ${'word '.repeat(6_000)} [[fake normal tokens=1]]`)
    const { session_id } = await member.send(texts[0] ?? '')
    for (const text of texts.slice(1)) await member.send(text, { session_id })
    await until(async () => {
      const { turns } = await body(member.call('GET', `/v1/sessions/${session_id}/history`))
      return turns.length === 5 && turns.every(({ outcome }: { outcome: string | null }) => outcome === 'completed') ? true : undefined
    })
    const received = lastRequest()?.body.messages?.map(({ content }) => content?.slice(0, 9)) ?? []
    // Each message has about 7,500 tokens; the last one is always sent.
    const messages = Math.max(1, Math.min(5, Math.floor(limit / 7_500)))
    expect(received.filter((text) => text?.startsWith('message'))).toEqual(texts.slice(-messages).map((text) => text.slice(0, 9)))
    const window = await body(member.call('GET', `/v1/sessions/${session_id}/context-window`))
    expect(window.limit_tokens).toBe(limit)
    const messageTexts = window.messages
      .filter(({ role }: { role: string }) => role === 'user')
      .map(({ text }: { text: string }) => text.slice(0, 9))
    expect(messageTexts).toEqual(received.filter((text) => text?.startsWith('message')))
  })

  it('can be probed, and a failure is explained', async () => {
    const { admin } = await createTenant()
    const probe = () => body(admin.call('POST', '/v1/settings/models/main/test'))
    expect(await probe()).toMatchObject({ ok: true, detail: expect.stringContaining('The model answered') })
    model.next({ kind: '401', times: 99 })
    expect(await probe()).toMatchObject({ ok: false, detail: expect.stringContaining('refused our key (401)') })
    model.next({ kind: '404', times: 99 })
    expect(await probe()).toMatchObject({ ok: false, detail: expect.stringContaining('does not know this model') })
    const unreachable = { provider: 'openai-compatible', base_url: 'http://127.0.0.1:9/v1', model: 'm' }
    await admin.call('PUT', '/v1/settings/models/main', { profile: unreachable })
    expect(await probe()).toMatchObject({ ok: false, detail: expect.stringContaining('cannot be reached') })
    const unresolvable = { ...unreachable, base_url: 'https://no-such-host.example.com/v1' }
    await admin.call('PUT', '/v1/settings/models/main', { profile: unresolvable })
    expect(await probe()).toMatchObject({ ok: false, detail: expect.stringContaining('cannot be reached') })
    expect((await admin.call('POST', '/v1/settings/models/none/test')).status).toBe(404)
  })
})

describe('A budget', () => {
  const price = { input_per_million: 1_000, output_per_million: 1_000 }

  it('is never exceeded by 100 concurrent turns, and rejected turns report it', async () => {
    const limit = 3_000
    const { admin, member } = await createTenant({ max_tokens: 200 }, { budgets: { tenant: { tokens_per_day: limit } } })
    const sent = await Promise.all(Array.from({ length: 100 }, (_, n) => member.send(`question ${n} [[fake normal tokens=40]]`)))
    const all = await Promise.all(sent.map(({ session_id }) => waitForEnd(member, session_id)))
    const totalTokens = all.reduce((sum, { usage }) => sum + (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0), 0)
    const completed = all.filter(({ outcome }) => outcome === 'completed')
    expect(completed.length).toBeGreaterThan(0)
    expect(completed.length).toBeLessThan(100)
    expect(totalTokens).toBeLessThanOrEqual(limit)
    const refused = all.filter(({ outcome }) => outcome === 'failed')
    for (const { reason } of refused) expect(reason).toMatch(/^Token budget exceeded for this persona\/tenant\./)
    const today = await until(async () => {
      const now = await body(admin.call('GET', '/v1/budgets'))
      return now.tenant.tokens.reserved === 0 ? now : undefined
    })
    expect(today.tenant.tokens).toEqual({ limit, used: totalTokens, reserved: 0 })
  }, 120_000)

  it('counts the sent part of a cancelled answer, in tokens and money', async () => {
    const { admin, member } = await createTenant({ price, max_tokens: 1_000 }, { budgets: { tenant: { money_per_day: 100 } } })
    const { session_id, turn_id } = await member.send('[[fake normal tokens=400 rate=20]]')
    await until(async () => ((await body(admin.call('GET', '/v1/budgets'))).tenant.money.reserved > 0 ? true : undefined))
    await new Promise((resolve) => setTimeout(resolve, 500))
    await member.call('POST', `/v1/sessions/${session_id}/turns/${turn_id}/cancel`)
    const { tenant: today } = await until(async () => {
      const now = await body(admin.call('GET', '/v1/budgets'))
      return now.tenant.money.reserved === 0 ? now : undefined
    })
    expect(today.tokens.used).toBeGreaterThan(0)
    expect(today.tokens.used).toBeLessThan(400)
    expect(today.money.used).toBeCloseTo(today.tokens.used / 1_000, 6)
  })

  it('of a persona is separate', async () => {
    const { member } = await createTenant({ max_tokens: 100 }, { budgets: { personas: { poor: { tokens_per_day: 10 }, rich: {} } } })
    const turn = await sendAndWait(member, 'hello', { persona_id: 'poor' })
    expect([turn.outcome, turn.reason]).toEqual(['failed', expect.stringContaining('The persona `poor`')])
    expect((await sendAndWait(member, 'hello', { persona_id: 'rich' })).outcome).toBe('completed')
  })
})
