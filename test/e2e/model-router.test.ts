/** Which models a workspace calls: its lists, its model lock, and escalation. */
import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { startFakeModel } from '../support/model.ts'
import { model, stack, useModel } from '../support/model-stack.ts'
import { collect, messages, modelWorkspace, streamed } from '../support/model-workspace.ts'
import { until } from '../support/until.ts'
import type { User } from '../support/user.ts'

useModel()
let count = 0

const createWorkspace = (router: object = {}, profile: object = {}) =>
  modelWorkspace(stack, model, `e2e-model-router-${++count}`, profile, { router })

/** Sends a message, and waits for the end of its turn. */
async function ask(member: User, text: string, metadata?: Record<string, string>) {
  const { session_id } = await member.send(text, { ...(metadata && { metadata }) })
  return until(async () => {
    const page = await (await member.call('GET', `/v1/sessions/${session_id}/events?limit=500`)).json()
    return page.events.find(({ type }: { type: string }) => type === 'turn.ended')
  })
}

describe('The lists of models of a workspace', () => {
  it('hold before any call: of a turn, of a test, and without a session', async () => {
    const { admin, member, openai } = await createWorkspace({ deny: ['fake-*'] })
    const before = model.requests.length
    expect(await ask(member, 'hello')).toMatchObject({ outcome: 'completed', answered_by: { model: 'spare' } })
    expect((await collect(await streamed(openai, { messages: messages('hello') }))).models).toEqual(['spare'])
    await expect(streamed(openai, { messages: messages('hello'), overrides: { model: 'main' } })).rejects.toMatchObject({ status: 403 })
    const tested = await (await admin.call('POST', '/v1/settings/models/main/test')).json()
    expect(tested).toMatchObject({ ok: false, detail: expect.stringContaining('does not allow `main`') })
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(['default', 'spare'])
    expect(model.requests.length).toBe(before)
  })

  it('leave no model of the environment instead', async () => {
    const { member } = await createWorkspace({ allow: ['another'] })
    expect(await ask(member, 'hello')).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('This workspace does not allow `main` or `spare`.'),
    })
  })
})

describe('Escalation', () => {
  it('lets the fallback answer first, if the workspace allows it', async () => {
    const metadata = { risk_level: 'high' }
    const { member } = await createWorkspace()
    expect(await ask(member, 'hello', metadata)).toMatchObject({ answered_by: { model: 'spare', escalation: 'risk_level_high' } })
    const plain = await ask(member, 'hello')
    expect(plain).toMatchObject({ answered_by: { model: 'main' } })
    expect(plain).not.toHaveProperty('answered_by.escalation')
    const { member: limited } = await createWorkspace({ allow: ['main'] })
    expect(await ask(limited, 'hello', metadata)).toMatchObject({ answered_by: { model: 'main' } })
  })
})

describe('The circuit breaker of an endpoint', () => {
  const states = async (user: User) =>
    ((await (await user.call('GET', '/v1/model-endpoints')).json()) as { endpoints: { name: string; state: string; failures: number }[] })
      .endpoints
  const route = async (user: User, ...candidates: string[]) => (await user.call('POST', '/v1/route', { candidates })).json()

  it('stops calls after ten failures in a row, and a test closes it', async () => {
    const { admin, member, openai } = await createWorkspace()
    expect(await states(member)).toMatchObject([{ name: 'main', state: 'closed', failures: 0 }])
    expect(await route(member, 'fake-large', 'spare')).toEqual({ model: 'fake-large', score: 1 })
    const before = model.requests.length
    const fail = () =>
      openai.post<{ model: string }>('/llm/invoke', { body: { messages: messages(`${crypto.randomUUID()} [[fake 500]]`) } })
    const failTimes = async (times: number) => (await Promise.all(Array.from({ length: times }, fail))).map((answer) => answer.model)
    expect(await failTimes(10)).toEqual(Array(10).fill('spare'))
    expect(model.requests.length).toBe(before + 10)
    expect(await states(member)).toMatchObject([{ name: 'main', failures: 10, state: expect.stringMatching(/open/) }])
    // One call in ten seconds tries the endpoint again.
    expect(await failTimes(4)).toEqual(Array(4).fill('spare'))
    expect(model.requests.length).toBeLessThan(before + 14)
    expect(await route(member, 'fake-large', 'spare')).toEqual({ model: 'spare', score: 1 })
    expect(await (await admin.call('POST', '/v1/settings/models/main/test')).json()).toMatchObject({ ok: true })
    expect(await states(member)).toMatchObject([{ state: 'closed', failures: 0 }])
    expect((await collect(await streamed(openai, { messages: messages('hello') }))).models).toEqual(['main'])
  })
})

