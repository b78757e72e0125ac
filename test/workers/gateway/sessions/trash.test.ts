import { describe, expect, it } from 'vitest'
import { type Client, client } from '../client.ts'

const send = async (who: Client, session_id: string) =>
  (await who.call('POST', '/v1/sessions/message', { session_id, message: `About ${session_id}` })).status
const post = async (who: Client, path: string) => (await who.call('POST', `/v1/sessions/${path}`)).status
const ids = async (who: Client, path: string) => {
  const { sessions } = (await (await who.call('GET', path)).json()) as { sessions: { session_id: string; erase_at?: number }[] }
  return sessions.map(({ session_id }) => session_id)
}

describe('The trash', () => {
  it('takes a session out of every list and path, until it is restored', async () => {
    const [ada, bob] = await Promise.all([client('trash', 'ada'), client('trash', 'bob')])
    for (const session of ['one', 'two']) expect(await send(ada, session)).toBe(200)
    const share = { writes: [{ object: 'session:two', relation: 'admin', user: 'user:bob' }] }
    expect((await ada.call('POST', '/v1/relations', share)).status).toBe(200)
    expect(await ids(bob, '/v1/shared-sessions')).toEqual(['two'])
    await ada.call('PATCH', '/v1/sessions/two/list-entry', { pinned: true })
    // A share never deletes, and never restores.
    expect(await post(bob, 'two/trash')).toBe(403)
    expect(await post(ada, 'two/trash')).toBe(204)
    expect(await ids(ada, '/v1/sessions')).toEqual(['one'])
    expect(await ids(ada, '/v1/sessions?archived=true')).toEqual([])
    expect(await ids(ada, '/v1/sessions?trashed=true')).toEqual(['two'])
    expect(await ids(bob, '/v1/shared-sessions')).toEqual([])
    expect(await ids(bob, '/v1/sessions?trashed=true')).toEqual([])
    for (const path of ['', '/history', '/events', '/events?stream=true', '/branches', '/context-window', '/export'])
      for (const who of [ada, bob]) expect([path, (await who.call('GET', `/v1/sessions/two${path}`)).status]).toEqual([path, 404])
    expect((await ada.call('PATCH', '/v1/sessions/two/list-entry', { pinned: false })).status).toBe(404)
    expect(await send(ada, 'two')).toBe(410)
    expect(await post(bob, 'two/untrash')).toBe(403)
    expect(await post(ada, 'two/untrash')).toBe(204)
    expect(await ids(ada, '/v1/sessions?trashed=true')).toEqual([])
    expect(await ids(ada, '/v1/sessions')).toEqual(['two', 'one'])
    expect(await (await ada.call('GET', '/v1/sessions')).json()).toMatchObject({ sessions: [{ pinned: true }, {}] })
    expect(await ids(bob, '/v1/shared-sessions')).toEqual(['two'])
    expect(await post(ada, 'none/trash')).toBe(404)
    expect(await post(ada, 'none/untrash')).toBe(404)
  })

  it('lists the last deleted first, by page, and deletes for good', async () => {
    const ada = await client('trash-pages', 'ada')
    const sessions = ['a', 'b', 'c']
    for (const session of sessions) await send(ada, session)
    for (const session of sessions) expect(await post(ada, `${session}/trash`)).toBe(204)
    const first = (await (await ada.call('GET', '/v1/sessions?trashed=true&limit=2')).json()) as {
      sessions: { session_id: string; erase_at: number; updated_at: number }[]
      next_cursor: string
    }
    expect(first.sessions.map(({ session_id }) => session_id)).toEqual(['c', 'b'])
    for (const { erase_at, updated_at } of first.sessions) expect(erase_at).toBeGreaterThanOrEqual(updated_at + 30 * 86_400_000)
    expect(await ids(ada, `/v1/sessions?trashed=true&cursor=${encodeURIComponent(first.next_cursor)}`)).toEqual(['a'])
    expect((await ada.call('DELETE', '/v1/sessions/b')).status).toBe(204)
    expect(await ids(ada, '/v1/sessions?trashed=true')).toEqual(['c', 'a'])
    expect(await post(ada, 'b/untrash')).toBe(410)
    expect(await post(ada, 'b/trash')).toBe(204)
  })
})
