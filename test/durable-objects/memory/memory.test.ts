/** The memory of a namespace: ingestion, search and deletion. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Memory } from '../../../durable-objects/memory/memory.ts'
import { memoryLimits } from '../../../shared/api/memory.ts'
import { memoryObjectName, Subject, TenantId, userNamespace } from '../../../shared/ids.ts'

const memories = env.MEMORY as unknown as DurableObjectNamespace<Memory>
let count = 0
let memory: DurableObjectStub<Memory>
beforeEach(() => {
  memory = memories.getByName(memoryObjectName(TenantId.parse('acme'), userNamespace(Subject.parse(`alice${++count}`))))
})

const ingest = (session: string, seq: number, text: string) => memory.hear({ session, seq, at: seq * 10, text })
const search = async (q = '') => (await memory.find({ q, limit: 50, before: null, skip: 0 })).memories.map(({ text }) => text)
/** Every table as text, including those of the index. */
const onDisk = () =>
  runInDurableObject(memory, (_, { storage: { sql } }) =>
    sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .toArray()
      .filter(({ name }) => /^(memory|source|word_(data|content))$/.test(name))
      .map(({ name }) =>
        sql
          .exec(`SELECT * FROM "${name}"`)
          .toArray()
          .map((row) =>
            Object.values(row).map((value) => (value instanceof ArrayBuffer ? new TextDecoder('latin1').decode(value) : value)),
          ),
      )
      .flat(2)
      .join('\n'),
  )

describe('A message', () => {
  it('is stored once, also after repeated ingestion', async () => {
    expect(await ingest('s', 2, 'I like tea')).toBe('remembered')
    expect(await ingest('s', 2, 'I like tea')).toBe('known')
    expect(await ingest('s', 9, 'I live in Rome')).toBe('remembered')
    expect(await ingest('s', 5, 'sent earlier')).toBe('known')
    expect(await search()).toEqual(['I live in Rome', 'I like tea'])
  })

  it('is stored once if another session has the same text', async () => {
    await ingest('s', 2, 'I like tea')
    expect(await ingest('t', 4, 'I like tea')).toBe('merged')
    expect((await memory.find({ q: '', limit: 50, before: null, skip: 0 })).memories).toMatchObject([
      { kind: 'said', key: null, text: 'I like tea', created_at: 40, source: { session_id: 's', seq: 2 } },
    ])
  })

  it('survives eviction', async () => {
    await ingest('s', 2, 'I like tea')
    await evictDurableObject(memory)
    expect(await ingest('s', 2, 'I like tea')).toBe('known')
    expect(await search('tea')).toEqual(['I like tea'])
  })

  it('stays deleted', async () => {
    await ingest('s', 2, 'I like tea')
    const [{ id } = { id: '' }] = (await memory.find({ q: '', limit: 1, before: null, skip: 0 })).memories
    expect(await memory.forget(id)).toBe(true)
    expect(await memory.forget(id)).toBe(false)
    expect(await ingest('s', 2, 'I like tea')).toBe('known')
    expect(await search()).toEqual([])
    expect(await ingest('s', 8, 'I like tea')).toBe('remembered')
  })
})

describe('A deleted session', () => {
  it('loses its messages, except texts of other sessions', async () => {
    await ingest('s', 2, 'only here: plumbus')
    await ingest('s', 5, 'I like tea')
    await ingest('t', 2, 'I like tea')
    await memory.forgetSession('s', 7)
    expect(await search()).toEqual(['I like tea'])
    expect(await search('plumbus')).toEqual([])
    expect(await onDisk()).not.toContain('plumbus')
    expect(await ingest('s', 6, 'ingested late')).toBe('known')
  })

  it('changes nothing in a namespace without its messages', async () => {
    await memory.forgetSession('s', 7)
    expect(await search()).toEqual([])
    expect(await ingest('s', 6, 'ingested late')).toBe('known')
  })

  it('that was restored loses messages after its backup, and accepts new ones', async () => {
    await ingest('s', 2, 'before the backup')
    await ingest('s', 12, 'after the backup')
    await memory.forgetSession('s', 1_000_010, 10)
    expect(await search()).toEqual(['before the backup'])
    expect(await ingest('s', 1_000_012, 'sent again')).toBe('remembered')
  })
})

describe('A fact', () => {
  it('is stored under its key, and replaced', async () => {
    const stored = await memory.keep('tea', 'Assam')
    expect(stored).toMatchObject({ ok: true, value: { kind: 'fact', key: 'tea', text: 'Assam', source: null } })
    const second = await memory.keep('tea', 'Darjeeling')
    expect(second.ok && stored.ok && second.value.id === stored.value.id).toBe(true)
    expect(await memory.recall('tea')).toMatchObject({ text: 'Darjeeling' })
    expect(await search()).toEqual(['Darjeeling'])
    expect(await search('assam')).toEqual([])
    expect(await memory.recall('coffee')).toBe(null)
  })

  it('may have the text of a message', async () => {
    await ingest('s', 2, 'I like tea')
    expect(await memory.keep('tea', 'I like tea')).toMatchObject({ ok: true })
    expect(await search()).toEqual(['I like tea', 'I like tea'])
  })
})

