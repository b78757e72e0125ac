/** Pruning by age and number: a dry run changes nothing, a run does what the dry run said, and a second run has nothing to do. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Memory } from '../../../durable-objects/memory/memory.ts'
import { engineLimits, StoreEntry } from '../../../shared/api/memory-engine.ts'
import { memoryObjectName, Subject, TenantId, userNamespace } from '../../../shared/ids.ts'

const memories = env.MEMORY as unknown as DurableObjectNamespace<Memory>
let count = 0
let memory: DurableObjectStub<Memory>
beforeEach(() => {
  memory = memories.getByName(memoryObjectName(TenantId.parse('acme'), userNamespace(Subject.parse(`prune${++count}`))))
})

const store = (...items: (Partial<StoreEntry> & { coord: string })[]) =>
  memory.storeEntries(
    items.map((item) => StoreEntry.parse({ payload: { text: `memory ${item.coord}`, draft: `draft ${item.coord}` }, ...item })),
  )
const setAge = (coord: string, seconds: number) =>
  runInDurableObject(memory, (_, { storage: { sql } }) =>
    sql.exec('UPDATE entry SET created_at = created_at - ? WHERE coord = ?', seconds * 1_000, coord),
  )
const everything = () => runInDurableObject(memory, (_, { storage: { sql } }) => sql.exec('SELECT * FROM entry ORDER BY n').toArray())
const found = async (query: string) => {
  const result = await memory.searchEntries([{ query, topK: 10, keyword: { exact: true, caseSensitive: false } }])
  return result.ok ? (result.value[0] ?? []).map(({ coord }) => coord) : result.error
}

describe('A prune', () => {
  const rules = { levels: [{ after_seconds: 3_600, keys: ['draft'] }], max_memories: 3 }

  it.each([
    ['from texts', () => undefined],
    ['from outside', (n: number) => [n, 1, 2]],
  ])('with vectors %s does what its dry run said, and is then done', async (_, embed) => {
    await store(...[5, 1, 4, 3, 2].map((importance, n) => ({ coord: `${n}`, importance, embedding: embed(n) })))
    await memory.linkEntries({ from: '0', to: '1', type: 'related', weight: 1 })
    await setAge('2', 4_000)
    await setAge('4', 4_000)
    const before = await everything()
    const dry = await memory.pruneEntries(rules, true)
    expect(await everything()).toEqual(before)
    expect(dry.steps.map(({ coord, action }) => [coord, action])).toEqual([
      ['1', 'delete'],
      ['4', 'delete'],
      ['2', 'strip'],
    ])
    expect(await memory.pruneEntries(rules, false)).toEqual(dry)
    const rows = await everything()
    expect(rows.map(({ coord, n, created_at, importance }) => [coord, n, created_at, importance])).toEqual(
      before.filter(({ coord }) => !['1', '4'].includes(String(coord))).map((row) => [row.coord, row.n, row.created_at, row.importance]),
    )
    expect(rows.find(({ coord }) => coord === '2')?.payload).toBe('{"text":"memory 2"}')
    expect(await found('draft')).toEqual(['3', '0'])
    expect(await memory.entryNeighbours({ coord: '0', limit: 10 })).toEqual({ ok: true, value: [] })
    expect(await memory.entryFaults()).toEqual([])
    expect(await memory.pruneEntries(rules, false)).toEqual({ steps: [], remaining: 0 })
  })

  it('changes at most 100 memories, and says how many remain', async () => {
    await store(...Array.from({ length: 130 }, (_, n) => ({ coord: `${n}` })))
    const run = () => memory.pruneEntries({ levels: [], max_memories: 5 }, false)
    expect(await run()).toMatchObject({ steps: { length: engineLimits.bulk }, remaining: 25 })
    expect(await run()).toMatchObject({ steps: { length: 25 }, remaining: 0 })
    expect(await memory.entryStats('n')).toMatchObject({ total_memories: 5 })
  })

  it('of an empty memory does nothing', async () => expect(await memory.pruneEntries(rules, false)).toEqual({ steps: [], remaining: 0 }))
})
