/** H2: requests of one member leave few bytes on the tenant's trail. Counted over HTTP. */
import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import type { ChainedEntry } from '../../../../shared/audit/entry.ts'
import { client, trails } from '../client.ts'

const linesOf = (tenant: string) => trails.getByName(tenant).page({}, Number.MAX_SAFE_INTEGER, 500)
const entriesOf = async (tenant: string) => (await linesOf(tenant)).map((line) => JSON.parse(line) as ChainedEntry)
const memberWithSession = async (tenant: string) => {
  const bob = await client(tenant, 'bob')
  expect((await bob.call('POST', '/v1/sessions/message', { session_id: 's', message: 'hello' })).status).toBe(200)
  return bob
}
/** Tuples with names of some 450 characters. */
const longTuples = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ object: 'session:s', relation: 'viewer', user: `user:${n}`.padEnd(450, 'long') }))

describe('H2: the trail', () => {
  it('gets bounded entries from refused changes of relations, without their names', async () => {
    const bob = await memberWithSession('h2-refused')
    const refusals = [
      { writes: longTuples(100), deletes: longTuples(100) },
      { deletes: longTuples(100) },
      { writes: longTuples(100).map((tuple) => ({ ...tuple, user: `group:${tuple.user.slice(5)}#member` })) },
      { writes: longTuples(100).map((tuple) => ({ ...tuple, relation: 'owner' })) },
    ]
    for (const body of refusals) expect([400, 409]).toContain((await bob.call('POST', '/v1/relations', body)).status)
    const lines = await linesOf('h2-refused')
    expect(lines.filter((line) => line.includes('longlong'))).toEqual([])
    expect(lines.filter((line) => line.length > 2_000)).toEqual([])
    // At most a decision and a refusal for each, beside those of the message.
    expect(lines.filter((line) => line.includes('relation.write')).length).toBeLessThanOrEqual(refusals.length)
    expect(lines.length).toBeLessThanOrEqual(2 * refusals.length + 2)
  })

  it('gets one bounded entry from a change with many long names', async () => {
    const bob = await memberWithSession('h2-done')
    expect((await bob.call('POST', '/v1/relations', { writes: longTuples(100) })).status).toBe(200)
    const done = (await linesOf('h2-done')).filter((line) => line.includes('relation.write'))
    expect(done.map((line) => JSON.parse(line))).toMatchObject([{ outcome: 'done', detail: { writes: { count: 100 } } }])
    expect(done[0]?.length).toBeLessThan(10_000)
  })

  it('lists equal reads of a subject once, with the count of the others', async () => {
    const bob = await client('h2-reads', 'bob')
    const carol = await client('h2-reads', 'carol')
    for (let n = 0; n < 30; n++) expect((await bob.call('GET', '/v1/sessions')).status).toBe(200)
    expect((await carol.call('GET', '/v1/sessions')).status).toBe(200)
    // Decisions of reads are recorded in batches. A reader of the trail would end the count.
    const counted = () =>
      runInDurableObject(trails.getByName('h2-reads'), (_, { storage: { sql } }) => {
        const listed = sql.exec<{ count: number }>('SELECT count(*) AS count FROM entry').one().count
        return listed + sql.exec<{ count: number }>('SELECT total(count) AS count FROM repeated').one().count
      })
    await vi.waitFor(async () => expect(await counted()).toBe(31), { timeout: 10_000, interval: 100 })
    const entries = await entriesOf('h2-reads')
    const repeatsOf = ({ detail }: ChainedEntry) => (detail?.repeats as { count: number } | undefined)?.count ?? 1
    const total = (subject: string) =>
      entries.filter((entry) => entry.subject === subject).reduce((sum, entry) => sum + repeatsOf(entry), 0)
    expect([total('bob'), total('carol')]).toEqual([30, 1])
    expect(entries.length).toBeLessThanOrEqual(5)
  })
})
