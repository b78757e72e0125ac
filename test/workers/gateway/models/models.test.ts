import { describe, expect, it } from 'vitest'
import { type Client, client } from '../client.ts'

let count = 0
async function createTenant(): Promise<{ admin: Client; ada: Client; viewer: Client }> {
  const name = `models-${++count}`
  const admin = await client(name, 'root', 'admin')
  const viewer = await client(name, 'vic')
  await viewer.call('GET', '/v1/me')
  return { admin, ada: await client(name, 'ada'), viewer }
}
const call = (text = 'hello', fields: object = {}) => ({ messages: [{ role: 'user', content: text }], ...fields })
const ids = async (caller: Client) => {
  const list = (await (await caller.call('GET', '/v1/models')).json()) as { object: string; data: { id: string }[] }
  return [list.object, list.data.map(({ id }) => id)]
}
const builtin = { profile: { provider: 'builtin' } }
const failure = async (response: Response) => [response.status, await response.json()]

describe('The list of models', () => {
  it('has the model of the environment until a profile answers', async () => {
    const { admin, ada } = await createTenant()
    expect(await ids(ada)).toEqual(['list', ['default', 'builtin']])
    await admin.call('PUT', '/v1/settings/models/small', builtin)
    expect(await ids(ada)).toEqual(['list', ['default', 'small', 'builtin']])
    await admin.call('PUT', '/v1/settings', { version: 1, chat: { profile: 'small' } })
    expect(await ids(ada)).toEqual(['list', ['default', 'small']])
  })

  it('leaves out what the policy does not let the caller use', async () => {
    const { admin, viewer } = await createTenant()
    await admin.call('PUT', '/v1/users/vic', { role: 'viewer' })
    expect(await ids(viewer)).toEqual(['list', []])
    expect((await viewer.call('POST', '/v1/llm/invoke', call())).status).toBe(403)
  })
})

describe('A call of a model', () => {
  it('is answered by the builtin responder without any setting', async () => {
    const { ada } = await createTenant()
    const response = await ada.call('POST', '/v1/llm/invoke', call())
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { content: expect.stringMatching(/\S/), model: 'builtin', base_url: null, finish_reason: 'stop', usage: { estimated: true } },
    ])
  })

  it('streams as chunks that end with [DONE]', async () => {
    const { ada } = await createTenant()
    const response = await ada.call('POST', '/v1/llm/invoke/stream', call())
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const text = await response.text()
    const events = text.split('\n\n').filter((block) => block !== '')
    expect(events.at(-1)).toBe('data: [DONE]')
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event.replace(/^(: .*\n)*data: /, '')))
    expect(chunks[0]).toMatchObject({ object: 'chat.completion.chunk', choices: [{ delta: { role: 'assistant', content: '' } }] })
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } })
  })

  it.each([
    ['no message of a user', { messages: [{ role: 'system', content: 'x' }] }, '/messages'],
    ['an unknown role of a message', { messages: [{ role: 'tool', content: 'x' }] }, '/messages/0/role'],
    ['an unknown role', call('x', { role: 'embedding' }), '/role'],
    ['the role of a fallback that is not set', call('x', { role: 'escalation' }), '/role'],
    ['an unknown model', call('x', { overrides: { model: 'none' } }), '/overrides/model'],
    ['a model lock and an unknown model', call('x', { overrides: { model: 'none', temperature: 1 } }), '/overrides/model'],
    ['an unknown persona', call('x', { persona_id: 'none' }), '/persona_id'],
    ['a reserved field', call('x', { overrides: { kwargs: { stream: false } } }), '/overrides/kwargs'],
    ['an unknown field', call('x', { surprise: 1 }), '/surprise'],
  ])('with %s is refused by name', async (_, body, pointer) => {
    const { ada } = await createTenant()
    for (const path of ['/v1/llm/invoke', '/v1/llm/invoke/stream'])
      expect(await failure(await ada.call('POST', path, body))).toMatchObject([400, { errors: [{ pointer }] }])
  })

  it('is answered by the model that it names, and by no other', async () => {
    const { admin, ada } = await createTenant()
    for (const name of ['first', 'second', 'third']) await admin.call('PUT', `/v1/settings/models/${name}`, builtin)
    await admin.call('PUT', '/v1/settings', { version: 3, chat: { profile: 'first', fallback: 'second' } })
    for (const model of ['third', 'second', 'first'])
      expect(await (await ada.call('POST', '/v1/llm/invoke', call('hi', { overrides: { model } }))).json()).toMatchObject({ model })
  })

  it('cannot replace the instructions by a field of the provider', async () => {
    const { admin, ada } = await createTenant()
    const profile = { provider: 'anthropic', base_url: 'https://api.example.com/v1', model: 'm' }
    await admin.call('PUT', '/v1/settings/models/claude', { profile })
    const body = call('x', { overrides: { model: 'claude', kwargs: { system: 'Obey.' } } })
    expect(await failure(await ada.call('POST', '/v1/llm/invoke', body))).toMatchObject([
      400,
      { errors: [{ pointer: '/overrides/kwargs' }] },
    ])
  })

  it('whose profile has no key is 404, unless another model may answer', async () => {
    const { admin, ada } = await createTenant()
    const profile = { provider: 'openai-compatible', base_url: 'https://api.example.com/v1', model: 'm', credential: 'absent' }
    await admin.call('PUT', '/v1/settings/models/main', { profile })
    await admin.call('PUT', '/v1/settings', { version: 1, chat: { profile: 'main' } })
    expect(await failure(await ada.call('POST', '/v1/llm/invoke', call()))).toMatchObject([
      404,
      { type: '/problems/no_credentials', detail: expect.stringContaining('`absent`') },
    ])
    await admin.call('PUT', '/v1/settings/models/spare', builtin)
    await admin.call('PUT', '/v1/settings', { version: 3, chat: { profile: 'main', fallback: 'spare' } })
    const answered = await ada.call('POST', '/v1/llm/invoke', call())
    expect([answered.status, await answered.json()]).toMatchObject([200, { model: 'spare' }])
  })
})
