import { describe, expect, it, vi } from 'vitest'
import { type Client, client } from '../client.ts'

const tuple = (relation: string, userId: string, session = 's') => ({ object: `session:${session}`, relation, user: `user:${userId}` })
const write = (caller: Client, ...writes: object[]) => caller.call('POST', '/v1/relations', { writes })
const status = async (response: Promise<Response>) => (await response).status
const send = (caller: Client, session_id: string) => caller.call('POST', '/v1/sessions/message', { session_id, message: 'hello' })

describe('A shared session', () => {
  it('is readable by a viewer, writable by a member, and hidden from others', async () => {
    const [alice, bob, carol, dave] = await Promise.all(['alice', 'bob', 'carol', 'dave'].map((name) => client('shared-1', name)))
    if (!alice || !bob || !carol || !dave) throw new Error()
    await send(alice, 's')
    expect(await status(bob.call('GET', '/v1/sessions/s'))).toBe(404)
    expect(await status(write(alice, tuple('viewer', 'bob'), tuple('member', 'carol')))).toBe(200)
    for (const path of [
      '/v1/sessions/s',
      '/v1/sessions/s/history',
      '/v1/sessions/s/events',
      '/v1/sessions/s/branches',
      '/v1/sessions/s/export',
    ]) {
      const statusFor = async (caller: Client) => [path, await status(caller.call('GET', path))]
      // An export answers 409 while a turn is running.
      const expectedStatus = path.endsWith('export') ? 409 : 200
      expect([await statusFor(bob), await statusFor(carol), await statusFor(dave)]).toEqual([
        [path, expectedStatus],
        [path, expectedStatus],
        [path, 404],
      ])
    }
    const denied = await send(bob, 's')
    expect([denied.status, await denied.json()]).toMatchObject([403, { action: 'conversation.send', reasons: ['not_permitted'] }])
    expect(await status(send(carol, 's'))).toBe(200)
    expect(await status(send(dave, 's'))).toBe(404)
    for (const caller of [bob, carol]) expect(await status(caller.call('DELETE', '/v1/sessions/s'))).toBe(403)
    const events = (await (await alice.call('GET', '/v1/sessions/s/events')).json()) as { events: { type: string; metadata?: object }[] }
    expect(events.events.filter(({ type }) => type === 'turn.accepted').at(-1)).toMatchObject({ metadata: { sent_by: 'carol' } })
  })

  it('is hidden from the first request after its share was deleted', async () => {
    const [alice, bob] = await Promise.all([client('shared-2', 'alice'), client('shared-2', 'bob')])
    await send(alice, 's')
    await write(alice, tuple('viewer', 'bob'))
    expect(await status(bob.call('GET', '/v1/sessions/s'))).toBe(200)
    expect(await status(alice.call('POST', '/v1/relations', { deletes: [tuple('viewer', 'bob')] }))).toBe(200)
    expect(await status(bob.call('GET', '/v1/sessions/s'))).toBe(404)
  })

  it('can be shared by its owner and its admins only', async () => {
    const [alice, bob, carol, root] = await Promise.all([
      client('shared-3', 'alice'),
      client('shared-3', 'bob'),
      client('shared-3', 'carol'),
      client('shared-3', 'root', 'admin'),
    ])
    await send(alice, 's')
    expect(await status(write(bob, tuple('viewer', 'bob')))).toBe(404)
    expect(await status(write(bob, tuple('viewer', 'bob', 'none')))).toBe(404)
    expect(await status(write(root, tuple('viewer', 'root')))).toBe(404)
    await write(alice, tuple('viewer', 'bob'), tuple('admin', 'carol'))
    expect(await status(write(bob, tuple('member', 'bob')))).toBe(403)
    expect(await status(write(carol, tuple('viewer', 'dave')))).toBe(200)
    expect(await status(bob.call('GET', '/v1/relations?object=session:s'))).toBe(403)
    expect(await (await alice.call('GET', '/v1/relations?object=session:s')).json()).toMatchObject({ tuples: { length: 3 }, next: null })
    for (const relation of ['owner', 'tenant']) expect(await status(write(alice, tuple(relation, 'mallory')))).toBe(400)
  })

  it('with a group is readable by its members; only admins change groups', async () => {
    const [alice, bob, root] = await Promise.all([
      client('shared-4', 'alice'),
      client('shared-4', 'bob'),
      client('shared-4', 'root', 'admin'),
    ])
    await send(alice, 's')
    const member = { object: 'group:eng', relation: 'member', user: 'user:bob' }
    expect(await status(write(alice, member))).toBe(403)
    expect(await status(write(root, member))).toBe(200)
    expect(await status(write(alice, { object: 'session:s', relation: 'viewer', user: 'group:eng#member' }))).toBe(200)
    expect(await status(bob.call('GET', '/v1/sessions/s'))).toBe(200)
    expect(await (await bob.call('POST', '/v1/relations/check', { ...tuple('can_read', 'bob') })).json()).toEqual({ allowed: true })
    expect(await status(bob.call('POST', '/v1/relations/check', tuple('can_read', 'alice')))).toBe(403)
  })

  it('refuses an invalid write as a whole', async () => {
    const alice = await client('shared-5', 'alice')
    await send(alice, 's')
    expect(await status(write(alice, tuple('viewer', 'bob')))).toBe(200)
    const conflicting = await write(alice, tuple('viewer', 'carol'), tuple('viewer', 'bob'))
    expect([conflicting.status, await conflicting.json()]).toMatchObject([409, { type: '/problems/relation_refused' }])
    expect(await (await alice.call('GET', '/v1/relations?object=session:s')).json()).toMatchObject({ tuples: [{ user: 'user:bob' }] })
  })

  it.each(['x', 'é👩', '{}', '[]', 'null', '{"object":1,"relation":"viewer","user":"user:a"}', '["session:s"]'])(
    'refuses the page cursor %s',
    async (after) => {
      const alice = await client('shared-9', 'alice')
      await send(alice, 's')
      const page = await alice.call('GET', `/v1/relations?object=session:s&after=${encodeURIComponent(after)}`)
      expect([page.status, await page.json()]).toMatchObject([400, { type: '/problems/relation_refused' }])
    },
  )

  it('audits the share, and each read by it', async () => {
    const [alice, bob, root] = await Promise.all([
      client('shared-6', 'alice'),
      client('shared-6', 'bob'),
      client('shared-6', 'root', 'admin'),
    ])
    await send(alice, 's')
    await write(alice, tuple('viewer', 'bob'))
    await bob.call('GET', '/v1/sessions/s')
    await vi.waitFor(async () => {
      const page = (await (await root.call('GET', '/v1/audit')).json()) as { entries: object[] }
      expect(page.entries).toContainEqual(
        expect.objectContaining({
          kind: 'change',
          action: 'relation.write',
          outcome: 'done',
          detail: expect.objectContaining({ writes: ['session:s#viewer@user:bob'] }),
        }),
      )
      expect(page.entries).toContainEqual(
        expect.objectContaining({
          subject: 'bob',
          action: 'session.read',
          outcome: 'allowed',
          input: expect.objectContaining({ context: { relations: ['viewer'] } }),
        }),
      )
    })
  })
})

