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
    ] as const) {
      const refused = await ada.call('POST', '/v1/personas', { ...own, ...change })
      expect([refused.status, await refused.json()]).toMatchObject([400, { errors: [error] }])
    }
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
