/** Links between memories, and exports of memories with their links. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ExportCursor } from '../../../durable-objects/memory/engine/transfer.ts'
import type { Memory } from '../../../durable-objects/memory/memory.ts'
import { engineLimits, StoreEntry } from '../../../shared/api/memory-engine.ts'
import { ExportLine } from '../../../shared/api/memory-export.ts'
import { memoryObjectName, Subject, TenantId, userNamespace } from '../../../shared/ids.ts'

const memories = env.MEMORY as unknown as DurableObjectNamespace<Memory>
let count = 0
const newMemory = () => memories.getByName(memoryObjectName(TenantId.parse('acme'), userNamespace(Subject.parse(`graph${++count}`))))
let memory: DurableObjectStub<Memory>
beforeEach(() => {
  memory = newMemory()
})

const item = (coord: string, more: Partial<StoreEntry> = {}): StoreEntry =>
  StoreEntry.parse({ coord, payload: { text: `memory ${coord}` }, ...more })
const link = (from: string, to: string, weight = 1, type = 'related') => ({ from, to, weight, type })
const neighbours = (coord: string, type?: string) => memory.entryNeighbours({ coord, type, limit: 100 })

/** Every line of an export. */
async function exported(from: DurableObjectStub<Memory>): Promise<string> {
  let text = ''
  let cursor: ExportCursor | null = null
  do {
    const page: { text: string; next: ExportCursor | null } = await from.exportEntries(cursor)
    text += page.text
    cursor = page.next
  } while (cursor)
  return text
}
const linesOf = (text: string): ExportLine[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ExportLine.parse(JSON.parse(line)))
/** Imports an export as a client does, 100 lines at a time. */
async function importInto(to: DurableObjectStub<Memory>, text: string): Promise<void> {
  const lines = linesOf(text)
  for (let at = 0; at < lines.length; at += engineLimits.bulk) {
    const imported = await to.importEntries(lines.slice(at, at + engineLimits.bulk), false)
    if (!imported.ok) throw new Error(JSON.stringify(imported.error))
  }
}

describe('A link', () => {
  beforeEach(async () => {
    await memory.storeEntries(['1', '2', '3', '4'].map((coord) => item(coord)))
  })

  it('leads to a neighbour, the shortest first, by type if asked', async () => {
    for (const one of [link('1', '2', 3), link('1', '3', 2), link('1', '3', 2, 'cites'), link('2', '1')]) await memory.linkEntries(one)
    expect(await neighbours('1')).toEqual({ ok: true, value: [link('1', '3', 2, 'cites'), link('1', '3', 2), link('1', '2', 3)] })
    expect(await neighbours('1', 'cites')).toEqual({ ok: true, value: [link('1', '3', 2, 'cites')] })
    expect(await neighbours('4')).toEqual({ ok: true, value: [] })
    await memory.linkEntries(link('1', '2', 1))
    expect(await neighbours('1', 'related')).toEqual({ ok: true, value: [link('1', '2', 1), link('1', '3', 2)] })
    expect([await memory.unlinkEntries(link('1', '2')), await memory.unlinkEntries(link('1', '2'))]).toEqual([true, false])
    expect(await neighbours('1', 'related')).toEqual({ ok: true, value: [link('1', '3', 2)] })
  })

  it('is a step of the shortest path', async () => {
    for (const one of [link('1', '2', 1, 'cites'), link('2', '3'), link('1', '3', 9)]) await memory.linkEntries(one)
    expect(await memory.entryPath('1', '3')).toEqual({ ok: true, value: ['1', '2', '3'] })
    expect(await memory.entryPath('1', '3', 'related')).toEqual({ ok: true, value: ['1', '3'] })
    expect(await memory.entryPath('3', '1')).toEqual({ ok: true, value: [] })
  })

  it('needs both of its memories', async () => {
    const missing = { ok: false, error: { kind: 'not_found' } }
    expect(await memory.linkEntries(link('1', '9'))).toEqual(missing)
    expect(await memory.linkEntries(link('9', '1'))).toEqual(missing)
    expect(await neighbours('9')).toEqual(missing)
    expect(await memory.entryPath('1', '9')).toEqual(missing)
    expect(await memory.entryPath('9', '1')).toEqual(missing)
    expect(await newMemory().entryPath('1', '1')).toEqual(missing)
  })

  it('stays with a memory that is replaced, and goes with one that is deleted', async () => {
    for (const one of [link('1', '2'), link('2', '3'), link('3', '1')]) await memory.linkEntries(one)
    await memory.storeEntries([item('2', { type: 'semantic' })])
    expect(await memory.entryPath('1', '3')).toEqual({ ok: true, value: ['1', '2', '3'] })
    await memory.deleteEntries(['2'])
    expect(await memory.entryPath('1', '3')).toEqual({ ok: true, value: [] })
    expect(await neighbours('3')).toEqual({ ok: true, value: [link('3', '1')] })
    expect(await memory.entryFaults()).toEqual([])
    await memory.forgetAll()
    await memory.storeEntries([item('3'), item('1')])
    expect(await neighbours('3')).toEqual({ ok: true, value: [] })
  })

  it('is one of at most 50,000', async () => {
    await runInDurableObject(memory, (_, { storage: { sql } }) =>
      sql.exec(
        `INSERT INTO link WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?) SELECT '1', '2', 'type' || n, 1 FROM n`,
        engineLimits.links,
      ),
    )
    expect(await memory.linkEntries(link('1', '2'))).toMatchObject({ error: { kind: 'memory_full', of: 'links' } })
    expect(await memory.linkEntries(link('1', '2', 2, 'type1'))).toMatchObject({ ok: true })
  })

  it('without its memory is a fault', async () => {
    await memory.linkEntries(link('1', '2'))
    await runInDurableObject(memory, (_, { storage: { sql } }) => sql.exec("UPDATE link SET target = '9'"))
    expect(await memory.entryFaults()).toEqual(['1 links lead from or to no memory'])
  })
})