describe('A scope', () => {
  it('`sessions:read_all` reads every session of the own tenant only', async () => {
    const [alice, eve, mallory] = await Promise.all([
      client('shared-7', 'alice'),
      client('shared-7', 'eve', 'sessions:read_all'),
      client('shared-8', 'mallory', 'sessions:read_all'),
    ])
    await send(alice, 's')
    expect(await status(eve.call('GET', '/v1/sessions/s/history'))).toBe(200)
    expect(await status(send(eve, 's'))).toBe(403)
    expect(await status(mallory.call('GET', '/v1/sessions/s/history'))).toBe(404)
  })
})

describe('A stream of a shared session', () => {
  it('ends within a second after the share was deleted', { timeout: 20_000 }, async () => {
    const [alice, bob] = await Promise.all([client('shared-9', 'alice'), client('shared-9', 'bob')])
    await send(alice, 's')
    await write(alice, tuple('viewer', 'bob'))
    const response = await bob.call('GET', '/v1/sessions/s/events?stream=true')
    expect(response.status).toBe(200)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let received = ''
    const reading = (async () => {
      for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) received += part.value
    })()
    await alice.call('PATCH', '/v1/sessions/s', { title: 'while it is shared' })
    await vi.waitFor(() => expect(received).toContain('while it is shared'))
    await alice.call('POST', '/v1/relations', { deletes: [tuple('viewer', 'bob')] })
    await new Promise((done) => setTimeout(done, 1_100))
    await alice.call('PATCH', '/v1/sessions/s', { title: 'after that' })
    await reading
    expect(received).not.toContain('after that')
  })
})
