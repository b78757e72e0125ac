/** The largest export: 10,000 memories with a graph. */
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { ExportCursor } from '../../../durable-objects/memory/engine/transfer.ts'
import type { Memory } from '../../../durable-objects/memory/memory.ts'
import { engineLimits, StoreEntry } from '../../../shared/api/memory-engine.ts'
import { ExportLine } from '../../../shared/api/memory-export.ts'
import { memoryObjectName, Subject, TenantId, userNamespace } from '../../../shared/ids.ts'

const memoryOf = (subject: string) =>
  (env.MEMORY as unknown as DurableObjectNamespace<Memory>).getByName(
    memoryObjectName(TenantId.parse('acme'), userNamespace(Subject.parse(subject))),
  )

async function* pages(memory: DurableObjectStub<Memory>): AsyncGenerator<string> {
  let cursor: ExportCursor | null = null
  do {
    const page: { text: string; next: ExportCursor | null } = await memory.exportEntries(cursor)
    yield page.text
    cursor = page.next
  } while (cursor)
}

it('10,000 memories with a graph are exported, imported elsewhere and exported again: identical', async () => {
  const [from, to] = [memoryOf('from'), memoryOf('to')]
  for (let start = 0; start < engineLimits.memories; start += engineLimits.bulk) {
    const items = Array.from({ length: engineLimits.bulk }, (_, at) => start + at).map((n) =>
      StoreEntry.parse({
        coord: `${n},${n % 7}`,
        payload: { text: `memory ${n}`, n },
        importance: (n * 37) % 101,
        embedding: [n + 1, n % 5, 1],
      }),
    )
    expect(await from.storeEntries(items)).toMatchObject({ ok: true })
  }
  const place = (n: number) => `${n % engineLimits.memories},${(n % engineLimits.memories) % 7}`
  const header = (await from.exportEntries(null)).text.split('\n')[0] ?? ''
  expect(ExportLine.parse(JSON.parse(header)).kind).toBe('header')
  for (let start = 0; start < 20_000; start += engineLimits.bulk) {
    const lines = Array.from({ length: engineLimits.bulk }, (_, at) => start + at).map((n) =>
      ExportLine.parse({ kind: 'link', from_coord: place(n), to_coord: place(n * 31 + 7), type: `t${n % 3}`, weight: 1 + (n % 9) / 8 }),
    )
    expect(await from.importEntries(lines, false)).toMatchObject({ ok: true })
  }
  const [exports, again] = [[] as string[], [] as string[]]
  for await (const page of pages(from)) exports.push(page)
  const text = exports.join('')
  const lines = text.trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(1 + engineLimits.memories + 15_000)
  for (let at = 0; at < lines.length; at += engineLimits.bulk) {
    const part = lines.slice(at, at + engineLimits.bulk).map((line) => ExportLine.parse(JSON.parse(line)))
    expect(await to.importEntries(part, false)).toMatchObject({ ok: true })
  }
  for await (const page of pages(to)) again.push(page)
  expect(again.join('') === text).toBe(true)
  expect(await to.entryFaults()).toEqual([])
  // A path found in one is found in the other.
  const found = await from.entryPath(place(0), place(6_951))
  expect(found).toEqual({ ok: true, value: [0, 7, 224, 6_951].map(place) })
  expect(await to.entryPath(place(0), place(6_951))).toEqual(found)
}, 240_000)
