import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Home } from '../../../durable-objects/session-list/session-list.ts'
import { listPage } from '../../../durable-objects/session-list/shelf.ts'

const lists = env.HOME as unknown as DurableObjectNamespace<Home>
const listOf = (subject: string) => lists.getByName(`acme/${subject}`)
const entry = (session_id: string, at: number) => ({
  summary: { session_id, title: session_id, state: 'idle' as const, created_at: at, updated_at: at, last_turn_id: null },
  seq: at,
  deleted: false,
})
const ids = async (home: DurableObjectStub<Home>, archived: boolean) =>
  (await home.list(10, null, archived)).sessions.map(({ session_id }) => session_id)

it('reads a page of archived sessions, or of the others, by an index', async () => {
  const home = listOf('shelf')
  for (const [index, id] of ['a', 'b', 'c', 'd'].entries()) await home.note(entry(id, index + 1))
  for (const id of ['a', 'c']) await home.mark(id, { archived: true })
  expect([await ids(home, false), await ids(home, true)]).toEqual([
    ['d', 'b'],
    ['c', 'a'],
  ])
  // Later activity moves a session within its part.
  await home.note(entry('a', 9))
  await home.note(entry('b', 8))
  expect([await ids(home, false), await ids(home, true)]).toEqual([
    ['b', 'd'],
    ['a', 'c'],
  ])
  await home.mark('a', { archived: false })
  expect(await ids(home, false)).toEqual(['a', 'b', 'd'])
  const plan = await runInDurableObject(home, (_, { storage }) =>
    storage.sql.exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${listPage}`, 1, 99, '', 10).toArray(),
  )
  const details = plan.map(({ detail }) => detail).join()
  expect(details).toContain('SEARCH session USING INDEX session_by_shelf (shelved=?')
  expect(details).not.toContain('TEMP B-TREE')
})

it('finds what an earlier release archived, before and after the index was added', async () => {
  const home = listOf('shelf-of-an-earlier-release')
  for (const [index, id] of ['a', 'b', 'c'].entries()) await home.note(entry(id, index + 1))
  const archiveAsBefore = (id: string) =>
    runInDurableObject(home, (_, { storage }) => {
      storage.sql.exec('INSERT INTO mark (session_id, archived) VALUES (?, 1)', id)
    })
  await runInDurableObject(home, (_, { storage }) => {
    storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS mark (session_id TEXT PRIMARY KEY, pinned INTEGER NOT NULL DEFAULT 0, archived INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID',
    )
  })
  await archiveAsBefore('a')
  expect(await ids(home, true)).toEqual(['a'])
  await evictDurableObject(home)
  await archiveAsBefore('b')
  expect([await ids(home, false), await ids(home, true)]).toEqual([['c'], ['b', 'a']])
})
