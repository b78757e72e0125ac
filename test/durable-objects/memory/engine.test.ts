/** Memories with coordinates: search beside a plain scan of all of them, deletion, and agreement of rows, vectors and indexes. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { EntrySearch } from '../../../durable-objects/memory/engine/search.ts'
import type { Memory } from '../../../durable-objects/memory/memory.ts'
import { engineLimits, StoreEntry } from '../../../shared/api/memory-engine.ts'
import { memoryObjectName, Subject, TenantId, userNamespace } from '../../../shared/ids.ts'

const memories = env.MEMORY as unknown as DurableObjectNamespace<Memory>
let count = 0
let memory: DurableObjectStub<Memory>
beforeEach(() => {
  memory = memories.getByName(memoryObjectName(TenantId.parse('acme'), userNamespace(Subject.parse(`engine${++count}`))))
})

const item = (coord: string, text: string, more: Partial<StoreEntry> = {}): StoreEntry =>
  StoreEntry.parse({ coord, payload: { text }, ...more })
/** Stores the items, in one transaction. */
const store = async (...items: StoreEntry[]) => {
  const stored = await memory.storeEntries(items)
  if (!stored.ok) throw new Error(JSON.stringify(stored.error))
}
/** What one search finds. */
const search = async (query: string, more: Partial<EntrySearch> = {}) => {
  const found = await memory.searchEntries([{ query, topK: 10, ...more }])
  if (!found.ok) throw new Error(JSON.stringify(found.error))
  return found.value[0] ?? []
}
const coords = async (query: string, more: Partial<EntrySearch> = {}) => (await search(query, more)).map(({ coord }) => coord)
const hybrid = { boost: 2, exact: true, caseSensitive: false }
const keyword = { exact: true, caseSensitive: false }
/** Numbers that look random, from -1 to 1. */
function numbers(seed: number, length: number): number[] {
  let state = seed * 2_654_435_761
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  })
}

describe('A search', () => {
  it('finds the same as a plain scan of all memories, also after deletions', async () => {
    const dimension = 24
    const items = Array.from({ length: 80 }, (_, n) =>
      item(`${n}`, `memory ${n}`, { embedding: numbers(n + 1, dimension), importance: (n * 7) % 13 }),
    )
    await store(...items)
    await memory.deleteEntries(['3', '79', '40', '0', '41', 'missing'])
    const importance = await runInDurableObject(memory, (_, { storage: { sql } }) =>
      Object.fromEntries(sql.exec<{ coord: string; importance: number }>('SELECT coord, importance FROM entry').raw()),
    )
    expect(Object.keys(importance)).toHaveLength(75)
    const query = numbers(1_000, dimension)
    const cosine = (vector: readonly number[]) =>
      vector.reduce((sum, value, at) => sum + value * (query[at] ?? 0), 0) / (Math.hypot(...vector) * Math.hypot(...query))
    const expected = items
      .filter(({ coord }) => coord in importance)
      .map(({ coord, embedding = [] }) => ({ coord, score: Math.max(0, cosine(embedding)) * Number(importance[coord]) }))
      .toSorted((a, b) => b.score - a.score)
      .slice(0, 10)
    const found = await search('x', { embedding: query })
    expect(found.map(({ coord }) => coord)).toEqual(expected.map(({ coord }) => coord))
    for (const [index, { score, parts }] of found.entries()) {
      expect(Math.abs(score - (expected[index]?.score ?? 0))).toBeLessThan(1e-6)
      expect(parts).toEqual({ vector: score })
    }
    // Recalling changes nothing.
    expect(await search('x', { embedding: query })).toEqual(found)
    await evictDurableObject(memory)
    expect(await search('x', { embedding: query })).toEqual(found)
    expect(await memory.entryFaults()).toEqual([])
  })

  it('finds an equal text first, without a model', async () => {
    await store(item('1', 'I like Assam tea'), item('2', 'I live in Bergen'), item('3', 'Grünkohl'))
    const [first] = await search('I live in Bergen')
    expect(first).toMatchObject({ coord: '2', payload: '{"text":"I live in Bergen"}', type: 'episodic' })
    expect(first?.score).toBeCloseTo(0.5, 6)
  })

  it('is narrowed by type and fields', async () => {
    await store(
      item('1', 'tea', { payload: { text: 'tea', topic: 'drinks', cold: false } }),
      item('2', 'tea', { payload: { text: 'tea', topic: 'drinks', cold: true }, type: 'semantic' }),
      item('3', 'tea', { payload: { text: 'tea' } }),
    )
    expect(await coords('tea', { type: 'semantic' })).toEqual(['2'])
    expect(await coords('tea', { filters: { topic: 'drinks' } })).toEqual(['1', '2'])
    expect(await coords('tea', { filters: { topic: 'drinks', cold: true } })).toEqual(['2'])
    expect(await coords('tea', { filters: { cold: 'true' } })).toEqual([])
    expect(await coords('tea', { filters: { toString: 'x' } })).toEqual([])
  })

  it('by terms puts what holds them first, and takes its score apart', async () => {
    await store(item('1', 'The tomatoes need water'), item('2', 'The greenhouse is warm'), item('3', 'Tomatoes in the greenhouse'))
    const found = await search('tomatoes greenhouse', { hybrid })
    expect(found[0]?.coord).toBe('3')
    for (const { score, parts } of found) {
      expect(Object.keys(parts)).toEqual(['vector', 'keyword', 'importance'])
      expect(Math.abs(Object.values(parts).reduce((sum, part) => sum + part, 0) - score)).toBeLessThan(1e-9)
      expect(score).toBeLessThanOrEqual(1)
    }
    expect(await coords('x', { hybrid: { ...hybrid, terms: ['warm'], boost: 100 }, topK: 1 })).toEqual(['2'])
  })

  it('for a term finds it anywhere in the text, by case if asked, in every script', async () => {
    await store(item('1', 'Rotkäppchen'), item('2', '東京都に住む'), item('3', 'see the red door'), item('4', 'Al likes 茶'))
    expect(await coords('käpp', { keyword })).toEqual(['1'])
    expect(await coords('KÄPP', { keyword })).toEqual(['1'])
    expect(await coords('KÄPP', { keyword: { ...keyword, caseSensitive: true } })).toEqual([])
    expect(await coords('käpp', { keyword: { ...keyword, caseSensitive: true } })).toEqual(['1'])
    expect(await coords('東京', { keyword })).toEqual(['2'])
    expect(await coords('都に住', { keyword })).toEqual(['2'])
    expect(await coords('茶', { keyword })).toEqual(['4'])
    expect(await coords('al', { keyword })).toEqual(['4'])
    expect(await coords('door red', { keyword })).toEqual([])
    expect(await coords('door red', { keyword: { ...keyword, exact: false } })).toEqual(['3'])
    for (const hostile of ['"', '" OR text : "red', '*', '%', 'red" OR "door', '!!', 'NEAR('])
      expect(await coords(hostile, { keyword })).toEqual([])
  })
})