describe('An export', () => {
  it('of an empty memory is empty', async () => expect(await exported(memory)).toBe(''))

  it('that is imported elsewhere is exported the same, with vectors from outside and from texts', async () => {
    for (const embed of [(n: number) => [n + 1, 1, 2.5], () => undefined]) {
      const [from, to] = [newMemory(), newMemory()]
      await from.storeEntries(
        Array.from({ length: 90 }, (_, n) =>
          item(`${n}`, { embedding: embed(n), importance: n % 3 ? n ** 3 : undefined, type: n % 2 ? 'semantic' : 'episodic' }),
        ),
      )
      await from.storeEntries([item('5', { payload: { other: '東京', n: 0.1 }, embedding: embed(5) })])
      await from.deleteEntries(['0', '44'])
      for (let n = 1; n < 40; n += 1) await from.linkEntries(link(`${n}`, `${n + 1}`, n / 7, n % 2 ? 'cites' : 'related'))
      const text = await exported(from)
      expect(linesOf(text).map(({ kind }) => kind)).toEqual(['header', ...Array(88).fill('memory'), ...Array(39).fill('link')])
      await importInto(to, text)
      expect(await exported(to)).toBe(text)
      expect(await to.entryFaults()).toEqual([])
      // Both know the same of importance.
      for (const one of [from, to]) await one.storeEntries([item('new', { coord: '100', importance: 77, embedding: embed(3) })])
      expect((await to.entryAt('100'))?.importance).toBe((await from.entryAt('100'))?.importance)
    }
  })

  it('during writes names no memory that it lacks', async () => {
    await memory.storeEntries([item('1', { payload: { text: 'x'.repeat(3_000) } }), item('2')])
    await memory.linkEntries(link('1', '2'))
    const first = await memory.exportEntries(null)
    await memory.storeEntries([item('3')])
    await memory.linkEntries(link('1', '3'))
    const second = await memory.exportEntries(first.next)
    expect(linesOf(second.text)).toEqual([{ kind: 'link', from_coord: '1', to_coord: '2', type: 'related', weight: 1 }])
  })
})

describe('An import', () => {
  it('is done whole or not at all', async () => {
    await memory.storeEntries([item('1'), item('2')])
    await memory.linkEntries(link('1', '2'))
    const text = await exported(memory)
    const [header, ...rest] = linesOf(text)
    if (header?.kind !== 'header') throw new Error('the export has no header')
    const entry = rest[0] as ExportLine
    const wrong: [readonly ExportLine[], string, boolean][] = [
      [[header], '/lines/0', false],
      [[entry, header], '/lines/1', false],
      [[{ kind: 'link', from_coord: '1', to_coord: '9', type: 'x', weight: 1 }], '/lines/0', false],
      [rest, '/lines/0', true],
      [[header, entry, header], '/lines/2', true],
      [[header, { ...entry, embedding: 'AAAA' } as ExportLine], '/lines/1', true],
      [[{ ...header, model_revision: 'other' }, entry], '/lines/0', true],
      [[{ ...header, model_revision: 'given', dimension: 1 }, { ...entry, embedding: 'AADAfw==' } as ExportLine], '/lines/1', true],
    ]
    for (const [lines, pointer, replace] of wrong)
      expect(await memory.importEntries(lines, replace)).toMatchObject({ error: { kind: 'invalid', errors: [{ pointer }] } })
    expect(await exported(memory)).toBe(text)
    expect(await memory.importEntries([header, entry], true)).toEqual({ ok: true, value: { memories: 1, links: 0 } })
    expect(linesOf(await exported(memory))).toEqual([header, entry])
    expect(await memory.entryFaults()).toEqual([])
  })
})
