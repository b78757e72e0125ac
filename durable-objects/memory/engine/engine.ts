/** The memories with coordinates of one namespace: stored, searched and deleted. Every change is one transaction of its object. */
import { type EntryType, engineLimits, type MemoryStats, type StoreEntry } from '../../../shared/api/memory-engine.ts'
import { fromBase64, toBase64 } from '../../../shared/lib/base64.ts'
import { isWithin } from '../../../shared/memory/engine/coordinate.ts'
import { hashDimension, hashEmbedding, hashRevision, parseEmbedding } from '../../../shared/memory/engine/embedding.ts'
import { ImportanceReservoir, unrated } from '../../../shared/memory/engine/importance.ts'
import type { Score } from '../../../shared/memory/engine/score.ts'
import { characterPairs, payloadText } from '../../../shared/memory/engine/terms.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { slotsWith } from './keywords.ts'
import { type EntrySearch, type Found, keywordShares, scan } from './search.ts'
import { chunkVectors, Slab, type SlotVector } from './slab.ts'

/** What all vectors of an object have in common. */
type Space = { readonly dimension: number; readonly revision: string }

/** The revision of vectors from outside. */
const givenRevision = 'given'

type EntryRow = { coord: string; type: EntryType; payload: string; created_at: number }

/** A memory that fits. `payload`: as JSON. */
export interface FoundEntry extends EntryRow, Score {}