describe('A route', () => {
  it('has only models that the caller may use', async () => {
    const { member } = await createWorkspace({ deny: ['main'] })
    expect(await (await member.call('POST', '/v1/route', { candidates: ['main', 'spare'] })).json()).toMatchObject({ model: 'spare' })
    for (const candidates of [['main'], ['none'], []]) {
      const refused = await member.call('POST', '/v1/route', { role: 'dialogue', deployment_mode: 'LOCAL', candidates })
      expect([refused.status, await refused.json()]).toMatchObject([400, { errors: [{ pointer: '/candidates' }] }])
    }
  })
})

describe('The tokens per minute of a profile', () => {
  it('hold for input and answers, and a turn waits for them', async () => {
    const { openai } = await createWorkspace({}, { tokens_per_minute: 1_000 })
    const long = { messages: messages(`[[fake normal tokens=1]] ${'word '.repeat(780)}`) }
    expect((await collect(await streamed(openai, long))).models).toEqual(['main'])
    // The next call does not fit, so the fallback answers.
    expect((await collect(await streamed(openai, long))).models).toEqual(['spare'])
  })
})

describe('The model lock', () => {
  const own = (base_url: string) => ({ messages: messages('hello'), overrides: { base_url, model: 'raw' } })
  const call = (openai: OpenAI, body: object) => openai.post<{ model: string; base_url: string }>('/llm/invoke', { body }).withResponse()
  const warning = 'x-gateway-model-lock-warning'

  it('refuses an address of the call itself, unless it warns or is off', async () => {
    const { openai: locked } = await createWorkspace()
    const before = model.requests.length
    await expect(call(locked, own(model.url))).rejects.toMatchObject({ status: 403 })
    expect(model.requests.length).toBe(before)
    const { openai: warned } = await createWorkspace({ model_lock: 'warn' })
    const { data, response } = await call(warned, own(model.url))
    expect([data.base_url, response.headers.get(warning)]).toEqual([model.url, expect.stringContaining('address and model')])
    expect(model.requests.at(-1)?.body).toMatchObject({ model: 'raw' })
    const { openai: open } = await createWorkspace({ model_lock: 'off' })
    expect((await call(open, own(model.url))).response.headers.get(warning)).toBeNull()
  })

  it('never sends a key to another origin, and calls no private address', async () => {
    const { admin, openai } = await createWorkspace({ model_lock: 'off' }, { credential: 'fake' })
    await admin.call('PUT', '/v1/llm/credentials/fake', { secret: 'sk-0123456789abcdef0123' })
    const other = await startFakeModel()
    for (const [address, text] of [
      [other.url, 'may only be sent to'],
      ['https://10.0.0.1/v1', 'cannot be used'],
    ] as const)
      await expect(collect(await streamed(openai, own(address)))).rejects.toMatchObject({ message: expect.stringContaining(text) })
    expect(other.requests).toHaveLength(0)
    await other.close()
  })

  it('lets no call choose a model that the lists do not name', async () => {
    const { openai } = await createWorkspace({ model_lock: 'off', allow: ['main', 'raw-2'] })
    await expect(call(openai, own(model.url))).rejects.toMatchObject({ status: 403 })
    const listed = { messages: messages('hello'), overrides: { model: 'raw-2' } }
    expect((await call(openai, listed)).data).toMatchObject({ model: 'main' })
    expect(model.requests.at(-1)?.body).toMatchObject({ model: 'raw-2' })
  })
})
