import { describe, expect, it } from 'vitest'
import { type Client, client } from '../client.ts'

const send = async (who: Client, session_id: string) =>
  expect((await who.call('POST', '/v1/sessions/message', { session_id, message: `About ${session_id}` })).status).toBe(200)
const mark = async (who: Client, session: string, entry: object) =>
  (await who.call('PATCH', `/v1/sessions/${session}/list-entry`, entry)).status
const list = async (who: Client, query = '') => {
  const response = await who.call('GET', `/v1/sessions${query}`)
  const { sessions } = (await response.json()) as { sessions: { session_id: string; pinned?: boolean; archived?: boolean }[] }
  return sessions.map(({ session_id, pinned, archived }) => [session_id, pinned ?? false, archived ?? false])
}

describe('An entry of the list of sessions', () => {
  it('is pinned and archived, and stays so over later messages', async () => {
    const ada = await client('entries', 'ada')
    for (const session of ['one', 'two', 'three']) await send(ada, session)
    expect(await mark(ada, 'one', { pinned: true })).toBe(204)
    expect(await mark(ada, 'two', { archived: true })).toBe(204)
    expect(await list(ada)).toEqual([
      ['three', false, false],
      ['one', true, false],
    ])
    expect(await list(ada, '?archived=true')).toEqual([['two', false, true]])
    await send(ada, 'one')
    await expect.poll(async () => (await list(ada))[0]).toEqual(['one', true, false])
    // Archiving unpins.
    expect(await mark(ada, 'one', { archived: true })).toBe(204)
    expect(await mark(ada, 'one', { archived: false })).toBe(204)
    expect(await list(ada)).toEqual([
      ['one', false, false],
      ['three', false, false],
    ])
    expect((await ada.call('GET', '/v1/sessions/two')).status).toBe(200)
    expect((await ada.call('DELETE', '/v1/sessions/two')).status).toBe(204)
    await expect.poll(() => list(ada, '?archived=true')).toEqual([])
  })

  it('belongs to one user, also of a shared session, and needs a session', async () => {
    const [ada, bob] = await Promise.all([client('entries-2', 'ada'), client('entries-2', 'bob')])
    await send(ada, 's')
    expect(await mark(bob, 's', { archived: true })).toBe(404)
    expect(
      (await ada.call('POST', '/v1/relations', { writes: [{ object: 'session:s', relation: 'admin', user: 'user:bob' }] })).status,
    ).toBe(200)
    expect(await mark(bob, 's', { archived: true })).toBe(404)
    expect(await mark(ada, 'none', { pinned: true })).toBe(404)
    expect(await mark(ada, 's', { pinned: 'yes' })).toBe(400)
    expect(await list(ada)).toEqual([['s', false, false]])
  })
})