export class MemoryEngine {
  readonly #sql: SqlStorage
  readonly #slab: Slab

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.#slab = new Slab(sql)
  }

  /** Stores all of them or none. Each replaces the memory at its place. `at`: Unix ms. Fails with `invalid` or `memory_full`. */
  store(items: readonly StoreEntry[], at: number): Result<number, Failure> {
    const space = this.#space ?? spaceOf(items[0])
    for (const [index, { embedding }] of items.entries()) {
      const fault = spaceFault(space, embedding)
      if (fault) return invalid(items.length > 1 ? `/items/${index}/embedding` : '/embedding', fault)
    }
    const newest = new Map(items.map((item) => [item.coord, item]))
    const added = [...newest.keys()].filter((coord) => this.#slotOf(coord) === undefined).length
    const count = this.#count()
    if (count + added > engineLimits.memories) return fail({ kind: 'memory_full', limit: engineLimits.memories })
    const reservoir = this.#reservoir
    const slots: SlotVector[] = []
    let free = count
    for (const item of newest.values()) {
      const slot = this.#slotOf(item.coord) ?? free++
      slots.push(this.#put(item, { slot, at, space, reservoir }))
    }
    this.#slab.write(slots)
    this.#sql.exec('DELETE FROM engine')
    this.#sql.exec('INSERT INTO engine VALUES (?, ?, ?)', space.dimension, space.revision, JSON.stringify(reservoir.state))
    return ok(newest.size)
  }

  /** The memories that fit each search, the best first. Fails with `invalid` if the vectors of a query and of the memories do not compare. */
  search(searches: readonly EntrySearch[]): Result<FoundEntry[][], Failure> {
    const space = this.#space
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
    const { dimension } = this.#space ?? { dimension: 0 }
    let deleted = 0
    for (const coord of coords) {
      const row = this.#sql
        .exec<IndexedRow & { slot: number }>('SELECT n, text, pairs, slot FROM entry WHERE coord = ?', coord)
        .toArray()[0]
      if (!row) continue
      const last = this.#count() - 1
      this.#unindex(row)
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
    return count
  }

  /** The numbers of memories. `namespace`: the name of this one. */
  stats(namespace: string): MemoryStats {
    const space = this.#space
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
    for (const index of indexes) this.#sql.exec(`INSERT INTO ${index} (${index}) VALUES ('rebuild')`)
    this.#slab.clear()
    const space = this.#space
    if (!space) return
    const rows = this.#sql.exec<StoredVector>('SELECT slot, text, vector, importance FROM entry ORDER BY slot').toArray()
    for (let start = 0; start < rows.length; start += chunkVectors)
      this.#slab.write(rows.slice(start, start + chunkVectors).map((row) => ({ ...row, vector: storedVector(row, space) })))
  }

  /** What does not agree between rows, vectors and indexes. Empty: everything does. */
  faults(): string[] {
    const rows = this.#sql.exec<StoredVector>('SELECT slot, text, vector, importance FROM entry ORDER BY slot').toArray()
    const space = this.#space
    const faults = space === undefined && rows.length > 0 ? ['there are memories, but no dimension'] : []
    if (space) {
      const expected = rows.map((row) => ({ slot: row.slot, vector: storedVector(row, space), importance: row.importance }))
      const held = [...this.#slab.chunks()]
      if (held.length !== Math.ceil(rows.length / chunkVectors)) faults.push(`${held.length} chunks for ${rows.length} memories`)
      for (const [index, { slot, vector, importance }] of expected.entries()) {
        const chunk = held[Math.floor(index / chunkVectors)]
        const place = index % chunkVectors
        const found = chunk?.vectors.subarray(place * space.dimension, (place + 1) * space.dimension)
        if (slot !== index) faults.push(`slot ${index} has no memory`)
        else if (chunk?.importance[place] !== importance || !vector.every((value, at) => value === found?.[at]))
          faults.push(`slot ${index} has the vector of another memory`)
      }
    }
    for (const index of indexes) {
      try {
        this.#sql.exec(`INSERT INTO ${index} (${index}, rank) VALUES ('integrity-check', 1)`)
      } catch {
        faults.push(`${index} does not agree with the memories`)
      }
    }
    return faults
  }

  get #space(): Space | undefined {
    return this.#sql.exec<Space>('SELECT dimension, revision FROM engine').toArray()[0]
  }

  get #reservoir(): ImportanceReservoir {
    const row = this.#sql.exec<{ reservoir: string }>('SELECT reservoir FROM engine').toArray()[0]
    return row ? new ImportanceReservoir(JSON.parse(row.reservoir)) : new ImportanceReservoir()
  }

  #count(): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM entry').one().n
  }

  #slotOf(coord: string): number | undefined {
    return this.#sql.exec<{ slot: number }>('SELECT slot FROM entry WHERE coord = ?', coord).toArray()[0]?.slot
  }

  #put(
    { coord, payload, type, importance: raw, embedding }: StoreEntry,
    { slot, at, space, reservoir }: { slot: number; at: number; space: Space; reservoir: ImportanceReservoir },
  ): SlotVector {
    const text = payloadText(payload).normalize('NFC')
    const pairs = characterPairs(text)
    const vector = vectorOf(text, embedding, space)
    if (raw !== undefined) reservoir.add(raw)
    const importance = raw === undefined ? unrated : reservoir.normalise(raw)
    const old = this.#sql.exec<IndexedRow>('SELECT n, text, pairs FROM entry WHERE coord = ?', coord).toArray()[0]
    if (old) {
      this.#unindex(old)
      this.#sql.exec('DELETE FROM entry WHERE n = ?', old.n)
    }
    const { n } = this.#sql
      .exec<{ n: number }>(
        `INSERT INTO entry (coord, type, payload, text, pairs, vector, raw, importance, created_at, slot)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING n`,
        coord,
        type,
        JSON.stringify(payload),
        text,
        pairs,
        embedding ? toBase64(new Uint8Array(vector.buffer)) : null,
        raw ?? null,
        importance,
        at,
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

const indexes = ['entry_word', 'entry_gram'] as const

/** What of a row its indexes hold. */
type IndexedRow = { n: number; text: string; pairs: string }

/** What of a row its vector is made from. */
type StoredVector = { slot: number; text: string; vector: string | null; importance: number }

const spaceOf = (first: StoreEntry | undefined): Space =>
  first?.embedding ? { dimension: first.embedding.length, revision: givenRevision } : { dimension: hashDimension, revision: hashRevision }

/** Why a vector does not belong to `space`, or null. */
function spaceFault({ dimension, revision }: Space, embedding: readonly number[] | undefined): string | null {
  if (embedding === undefined)
    return revision === hashRevision ? null : `is required: this memory holds vectors of your own model, with ${dimension} numbers`
  if (revision === hashRevision) return 'must be left out: this memory holds vectors made from texts. Delete its memories to use your own'
  return embedding.length === dimension ? null : `must have ${dimension} numbers, as the vectors before`
}

function vectorOf(text: string, embedding: readonly number[] | undefined, { dimension }: Space): Float32Array {
  if (!embedding) return hashEmbedding(text, dimension)
  const parsed = parseEmbedding(embedding)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

function storedVector({ text, vector }: StoredVector, { dimension }: Space): Float32Array {
  if (vector === null) return hashEmbedding(text, dimension)
  const bytes = fromBase64(vector)
  if (bytes?.length !== 4 * dimension) throw new Error('a stored vector is damaged')
  return new Float32Array(bytes.buffer)
}

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })
