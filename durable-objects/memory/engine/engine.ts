/** The memories with coordinates of one namespace: stored, searched and deleted. Every change is one transaction of its object. */
import { type EntryType, engineLimits, type MemoryStats, type StoreEntry } from '../../../shared/api/memory-engine.ts'
import { toBase64 } from '../../../shared/lib/base64.ts'
import { isWithin } from '../../../shared/memory/engine/coordinate.ts'
import { ImportanceReservoir, unrated } from '../../../shared/memory/engine/importance.ts'
import type { Score } from '../../../shared/memory/engine/score.ts'
import { characterPairs, payloadText } from '../../../shared/memory/engine/terms.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { faults, indexes, rebuild } from './consistency.ts'
import { slotsWith } from './keywords.ts'
import { Links } from './links.ts'
import { type EntrySearch, type Found, keywordShares, scan } from './search.ts'
import { Slab, type SlotVector } from './slab.ts'
import { type Space, spaceFault, spaceOf, vectorOf } from './space.ts'

type EntryRow = { coord: string; type: EntryType; payload: string; created_at: number }

/**
 * A memory to store, complete. `raw`: the importance as it was given. `isGiven`: the vector does not follow from the text.
 * `n`: its place in the order of storage. Absent: the last.
 */
export interface NewEntry {
  readonly n?: number
  readonly coord: string
  readonly type: EntryType
  readonly payload: Readonly<Record<string, unknown>>
  readonly text: string
  readonly raw: number | null
  readonly importance: number
  readonly vector: Float32Array
  readonly isGiven: boolean
  readonly created_at: number
}

/** A memory with its importance, as given and from 0 to 1. `payload`: as JSON. */
export type PlacedRow = EntryRow & { raw: number | null; importance: number }

/** A memory that fits. `payload`: as JSON. */
export interface FoundEntry extends EntryRow, Score {}

