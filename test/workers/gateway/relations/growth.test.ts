/** H3: the tuples of one member cost others a bounded number of reads. Counted over HTTP. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Relationships } from '../../../../durable-objects/relations/relationships.ts'
import { SqlTupleStore } from '../../../../durable-objects/relations/sql-tuple-store.ts'
import { maxUsersets } from '../../../../shared/relations/limits.ts'
import { type Client, client } from '../client.ts'

const relations = (env as unknown as { RELATIONS: DurableObjectNamespace<Relationships> }).RELATIONS
const viewers = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => ({ object: 'session:s', relation: 'viewer', user: `group:g${from + n}#member` }))
const write = async (caller: Client, writes: object[]) => (await caller.call('POST', '/v1/relations', { writes })).status
/** The most tuples that one check may read: its 500 steps, with some for the relations of one step. */
const maxReads = 2_000

/** Counts the tuples and searches of the store from now on. */
function countReads(): () => number {
  let reads = 0
  const { find, usersets, tuples } = SqlTupleStore.prototype
  vi.spyOn(SqlTupleStore.prototype, 'find').mockImplementation(function (this: SqlTupleStore, ...args) {
    reads++
    return find.apply(this, args)
  })
  for (const [name, original] of [
    ['usersets', usersets],
    ['tuples', tuples],
  ] as const)
    vi.spyOn(SqlTupleStore.prototype, name).mockImplementation(function* (this: SqlTupleStore, ...args) {
      for (const tuple of original.apply(this, args)) {
        reads++
        yield tuple
      }
    })
  return () => reads
}
afterEach(() => void vi.restoreAllMocks())

async function createUsers(name: string) {
  const [ada, alice, bob] = [await client(name, 'ada', 'admin'), await client(name, 'alice'), await client(name, 'bob')]
  expect((await alice.call('POST', '/v1/sessions/message', { session_id: 's', message: 'hello' })).status).toBe(200)
  return { ada, alice, bob }
}

/** The reads of each request of other users, while the session has many tuples. */
async function readsOf(ada: Client, bob: Client) {
  const reads = countReads()
  const counts: number[] = []
  for (const [caller, method, path, body, status] of [
    [bob, 'GET', '/v1/sessions/s', undefined, [404]],
    [bob, 'POST', '/v1/relations/check', { object: 'session:s', relation: 'can_read', user: 'user:bob' }, [200, 400]],
    [ada, 'GET', '/v1/settings', undefined, [200]],
  ] as const) {
    const before = reads()
    expect(status).toContain((await caller.call(method, path, body)).status)
    counts.push(reads() - before)
  }
  return counts
}

describe('H3: relations of one member', () => {
  it('to groups that do not exist are all refused: nothing is stored', async () => {
    const { alice, ada, bob } = await createUsers('h3-none')
    for (let n = 0; n < 60; n++) expect(await write(alice, viewers(n % 2 ? 100 * n : 0, n % 2 ? 100 : maxUsersets))).toBe(400)
    expect(await (await alice.call('GET', '/v1/relations?object=session:s')).json()).toMatchObject({ tuples: [] })
    for (const reads of await readsOf(ada, bob)) expect(reads).toBeLessThan(20)
  })

  it('to groups that exist are limited', async () => {
    const { ada, alice, bob } = await createUsers('h3-groups')
    const members = viewers(0, maxUsersets + 1).map(({ user }) => ({ object: user.slice(0, -7), relation: 'member', user: 'user:x' }))
    expect(await write(ada, members)).toBe(200)
    expect(await write(alice, viewers(0, maxUsersets))).toBe(200)
    expect(await write(alice, viewers(maxUsersets, 1))).toBe(400)
    for (const reads of await readsOf(ada, bob)) expect(reads).toBeLessThan(maxReads)
  })

  it('of an earlier release, 6,000 of them, cost other users no more', async () => {
    const { ada, alice, bob } = await createUsers('h3-before')
    expect(await write(alice, [{ object: 'session:s', relation: 'viewer', user: 'user:carol' }])).toBe(200)
    await runInDurableObject(relations.getByName('h3-before'), (_, { storage: { sql } }) => {
      for (let n = 0; n < 6_000; n++) sql.exec("INSERT INTO tuple VALUES ('session:s', 'viewer', ?, 1, NULL, NULL)", `group:g${n}#member`)
    })
    const [hidden = 0, check = 0, settings] = await readsOf(ada, bob)
    for (const reads of [hidden, check]) {
      expect(reads).toBeGreaterThan(100)
      expect(reads).toBeLessThan(maxReads)
    }
    expect(settings).toBe(0)
  })
})
