import { describe, expect, it, vi } from 'vitest'
import { Tenant } from '../../../../durable-objects/tenant/tenant.ts'
import { limits } from '../../../../shared/api/limits.ts'
import { type Client, client } from '../client.ts'

const send = async (who: Client, session_id: string) => {
  const response = await who.call('POST', '/v1/sessions/message', { session_id, message: `About ${session_id}` })
  expect(response.status).toBe(200)
}
const tuple = (session: string, relation: string, user: string) => ({ object: `session:${session}`, relation, user })
const relate = async (who: Client, changes: object) => expect((await who.call('POST', '/v1/relations', changes)).status).toBe(200)
const shared = async (who: Client) => {
  const response = await who.call('GET', '/v1/shared-sessions')
  expect(response.status).toBe(200)
  return ((await response.json()) as { sessions: { session_id: string; access: string; owner: string; title: string }[] }).sessions
}

describe('The list of shared sessions', () => {
  it('names each session with its owner and the highest access, and changes with the next share', async () => {
    const [ada, bob] = await Promise.all([client('list-1', 'ada'), client('list-1', 'bob')])
    for (const session of ['read', 'write', 'share', 'own']) await send(ada, session)
    expect(await shared(bob)).toEqual([])
    await relate(ada, {
      writes: [tuple('read', 'viewer', 'user:bob'), tuple('write', 'viewer', 'user:bob'), tuple('write', 'member', 'user:bob')],
    })
    await relate(ada, { writes: [tuple('share', 'admin', 'user:bob')] })
    const list = await shared(bob)
    expect(Object.fromEntries(list.map(({ session_id, access }) => [session_id, access]))).toEqual({
      read: 'viewer',
      write: 'member',
      share: 'admin',
    })
    expect(list.every(({ owner, title }) => owner === 'ada' && title.startsWith('About '))).toBe(true)
    expect(await shared(ada)).toEqual([])
    await relate(ada, { deletes: [tuple('read', 'viewer', 'user:bob')] })
    expect((await shared(bob)).map(({ session_id }) => session_id).sort()).toEqual(['share', 'write'])
  })

  it('leaves out a session that is blocked, deleted, or of another tenant', async () => {
    const [ada, bob, other] = await Promise.all([client('list-2', 'ada'), client('list-2', 'bob'), client('list-2-other', 'bob')])
    for (const session of ['blocked', 'deleted', 'kept']) {
      await send(ada, session)
      await relate(ada, { writes: [tuple(session, 'viewer', 'user:bob')] })
    }
    await relate(ada, { writes: [tuple('blocked', 'blocked', 'user:bob')] })
    expect((await ada.call('DELETE', '/v1/sessions/deleted')).status).toBe(204)
    expect((await shared(bob)).map(({ session_id }) => session_id)).toEqual(['kept'])
    expect(await shared(other)).toEqual([])
  })

  it('finds what is shared with a group of the user', async () => {
    const [ada, bob, root] = await Promise.all([client('list-3', 'ada'), client('list-3', 'bob'), client('list-3', 'root', 'admin')])
    await send(ada, 'for-the-team')
    await relate(root, { writes: [{ object: 'group:team', relation: 'member', user: 'user:bob' }] })
    await relate(ada, { writes: [tuple('for-the-team', 'member', 'group:team#member')] })
    expect(await shared(bob)).toMatchObject([{ session_id: 'for-the-team', access: 'member' }])
  })

  it('asks for a bounded number of sessions', async () => {
    const bob = await client('list-4', 'bob')
    const checks = vi.spyOn(Tenant.prototype, 'sharedWith')
    await shared(bob)
    expect(checks.mock.calls.map(([, limit]) => limit)).toEqual([limits.sharedSessions])
    checks.mockRestore()
  })

  it('is empty while the tenant object is of an older release', async () => {
    const bob = await client('list-5', 'bob')
    const older = vi
      .spyOn(Tenant.prototype, 'sharedWith')
      .mockRejectedValue(new TypeError('The RPC receiver does not implement the method'))
    expect(await shared(bob)).toEqual([])
    older.mockRestore()
  })
})

describe('A session', () => {
  it('says to a user of a share what the user may do, and to its owner nothing', async () => {
    const [ada, bob] = await Promise.all([client('access', 'ada'), client('access', 'bob')])
    await send(ada, 's')
    await relate(ada, { writes: [tuple('s', 'viewer', 'user:bob')] })
    expect(await (await bob.call('GET', '/v1/sessions/s')).json()).toMatchObject({ session_id: 's', access: 'viewer', owner: 'ada' })
    const own = await (await ada.call('GET', '/v1/sessions/s')).json()
    expect(own).not.toHaveProperty('access')
    expect(own).not.toHaveProperty('owner')
  })
})

describe('People', () => {
  it('are found by every user of a workspace, by the start of a subject or of a word of the name', async () => {
    const [root, bob] = await Promise.all([client('people', 'root', 'admin'), client('people', 'bob')])
    for (const subject of ['ada@example.com', 'adam', 'Zoe_1', 'zoe21', 'bob'])
      expect((await root.call('PUT', `/v1/users/${encodeURIComponent(subject)}`, { role: 'member' })).status).toBe(200)
    const found = async (starts: string) => {
      const response = await bob.call('GET', `/v1/people?starts=${encodeURIComponent(starts)}`)
      expect(response.status).toBe(200)
      return ((await response.json()) as { people: { subject: string }[] }).people.map(({ subject }) => subject)
    }
    expect(await found('ada')).toEqual(['ada@example.com', 'adam'])
    expect(await found('ADA')).toEqual(['ada@example.com', 'adam'])
    expect(await found('zoe_')).toEqual(['Zoe_1'])
    expect(await found('%')).toEqual([])
    expect((await found('')).length).toBe(5)
    const other = await client('people-2', 'eve')
    expect(await (await other.call('GET', '/v1/people?starts=ada')).json()).toEqual({ people: [] })
    expect((await root.call('DELETE', '/v1/users/adam')).status).toBe(204)
    expect(await found('ada')).toEqual(['ada@example.com'])
  })
})