export class MemoryEngine {
  readonly #sql: SqlStorage
  readonly #slab: Slab
  readonly links: Links

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.#slab = new Slab(sql)
    this.links = new Links(sql)
  }

  /** Stores all of them or none. Each replaces the memory at its place. `at`: Unix ms. Fails with `invalid` or `memory_full`. */
  store(items: readonly StoreEntry[], at: number): Result<number, Failure> {
    const space = this.space ?? spaceOf(items[0])
    for (const [index, { embedding }] of items.entries()) {
      const fault = spaceFault(space, embedding)
      if (fault) return invalid(items.length > 1 ? `/items/${index}/embedding` : '/embedding', fault)
    }
    const reservoir = this.reservoir
    const stored = this.put(
      space,
      [...new Map(items.map((item) => [item.coord, item])).values()].map(({ importance: raw, embedding, payload, ...item }) => {
        const text = payloadText(payload).normalize('NFC')
        if (raw !== undefined) reservoir.add(raw)
        return {
          ...item,
          payload,
          text,
          raw: raw ?? null,
          importance: raw === undefined ? unrated : reservoir.normalise(raw),
          vector: vectorOf(text, embedding, space),
          isGiven: embedding !== undefined,
          created_at: at,
        }
      }),
    )
    if (stored.ok) this.setSpace(space, reservoir)
    return stored
  }

  /** Stores memories that are in `space`, each at another place. Fails with `memory_full`, and changes nothing. */
  put(_space: Space, items: readonly NewEntry[]): Result<number, Failure> {
    const added = items.filter(({ coord }) => this.#slotOf(coord) === undefined).length
    const count = this.#count()
    if (count + added > engineLimits.memories) return fail({ kind: 'memory_full', limit: engineLimits.memories })
    let free = count
    this.#slab.write(items.map((item) => this.#put(item, this.#slotOf(item.coord) ?? free++)))
    return ok(items.length)
  }

  /** Keeps what all memories have in common. */
  setSpace({ dimension, revision }: Space, reservoir: ImportanceReservoir): void {
    this.#sql.exec('DELETE FROM engine')
    this.#sql.exec('INSERT INTO engine VALUES (?, ?, ?)', dimension, revision, JSON.stringify(reservoir.state))
  }

  /** The memory at a place. */
  get(coord: string): PlacedRow | undefined {
    return this.#sql
      .exec<PlacedRow>('SELECT coord, type, payload, raw, importance, created_at FROM entry WHERE coord = ?', coord)
      .toArray()[0]
  }

  /** The memories that fit each search, the best first. Fails with `invalid` if the vectors of a query and of the memories do not compare. */
  search(searches: readonly EntrySearch[]): Result<FoundEntry[][], Failure> {
    const space = this.space
    if (!space) return ok(searches.map(() => []))
    const results: FoundEntry[][] = []
    for (const search of searches) {
      const allowed = this.#allowedSlots(search)
      if (search.keyword) {
        const slots = slotsWith(this.#sql, search.query, search.keyword).filter((slot) => allowed?.has(slot) ?? true)
        results.push(this.#newest(slots, search.topK))
        continue
      }
      const fault = spaceFault(space, search.embedding)
      if (fault) return invalid('/embedding', fault)
      const vector = vectorOf(search.query.normalize('NFC'), search.embedding, space)
      const shares = search.hybrid ? keywordShares(this.#sql, search.query, search.hybrid) : null
      const best = scan(this.#slab, allowed, { vector, shares, topK: search.topK, boost: search.hybrid?.boost })
      results.push(best.map((found) => this.#found(found)))
    }
    return ok(results)
  }

  /** The coordinates in a box, in order of storage. */
  within(min: string, max: string): string[] {
    const [low, high] = [numbersOf(min), numbersOf(max)]
    return this.#sql
      .exec<{ coord: string }>('SELECT coord FROM entry ORDER BY n')
      .toArray()
      .map(({ coord }) => coord)
      .filter((coord) => isWithin(numbersOf(coord), low, high))
  }

  /** Deletes the memories at these places, and returns their number. */
  delete(coords: readonly string[]): number {
    const { dimension } = this.space ?? { dimension: 0 }
    let deleted = 0
    for (const coord of coords) {
      const row = this.#sql
        .exec<IndexedRow & { slot: number }>('SELECT n, text, pairs, slot FROM entry WHERE coord = ?', coord)
        .toArray()[0]
      if (!row) continue
      const last = this.#count() - 1
      this.#unindex(row)
      this.links.deleteOf(coord)
      this.#sql.exec('DELETE FROM entry WHERE n = ?', row.n)
      this.#sql.exec('UPDATE entry SET slot = ? WHERE slot = ?', row.slot, last)
      this.#slab.removeSlot(row.slot, last, dimension)
      deleted += 1
    }
    if (deleted > 0 && this.#count() === 0) this.clear()
    return deleted
  }

  /** Deletes everything, and returns the number of memories. */
  clear(): number {
    const count = this.#count()
    for (const index of indexes) this.#sql.exec(`INSERT INTO ${index} (${index}) VALUES ('delete-all')`)
    for (const table of ['entry', 'engine']) this.#sql.exec(`DELETE FROM ${table}`)
    this.#slab.clear()
    this.links.clear()
    return count
  }

  /** The numbers of memories. `namespace`: the name of this one. */
  stats(namespace: string): MemoryStats {
    const space = this.space
    const counts = Object.fromEntries(
      this.#sql.exec<{ type: EntryType; n: number }>('SELECT type, count(*) AS n FROM entry GROUP BY type').raw(),
    ) as Partial<Record<EntryType, number>>
    const total = this.#count()
    return {
      ...emptyStats(namespace),
      ...counts,
      total_memories: total,
      vector_count: total,
      vector_collections: space ? [{ dimension: space.dimension, model_revision: space.revision, vectors: total }] : [],
    }
  }

  /** Builds the vectors and both indexes again, from the rows. */
  rebuild(): void {
    rebuild(this.#sql, this.#slab, this.space)
  }

  /** What does not agree between rows, vectors, links and indexes. Empty: everything does. */
  faults(): string[] {
    return faults(this.#sql, this.#slab, this.space)
  }

  /** The space of the vectors. Undefined: there are no memories. */
  get space(): Space | undefined {
    return this.#sql.exec<Space>('SELECT dimension, revision FROM engine').toArray()[0]
  }

  /** What is known of importance. */
  get reservoir(): ImportanceReservoir {
    const row = this.#sql.exec<{ reservoir: string }>('SELECT reservoir FROM engine').toArray()[0]
    return row ? new ImportanceReservoir(JSON.parse(row.reservoir)) : new ImportanceReservoir()
  }

  #count(): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM entry').one().n
  }

  #slotOf(coord: string): number | undefined {
    return this.#sql.exec<{ slot: number }>('SELECT slot FROM entry WHERE coord = ?', coord).toArray()[0]?.slot
  }

  #put({ n: place, coord, payload, type, text, raw, importance, vector, isGiven, created_at }: NewEntry, slot: number): SlotVector {
    const pairs = characterPairs(text)
    const old = this.#sql.exec<IndexedRow>('SELECT n, text, pairs FROM entry WHERE coord = ?', coord).toArray()[0]
    if (old) {
      this.#unindex(old)
      this.#sql.exec('DELETE FROM entry WHERE n = ?', old.n)
    }
    const { n } = this.#sql
      .exec<{ n: number }>(
        `INSERT INTO entry (n, coord, type, payload, text, pairs, vector, raw, importance, created_at, slot)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING n`,
        place ?? null,
        coord,
        type,
        JSON.stringify(payload),
        text,
        pairs,
        isGiven ? toBase64(new Uint8Array(vector.buffer)) : null,
        raw,
        importance,
        created_at,
        slot,
      )
      .one()
    this.#sql.exec('INSERT INTO entry_word (rowid, text, pairs) VALUES (?, ?, ?)', n, text, pairs)
    this.#sql.exec('INSERT INTO entry_gram (rowid, text) VALUES (?, ?)', n, text)
    return { slot, vector, importance }
  }

  #unindex({ n, text, pairs }: IndexedRow): void {
    this.#sql.exec("INSERT INTO entry_word (entry_word, rowid, text, pairs) VALUES ('delete', ?, ?, ?)", n, text, pairs)
    this.#sql.exec("INSERT INTO entry_gram (entry_gram, rowid, text) VALUES ('delete', ?, ?)", n, text)
  }

  /** The slots that a search may return. Null: all. */
  #allowedSlots({ type, filters = {} }: EntrySearch): ReadonlySet<number> | null {
    const wanted = Object.entries(filters)
    if (type === undefined && wanted.length === 0) return null
    const rows = this.#sql.exec<{ slot: number; payload: string }>(
      'SELECT slot, payload FROM entry WHERE type = ? OR ? IS NULL',
      type ?? null,
      type ?? null,
    )
    const allowed = new Set<number>()
    for (const { slot, payload } of rows) {
      const fields = wanted.length > 0 ? (JSON.parse(payload) as Record<string, unknown>) : {}
      if (wanted.every(([name, value]) => Object.hasOwn(fields, name) && fields[name] === value)) allowed.add(slot)
    }
    return allowed
  }

  #found({ slot, score, parts }: Found): FoundEntry {
    return { ...this.#sql.exec<EntryRow>(`${selectEntry} WHERE slot = ?`, slot).one(), score, parts }
  }

  /** The newest of the slots. A keyword is there or not, so each has the score 1. */
  #newest(slots: readonly number[], topK: number): FoundEntry[] {
    const rows = this.#sql.exec<EntryRow>(
      `${selectEntry} WHERE slot IN (SELECT value FROM json_each(?)) ORDER BY n DESC LIMIT ?`,
      JSON.stringify(slots),
      topK,
    )
    return rows.toArray().map((row) => ({ ...row, score: 1, parts: { keyword: 1 } }))
  }
}

const selectEntry = 'SELECT coord, type, payload, created_at FROM entry'

/** The numbers of a coordinate that was parsed before. */
const numbersOf = (coord: string): number[] => coord.split(',').map(Number)

/** The statistics of a namespace without memories. */
export const emptyStats = (namespace: string): MemoryStats => ({
  total_memories: 0,
  episodic: 0,
  semantic: 0,
  vector_count: 0,
  namespaces: [namespace],
  vector_collections: [],
})

/** What of a row its indexes hold. */
type IndexedRow = { n: number; text: string; pairs: string }

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })
