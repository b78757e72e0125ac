import { describe, expect, it } from 'vitest'
import { type Client, client } from '../client.ts'

let count = 0
async function createTenant(): Promise<{ admin: Client; ada: Client; bob: Client }> {
  const name = `personas-${++count}`
  return { admin: await client(name, 'root', 'admin'), ada: await client(name, 'ada'), bob: await client(name, 'bob') }
}
const tutor = { name: 'Tutor', instructions: 'Explain step by step. Today is {{date}}.', visibility: 'workspace' }
const own = { name: 'Mine', instructions: 'Be brief.' }
const json = async (response: Promise<Response>) => (await response).json() as Promise<Record<string, unknown>>
const status = async (response: Promise<Response>) => (await response).status
const ids = async (caller: Client) => ((await json(caller.call('GET', '/v1/personas'))).personas as { id: string }[]).map(({ id }) => id)

describe('A persona', () => {
  it('of the workspace is created, read, replaced by version and deleted', async () => {
    const { admin, bob } = await createTenant()
    const created = await admin.call('POST', '/v1/personas', { id: 'tutor', ...tutor })
    expect([created.status, await created.json()]).toMatchObject([201, { id: 'tutor', version: 1, owner: 'root', tools: null, ...tutor }])
    expect(await json(bob.call('GET', '/v1/personas/tutor'))).toMatchObject({ name: 'Tutor', instructions: tutor.instructions })
    expect(await status(admin.call('PUT', '/v1/personas/tutor', { ...tutor, name: 'Coach', version: 1 }))).toBe(200)
    const stale = await admin.call('PUT', '/v1/personas/tutor', { ...tutor, version: 1 })
    expect([stale.status, await stale.json()]).toMatchObject([
      409,
      { version: 2, detail: expect.stringContaining('The persona has changed') },
    ])
    expect(await json(bob.call('GET', '/v1/personas/tutor'))).toMatchObject({ name: 'Coach', version: 2 })
    expect(await status(admin.call('DELETE', '/v1/personas/tutor'))).toBe(204)
    expect(await status(bob.call('GET', '/v1/personas/tutor'))).toBe(404)
  })

  it('gets an id from the server, and an id is used once', async () => {
    const { ada } = await createTenant()
    const { id } = await json(ada.call('POST', '/v1/personas', own))
    const again = await ada.call('POST', '/v1/personas', { id, ...own })
    expect([again.status, await again.json()]).toMatchObject([400, { errors: [{ pointer: '/id', detail: 'is taken by another persona' }] }])
  })

  it('of a user is seen and changed by this user alone', async () => {
    const { admin, ada, bob } = await createTenant()
    expect(await status(ada.call('POST', '/v1/personas', { id: 'mine', ...own }))).toBe(201)
    for (const other of [bob, admin]) {
      expect(await ids(other)).toEqual([])
      expect(await status(other.call('GET', '/v1/personas/mine'))).toBe(404)
      expect(await status(other.call('PUT', '/v1/personas/mine', { ...own, version: 1 }))).toBe(404)
      expect(await status(other.call('DELETE', '/v1/personas/mine'))).toBe(404)
      expect(await status(other.call('POST', '/v1/sessions/message', { message: 'hi', persona_id: 'mine' }))).toBe(400)
    }
    expect(await ids(ada)).toEqual(['mine'])
  })

  it('of the workspace is an admin’s to create, to change, and to take over', async () => {
    const { admin, ada } = await createTenant()
    await admin.call('POST', '/v1/personas', { id: 'tutor', ...tutor })
    await ada.call('POST', '/v1/personas', { id: 'mine', ...own })
    for (const [method, path, sent] of [
      ['POST', '/v1/personas', { id: 'p', ...tutor }],
      ['PUT', '/v1/personas/tutor', { ...tutor, version: 1 }],
      ['PUT', '/v1/personas/tutor', { ...own, version: 1 }],
      ['PUT', '/v1/personas/mine', { ...own, visibility: 'workspace', version: 1 }],
      ['DELETE', '/v1/personas/tutor', undefined],
    ] as const) {
      const refused = await ada.call(method, path, sent)
      expect([method, path, refused.status, await refused.json()]).toMatchObject([method, path, 403, { action: 'persona.update' }])
    }
  })

  it('is refused with an unknown template value, an unknown model or an unknown field', async () => {
    const { ada } = await createTenant()
    for (const [change, error] of [
      [{ instructions: 'Hi {{user.email}}' }, { pointer: '/instructions', detail: expect.stringContaining('line 1, column 4') }],
      [{ model: 'absent' }, { pointer: '/model', detail: 'must be the name of a model profile' }],
      [{ instruction: 'x' }, { pointer: '/instruction' }],
      [{ name: ' ' }, { pointer: '/name' }],
      [{ starters: [' '] }, { pointer: '/starters/0', detail: 'must not be empty' }],
      [{ starters: Array(7).fill('x') }, { pointer: '/starters' }],
      [{ starters: ['x'.repeat(301)] }, { pointer: '/starters/0' }],
      [{ greeting: 'x'.repeat(1_001) }, { pointer: '/greeting' }],
      [{ budget: { tokens_per_day: -1 } }, { pointer: '/budget/tokens_per_day' }],
      [{ memory: 'sometimes' }, { pointer: '/memory' }],
      [{ budget: { tokens: 1 } }, { pointer: '/budget/tokens' }],
    ] as const) {
      const refused = await ada.call('POST', '/v1/personas', { ...own, ...change })
      expect([refused.status, await refused.json()]).toMatchObject([400, { errors: [error] }])
    }
  })

  it('has starters, a greeting and a budget of its own', async () => {
    const { ada } = await createTenant()
    const fields = { starters: ['Teach me fractions.'], greeting: 'Hello! What shall we learn?', budget: { tokens_per_day: 5_000 } }
    const created = await json(ada.call('POST', '/v1/personas', { id: 'mine', ...own, ...fields }))
    const expected = { ...fields, budget: { tokens_per_day: 5_000, money_per_day: 0 } }
    expect(created).toMatchObject(expected)
    expect(await json(ada.call('GET', '/v1/personas/mine'))).toEqual(created)
    const { starters: _starters, greeting: _greeting, ...kept } = expected
    const [entry] = (await json(ada.call('GET', '/v1/personas'))).personas as object[]
    expect(entry).toMatchObject(kept)
    for (const field of ['starters', 'greeting', 'instructions', 'tools']) expect(entry).not.toHaveProperty(field)
  })

  it('of the workspace shows its own budget, lowered to that of the settings', async () => {
    const { admin, ada } = await createTenant()
    await admin.call('PUT', '/v1/settings', { version: 0, budgets: { each_persona: { tokens_per_day: 4_000 } } })
    await admin.call('POST', '/v1/personas', { id: 'thrifty', ...tutor, budget: { tokens_per_day: 1_000, money_per_day: 2 } })
    await admin.call('POST', '/v1/personas', { id: 'greedy', ...tutor, budget: { tokens_per_day: 9_000 } })
    await ada.call('POST', '/v1/personas', { id: 'mine', ...own, budget: { tokens_per_day: 1 } })
    const { personas } = (await json(admin.call('GET', '/v1/budgets'))) as { personas: Record<string, { limit: number }>[] }
    expect(personas.map(({ persona_id, tokens, money }) => [persona_id, tokens?.limit, money?.limit])).toEqual([
      ['greedy', 4_000, 0],
      ['thrifty', 1_000, 2],
    ])
  })

  it('is listed without its instructions', async () => {
    const { ada } = await createTenant()
    await ada.call('POST', '/v1/personas', { id: 'mine', ...own })
    const [entry] = (await json(ada.call('GET', '/v1/personas'))).personas as object[]
    expect(entry).toMatchObject({ id: 'mine', name: 'Mine' })
    expect(entry).not.toHaveProperty('instructions')
  })

  it('leaves its changes on the audit trail, without its text', async () => {
    const { admin } = await createTenant()
    await admin.call('POST', '/v1/personas', { id: 'tutor', ...tutor })
    await admin.call('DELETE', '/v1/personas/tutor')
    const { entries } = await json(admin.call('GET', '/v1/audit?action=persona.update&limit=50'))
    expect((entries as { outcome: string }[]).map(({ outcome }) => outcome)).toEqual(['removed', 'allowed', 'created', 'allowed'])
    expect(JSON.stringify(entries)).not.toContain('step by step')
  })
})

describe('A message', () => {
  const send = (caller: Client, fields: object) => caller.call('POST', '/v1/sessions/message', { message: 'hi', ...fields })

  it('with an unknown persona is refused, and records nothing', async () => {
    const { ada } = await createTenant()
    const refused = await send(ada, { persona_id: 'invented', session_id: 's1' })
    expect([refused.status, await refused.json()]).toMatchObject([400, { errors: [{ pointer: '/persona_id' }] }])
    expect(await status(ada.call('GET', '/v1/sessions/s1'))).toBe(404)
  })

  it('may name a persona that has only a budget', async () => {
    const { admin, ada } = await createTenant()
    await admin.call('PUT', '/v1/settings', { version: 0, budgets: { personas: { poor: { tokens_per_day: 10 } } } })
    expect(await status(send(ada, { persona_id: 'poor' }))).toBe(200)
  })

  it('gets its first response again after its persona was deleted', async () => {
    const { ada } = await createTenant()
    await ada.call('POST', '/v1/personas', { id: 'mine', ...own })
    const message = { persona_id: 'mine', event_id: 'once' }
    const first = await json(send(ada, message))
    await ada.call('DELETE', '/v1/personas/mine')
    expect(await json(send(ada, message))).toEqual(first)
    expect(await status(send(ada, { persona_id: 'mine' }))).toBe(400)
  })

  it('records the persona of the session once, and another one with the turn', async () => {
    const { ada } = await createTenant()
    for (const id of ['one', 'two']) await ada.call('POST', '/v1/personas', { id, ...own })
    const { session_id } = await json(send(ada, { persona_id: 'one' }))
    await send(ada, { persona_id: 'two', session_id })
    const { events } = await json(ada.call('GET', `/v1/sessions/${session_id}/events?limit=100`))
    const named = (events as { type: string; persona_id?: string }[]).filter(({ persona_id }) => persona_id)
    expect(named.map(({ type, persona_id }) => [type, persona_id])).toEqual([
      ['session.created', 'one'],
      ['turn.accepted', 'two'],
    ])
  })
})