describe('A search', () => {
  it('finds all words by prefix and without accents, best match first', async () => {
    await ingest('s', 2, 'my café has a big red door, and a garden, and much else')
    await ingest('s', 4, 'red door')
    await ingest('s', 6, 'the door is green')
    expect(await search('red door')).toEqual(['red door', 'my café has a big red door, and a garden, and much else'])
    expect(await search('CAFE')).toHaveLength(1)
    expect(await search('gard')).toHaveLength(1)
    expect(await search('red garden nowhere')).toEqual([])
  })

  it.each(['"', '*', '-', 'NEAR(a b)', 'text:red', 'red" OR "1', 'a AND NOT b', '^red', '{key text}: red', 'red -door', '🫖', '\0', ' '])(
    'reads %j as words, not as an operator',
    async (q) => {
      await ingest('s', 2, 'the red door is near a b or 1 not key')
      expect((await search(q)).length).toBeLessThanOrEqual(1)
      expect(await search('red')).toHaveLength(1)
    },
  )

  it('is paged, with and without words', async () => {
    for (let n = 1; n <= 5; n++) await ingest('s', n, `tea number ${n}`)
    for (const q of ['', 'tea']) {
      const seen: string[] = []
      let next: number | null = null
      do {
        const page = await memory.find({ q, limit: 2, before: q === '' ? next : null, skip: q === '' ? 0 : (next ?? 0) })
        seen.push(...page.memories.map(({ text }) => text))
        next = page.next
      } while (next !== null)
      expect(seen).toEqual([5, 4, 3, 2, 1].map((n) => `tea number ${n}`))
    }
  })
})

describe('Deleting everything', () => {
  it('leaves nothing, and old messages stay deleted', async () => {
    await ingest('s', 2, 'I like plumbus')
    await memory.keep('k', 'another plumbus')
    expect(await memory.forgetAll()).toBe(2)
    expect(await memory.forgetAll()).toBe(0)
    expect([await search(), await search('plumbus'), await memory.recall('k')]).toEqual([[], [], null])
    expect(await onDisk()).not.toContain('plumbus')
    expect(await ingest('s', 2, 'I like plumbus')).toBe('known')
    expect(await ingest('t', 2, 'sent earlier, ingested later')).toBe('known')
    expect(await memory.hear({ session: 't', seq: 9, at: Date.now() + 1, text: 'sent after the deletion' })).toBe('remembered')
  })
})

describe('A full namespace', () => {
  it('refuses new memories, accepts known ones, and has room after a deletion', async () => {
    await ingest('s', 1, 'the first of them')
    await runInDurableObject(memory, (_, { storage: { sql } }) => {
      sql.exec(
        `WITH RECURSIVE more (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM more WHERE i < ?)
         INSERT INTO memory (id, kind, text, created_at) SELECT 'm' || i, 'said', 'filler ' || i, 0 FROM more`,
        memoryLimits.memories - 1,
      )
    })
    await evictDurableObject(memory)
    expect(await ingest('s', 2, 'one more')).toBe('full')
    expect(await memory.keep('k', 'v')).toEqual({ ok: false, error: { kind: 'memory_full', limit: memoryLimits.memories } })
    expect(await ingest('s', 3, 'the first of them')).toBe('merged')
    const [first] = (await memory.find({ q: 'first', limit: 1, before: null, skip: 0 })).memories
    expect(await memory.forget(first?.id ?? '')).toBe(true)
    expect(await ingest('s', 4, 'one more')).toBe('remembered')
  })
})

describe('What fits a message', () => {
  const relevant = async (question: string, session = 'now') =>
    (await memory.relevant({ questions: [question], session, limit: 5 })).map(({ text }) => text)

  it('is said in other sessions, or stored by name', async () => {
    await ingest('s', 2, 'My dog is called Rex.')
    await memory.keep('favourite tea', 'Assam')
    expect(await relevant('What is my dog called?')).toEqual(['My dog is called Rex.'])
    expect(await relevant('Which tea is my favourite?')).toEqual(['Assam'])
  })

  it('is not what only its own session said, on any branch', async () => {
    await ingest('now', 2, 'My dog is called Rex.')
    expect(await relevant('What is my dog called?')).toEqual([])
    await ingest('s', 2, 'My dog is called Rex.')
    expect(await relevant('What is my dog called?')).toEqual(['My dog is called Rex.'])
  })

  it('follows every change at once', async () => {
    expect(await relevant('What is my dog called?')).toEqual([])
    await ingest('s', 2, 'My dog is called Rex.')
    expect(await relevant('What is my dog called?')).toEqual(['My dog is called Rex.'])
    await memory.forgetSession('s', 9)
    expect(await relevant('What is my dog called?')).toEqual([])
  })

  it('takes the next question if the first finds nothing', async () => {
    await ingest('s', 2, 'My dog is called Rex.')
    const found = await memory.relevant({ questions: ['And how old?', 'And how old?\nWhat is my dog called?'], session: 'now', limit: 5 })
    expect(found.map(({ text }) => text)).toEqual(['My dog is called Rex.'])
  })
})