describe('A memory with a coordinate', () => {
  it('is replaced at the same place, in every index', async () => {
    await store(item('1,2', 'old words'), item('3', 'other'))
    await store(item('1,2', 'new words', { type: 'semantic', importance: 3 }))
    expect(await coords('old', { keyword })).toEqual([])
    expect(await coords('new', { keyword })).toEqual(['1,2'])
    expect(await memory.entryStats('user:a')).toEqual({
      total_memories: 2,
      episodic: 1,
      semantic: 1,
      vector_count: 2,
      namespaces: ['user:a'],
      vector_collections: [{ dimension: 768, model_revision: 'blake2b-512', vectors: 2 }],
    })
    expect(await memory.entryFaults()).toEqual([])
  })

  it('is stored with all of its request, or not at all', async () => {
    await store(item('1', 'one', { embedding: [1, 0] }))
    for (const bad of [item('3', 'three', { embedding: [1, 0, 0] }), item('3', 'three')])
      expect(await memory.storeEntries([item('2', 'two', { embedding: [0, 1] }), bad])).toMatchObject({
        error: { kind: 'invalid', errors: [{ pointer: '/items/1/embedding' }] },
      })
    expect(await memory.searchEntries([{ query: 'one', topK: 5 }])).toMatchObject({ error: { kind: 'invalid' } })
    expect(await memory.entryStats('n')).toMatchObject({ total_memories: 1 })
    expect(await coords('two', { keyword })).toEqual([])
    expect(await memory.entryFaults()).toEqual([])
  })

  it('is listed by a box of coordinates', async () => {
    await store(item('1,1', 'a'), item('2,2', 'b'), item('1', 'c'), item('-1,3', 'd'))
    expect(await memory.entriesWithin('0,0', '2,2')).toEqual(['1,1', '2,2'])
    expect(await memory.entriesWithin('0', '2')).toEqual(['1'])
  })

  it('leaves no trace after its deletion, nor after the deletion of everything', async () => {
    await store(item('1', 'the secret-canary word'), item('2', 'other'))
    await memory.keep('k', 'a fact')
    expect(await memory.deleteEntries(['1', '1'])).toBe(1)
    expect(await coords('secret', { keyword })).toEqual([])
    expect(await memory.entryFaults()).toEqual([])
    expect(await memory.forgetAll()).toBe(2)
    expect(await memory.entryStats('n')).toMatchObject({ total_memories: 0, vector_collections: [] })
    // The space of the vectors is free again.
    await store(item('1', 'x', { embedding: [1, 2, 3] }))
    expect(await memory.entryFaults()).toEqual([])
  })

  it('is one of at most 10,000', async () => {
    await runInDurableObject(memory, (instance) => instance.storeEntries([item('1', 'x', { embedding: [1] })]))
    await runInDurableObject(memory, (_, { storage: { sql } }) =>
      sql.exec(
        `INSERT INTO entry (coord, type, payload, text, pairs, importance, created_at, slot)
         WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?) SELECT 'x' || n, 'episodic', '{}', '', '', 0.5, 0, n FROM n`,
        engineLimits.memories - 1,
      ),
    )
    expect(await memory.storeEntries([item('2', 'y', { embedding: [1] })])).toMatchObject({ error: { kind: 'memory_full' } })
    expect(await memory.storeEntries([item('1', 'y', { embedding: [1] })])).toMatchObject({ ok: true })
  })
})

describe('The check of an object', () => {
  it.each([
    ['a vector', 'UPDATE chunk SET vectors = zeroblob(length(vectors))'],
    ['an importance', 'UPDATE entry SET importance = 0.25'],
    ['a slot', 'UPDATE entry SET slot = slot + 1'],
    ['a chunk', 'DELETE FROM chunk'],
    ['a word', "INSERT INTO entry_word (rowid, text, pairs) VALUES (99, 'more', '')"],
    ['a row', "UPDATE entry SET text = 'changed'"],
  ])('names %s that does not agree', async (_, change) => {
    await store(item('1', 'tea'))
    await runInDurableObject(memory, (_, { storage: { sql } }) => sql.exec(change))
    expect(await memory.entryFaults()).not.toEqual([])
  })
})