describe('A message that names a model', () => {
  const send = (caller: Client, fields: object) => caller.call('POST', '/v1/sessions/message', { message: 'hi', ...fields })
  const accepted = async (caller: Client, session: unknown) => {
    const { events } = await json(caller.call('GET', `/v1/sessions/${session}/events?limit=100`))
    return (events as { type: string; model?: string; regenerates?: string }[]).filter(({ type }) => type === 'turn.accepted')
  }
  const addProfile = (admin: Client, name: string) => admin.call('PUT', `/v1/settings/models/${name}`, { profile: { provider: 'builtin' } })

  it('is refused if the workspace has no such profile, and nothing is recorded', async () => {
    const { admin, ada } = await createTenant()
    await addProfile(admin, 'small')
    for (const model of ['absent', 'constructor', '__proto__', 'two words', '']) {
      const refused = await send(ada, { model, session_id: 's1' })
      expect([model, refused.status, await refused.json()]).toMatchObject([model, 400, { errors: [{ pointer: '/model' }] }])
    }
    expect(await status(ada.call('GET', '/v1/sessions/s1'))).toBe(404)
  })

  it('is refused if the lists of the workspace deny the model', async () => {
    const { admin, ada } = await createTenant()
    for (const name of ['small', 'large']) await addProfile(admin, name)
    const { version } = await json(admin.call('GET', '/v1/settings'))
    expect(await status(admin.call('PUT', '/v1/settings', { version, router: { deny: ['lar*'] } }))).toBe(200)
    const refused = await send(ada, { model: 'large' })
    expect([refused.status, await refused.json()]).toMatchObject([400, { errors: [{ pointer: '/model' }] }])
    expect(await status(send(ada, { model: 'small' }))).toBe(200)
  })

  it('records it with the turn, and its regeneration has the same', async () => {
    const { admin, ada } = await createTenant()
    await addProfile(admin, 'small')
    const { session_id, turn_id } = await json(send(ada, { model: 'small' }))
    await send(ada, { session_id })
    await ada.call('POST', `/v1/sessions/${session_id}/turns/${turn_id}/regenerate`, {})
    expect((await accepted(ada, session_id)).map(({ model, regenerates }) => [model, regenerates === turn_id])).toEqual([
      ['small', false],
      [undefined, false],
      ['small', true],
    ])
  })

  it('is another message than one with another model', async () => {
    const { admin, ada } = await createTenant()
    for (const name of ['small', 'large']) await addProfile(admin, name)
    expect(await status(send(ada, { model: 'small', event_id: 'once' }))).toBe(200)
    expect(await status(send(ada, { model: 'small', event_id: 'once' }))).toBe(200)
    expect(await status(send(ada, { model: 'large', event_id: 'once' }))).toBe(409)
  })

  it('gets its first response again after the profile was removed', async () => {
    const { admin, ada } = await createTenant()
    await addProfile(admin, 'small')
    const message = { model: 'small', event_id: 'once' }
    const first = await json(send(ada, message))
    await admin.call('DELETE', '/v1/settings/models/small')
    expect(await json(send(ada, message))).toEqual(first)
    expect(await status(send(ada, { model: 'small' }))).toBe(400)
  })
})
