/** The memories of an object as lines of an export, and back. */
import type { EntryType } from '../../../shared/api/memory-engine.ts'
import type { ExportedEntry, ExportedLink, ExportLine, ImportedCount } from '../../../shared/api/memory-export.ts'
import { fromBase64 } from '../../../shared/lib/base64.ts'
import { hashEmbedding, hashRevision, unitFault } from '../../../shared/memory/engine/embedding.ts'
import { ImportanceReservoir } from '../../../shared/memory/engine/importance.ts'
import { payloadText } from '../../../shared/memory/engine/terms.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { MemoryEngine, NewEntry } from './engine.ts'
import { givenRevision, type Space } from './space.ts'

/** Where a page of an export starts. `upTo`: the newest memory of the export, so a link never names a later one. */
export type ExportCursor = { readonly after: number } | { readonly upTo: number; readonly link: LinkName | null }

/** What names a link. */
type LinkName = { readonly source: string; readonly target: string; readonly type: string }

/** Lines with line ends, and the start of the next page; null: this is the last one. */
export interface ExportPage {
  readonly text: string
  readonly next: ExportCursor | null
}

/** UTF-16 units after which a page ends. */
const pageUnits = 262_144

type EntryLine = {
  n: number
  coord: string
  type: EntryType
  payload: string
  raw: number | null
  importance: number
  created_at: number
  vector: string | null
}
type LinkLine = { source: string; target: string; type: string; weight: number }

/** A page of the export: a header, the memories in order of storage, then the links. Empty without memories. */
export function exportPage(sql: SqlStorage, engine: MemoryEngine, cursor: ExportCursor | null): ExportPage {
  const { space } = engine
  if (!space) return { text: '', next: null }
  if (cursor && 'upTo' in cursor) return linkPage(sql, cursor)
  let text = cursor
    ? ''
    : line({
        kind: 'header',
        format: 'soma-memory-1',
        dimension: space.dimension,
        model_revision: space.revision,
        importance: engine.reservoir.state,
      })
  let last = cursor?.after ?? 0
  for (const row of sql.exec<EntryLine>(
    'SELECT n, coord, type, payload, raw, importance, created_at, vector FROM entry WHERE n > ? ORDER BY n',
    last,
  )) {
    const { n, coord, type, payload, raw, importance, created_at, vector } = row
    const entry = { kind: 'memory', coord, type, payload: JSON.parse(payload), importance: raw, importance_norm: importance, created_at }
    text += line(vector === null ? entry : { ...entry, embedding: vector })
    last = n
    if (text.length >= pageUnits) return { text, next: { after: n } }
  }
  return { text, next: { upTo: last, link: null } }
}

function linkPage(sql: SqlStorage, { upTo, link }: Exclude<ExportCursor, { after: number }>): ExportPage {
  let text = ''
  const rows = sql.exec<LinkLine>(
    `SELECT source, target, link.type, weight FROM link
     JOIN entry AS one ON one.coord = source JOIN entry AS other ON other.coord = target
     WHERE (source, target, link.type) > (?, ?, ?) AND max(one.n, other.n) <= ? ORDER BY source, target, link.type`,
    link?.source ?? '',
    link?.target ?? '',
    link?.type ?? '',
    upTo,
  )
  for (const { source, target, type, weight } of rows) {
    text += line({ kind: 'link', from_coord: source, to_coord: target, type, weight })
    if (text.length >= pageUnits) return { text, next: { upTo, link: { source, target, type } } }
  }
  return { text, next: null }
}

const line = (value: object): string => `${JSON.stringify(value)}\n`

/** Imports lines. A header comes first, into an object without memories. Fails with `invalid`, `not_found` or `memory_full`. */
export function importLines(engine: MemoryEngine, lines: readonly ExportLine[]): Result<ImportedCount, Failure> {
  const [first] = lines
  if (first?.kind === 'header') {
    if (engine.space) return invalid(0, 'belongs to an empty memory. Leave it out, or use replace')
    if (first.model_revision !== hashRevision && first.model_revision !== givenRevision)
      return invalid(0, 'names a model revision that is not known')
    engine.setSpace({ dimension: first.dimension, revision: first.model_revision }, new ImportanceReservoir(first.importance))
  }
  const { space } = engine
  if (!space) return invalid(0, 'must be the header of the export')
  const entries = new Map<string, NewEntry>()
  const links: { at: number; link: ExportedLink }[] = []
  for (const [at, item] of lines.entries()) {
    if (item.kind === 'header') {
      if (at > 0) return invalid(at, 'is a header, which comes first')
    } else if (item.kind === 'link') links.push({ at, link: item })
    else {
      const entry = entryOf(item, space)
      if (!entry.ok) return invalid(at, entry.error)
      entries.set(item.coord, entry.value)
    }
  }
  const stored = engine.put(space, [...entries.values()])
  if (!stored.ok) return stored
  for (const { at, link } of links) {
    const { from_coord: from, to_coord: to, type, weight } = link
    const linked = engine.links.put({ from, to, type, weight })
    if (!linked.ok) return linked.error.kind === 'not_found' ? invalid(at, 'is a link from or to a memory that does not exist') : linked
  }
  return ok({ memories: stored.value, links: links.length })
}

/** The error is a sentence. */
function entryOf(
  { coord, type, payload, importance: raw, importance_norm: importance, created_at, embedding }: ExportedEntry,
  space: Space,
): Result<NewEntry, string> {
  const text = payloadText(payload).normalize('NFC')
  const entry = { coord, type, payload, text, raw, importance, created_at }
  if (space.revision === hashRevision)
    return embedding === undefined
      ? ok({ ...entry, vector: hashEmbedding(text, space.dimension), isGiven: false })
      : fail('has a vector, but this memory holds vectors made from texts')
  const bytes = embedding === undefined ? null : fromBase64(embedding)
  if (bytes?.length !== 4 * space.dimension) return fail(`must have an embedding with ${space.dimension} numbers`)
  const vector = new Float32Array(bytes.buffer)
  const fault = unitFault(vector)
  return fault === null ? ok({ ...entry, vector, isGiven: true }) : fail(fault)
}

const invalid = (at: number, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer: `/lines/${at}`, detail }] })
