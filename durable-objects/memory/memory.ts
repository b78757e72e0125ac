/**
 * The memory of one namespace: messages of its owner, and stored facts. Only this object writes its rows. Messages of a session
 * arrive in order, so one cursor per session marks the ingested ones.
 */

import { memoryLimits, type Memory as StoredMemory } from '../../shared/api/memory.ts'
import { toFtsQuery } from '../../shared/memory/fts-query.ts'
import type { RecalledMemory } from '../../shared/memory/recall.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { BackupPlan } from '../backup/plan.ts'
import { registerMemory } from '../backup/register.ts'
import type { Migrations } from '../migrations.ts'
import { MemoryEngine } from './engine/engine.ts'
import { EntryMemory } from './engine/entry-memory.ts'
import { addEngineTables, derivedEngineTables, engineTables } from './engine/tables.ts'
import { MemoryRecall, type MemorySearch } from './recall.ts'

/** A message of the owner: the event `seq` of `session`. `at` in Unix ms. */
export interface Utterance {
  readonly session: string
  readonly seq: number
  readonly at: number
  readonly text: string
}

/** `merged`: the same text was said before. `known`: it was ingested before, or its time is before the last deletion of everything; nothing changes. */
export type IngestResult = 'remembered' | 'merged' | 'known' | 'full'

/** The newest memories before `before`; or, with `q`, the best matches after the first `skip`. */
export interface MemoryQuery {
  readonly q: string
  readonly limit: number
  readonly before: number | null
  readonly skip: number
}

/** A page of memories. */
export interface MemoryPage {
  readonly memories: StoredMemory[]
  /** `before` of the next page, or its `skip` with a `q`. Null: this is the last page. */
  readonly next: number | null
}

/**
 * `n` orders memories by time of storage. `taken` holds the cursor of each session. `forgotten_at` is the time of the last deletion of
 * everything. The index stores no text, and deleted words leave no trace in it.
 */
const migrations: Migrations = [
  (sql) => {
    sql.exec(`
      CREATE TABLE meta (schema INTEGER NOT NULL, forgotten_at INTEGER NOT NULL);
      CREATE TABLE memory (
        n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, key TEXT UNIQUE, kind TEXT NOT NULL, text TEXT NOT NULL,
        created_at INTEGER NOT NULL
      );
      CREATE UNIQUE INDEX memory_said ON memory (text) WHERE kind = 'said';
      CREATE TABLE source (session TEXT NOT NULL, seq INTEGER NOT NULL, memory TEXT NOT NULL, PRIMARY KEY (session, seq)) WITHOUT ROWID;
      CREATE INDEX source_of ON source (memory);
      CREATE TABLE taken (session TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
      CREATE VIRTUAL TABLE word USING fts5 (key, text, content = 'memory', content_rowid = 'n', tokenize = 'unicode61 remove_diacritics 2');
      INSERT INTO word (word, rank) VALUES ('secure-delete', 1);
      INSERT INTO meta VALUES (1, 0);
    `)
  },
]

type Row = {
  n: number
  id: string
  key: string | null
  kind: StoredMemory['kind']
  text: string
  created_at: number
  session: string | null
  seq: number | null
}

const selectMemories = `SELECT n, id, memory.key, kind, memory.text, created_at, session, seq
  FROM memory LEFT JOIN source ON (session, seq) = (SELECT session, seq FROM source WHERE memory = memory.id ORDER BY session, seq LIMIT 1)`

const toMemory = ({ n: _, session, seq, ...memory }: Row): StoredMemory => ({
  ...memory,
  source: session === null || seq === null ? null : { session_id: session, seq },
})

export class Memory extends EntryMemory {
  static readonly backup: BackupPlan = {
    tables: ['meta', 'memory', 'source', 'taken', ...engineTables],
    excluded: Object.fromEntries(
      ['word', 'word_data', 'word_idx', 'word_docsize', 'word_config', ...derivedEngineTables].map((table) => [
        table,
        'An index of the rows, which a restore rebuilds.',
      ]),
    ),
    addTables: addEngineTables,
    register: registerMemory,
    onRestored(sql) {
      sql.exec("INSERT INTO word (word) VALUES ('rebuild')")
      new MemoryEngine(sql).rebuild()
    },
  }

  readonly #sql = this.ctx.storage.sql
  readonly #recall = new MemoryRecall(this.ctx.storage.sql)
  #count: number | null = null

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, env, migrations)
  }

  /** Ingests a message. The same text is stored once. Repeating a message changes nothing. */
  hear({ session, seq, at, text }: Utterance): IngestResult {
    return this.#write(() => {
      if (seq <= this.#cursor(session) || at <= this.#forgottenAt()) return 'known'
      const existing = this.#sql.exec<{ id: string }>("SELECT id FROM memory WHERE kind = 'said' AND text = ?", text).toArray()[0]
      if (!existing && this.#countMemories() >= memoryLimits.memories) return 'full'
      if (existing) this.#sql.exec('UPDATE memory SET created_at = ? WHERE id = ?', at, existing.id)
      const id = existing?.id ?? this.#insert({ id: crypto.randomUUID(), key: null, kind: 'said', text, created_at: at })
      this.#sql.exec('INSERT INTO source VALUES (?, ?, ?)', session, seq, id)
      this.#advanceCursor(session, seq)
      return existing ? 'merged' : 'remembered'
    })
  }

  /** The cursor of `session`: every message up to this seq is ingested. */
  heardUpTo(session: string): number {
    return this.tables.exist() ? this.#cursor(session) : 0
  }

  /** Stores a fact under its key, and replaces the previous one. Fails with `memory_full`. */
  keep(key: string, text: string): Result<StoredMemory, Failure> {
    return this.#write(() => {
      const existing = this.#select('memory.key = ?', key)[0]
      if (existing?.text === text) return ok(toMemory(existing))
      if (!existing && this.#countMemories() >= memoryLimits.memories) return fail({ kind: 'memory_full', limit: memoryLimits.memories })
      if (existing) this.#delete(existing)
      this.#insert({ id: existing?.id ?? crypto.randomUUID(), key, kind: 'fact', text, created_at: Date.now() })
      return ok(toMemory(this.#selectOne('memory.key = ?', key)))
    })
  }

  /** The fact stored under `key`. Null: there is none. */
  recall(key: string): StoredMemory | null {
    const row = this.tables.exist() ? this.#select('memory.key = ?', key)[0] : undefined
    return row ? toMemory(row) : null
  }

  /** What fits a message of a session, the best first. May be nothing. */
  relevant(search: MemorySearch): RecalledMemory[] {
    return this.tables.exist() ? this.#recall.relevant(search) : []
  }

  /** A page of memories. A `q` without a searchable word finds none. */
  find({ q, limit, before, skip }: MemoryQuery): MemoryPage {
    if (!this.tables.exist()) return { memories: [], next: null }
    if (q === '') {
      const rows = this.#select('n < ? ORDER BY n DESC LIMIT ?', before ?? Number.MAX_SAFE_INTEGER, limit + 1)
      return { memories: this.#toMemories(rows.slice(0, limit)), next: rows.length > limit ? (rows[limit - 1]?.n ?? null) : null }
    }
    const match = toFtsQuery(q)
    if (match === null) return { memories: [], next: null }
    const rows = this.#sql
      .exec<{ n: number }>(
        'SELECT rowid AS n FROM word WHERE word MATCH ? ORDER BY rank, rowid DESC LIMIT ? OFFSET ?',
        match,
        limit + 1,
        skip,
      )
      .toArray()
      .map(({ n }) => this.#selectOne('n = ?', n))
    return { memories: this.#toMemories(rows.slice(0, limit)), next: rows.length > limit ? skip + limit : null }
  }

  /** The memories with these ids, in this order. Deleted ones are missing. */
  byIds(ids: readonly string[]): StoredMemory[] {
    return this.tables.exist() ? ids.flatMap((id) => this.#toMemories(this.#select('id = ?', id))) : []
  }

  /** Deletes a memory. False: there is no such memory. */
  forget(id: string): boolean {
    if (!this.tables.exist()) return false
    return this.#write(() => {
      const row = this.#select('id = ?', id)[0]
      if (row) this.#delete(row)
      return row !== undefined
    })
  }

  /** Deletes everything and returns the number of memories. Messages from before this moment are never ingested again. */
  forgetAll(): number {
    return this.#write(() => {
      const count = this.#countMemories()
      this.#sql.exec("INSERT INTO word (word) VALUES ('delete-all')")
      this.#sql.exec('DELETE FROM memory')
      this.#sql.exec('DELETE FROM source')
      this.#sql.exec('UPDATE meta SET forgotten_at = ?', Date.now())
      this.#count = 0
      return count + this.engine.clear()
    })
  }

  /**
   * Deletes the messages of `session` after `after` and up to `seq`, unless another session has the same text. They are never
   * ingested again.
   */
  forgetSession(session: string, seq: number, after = 0): void {
    this.#write(() => {
      const memories = this.#sql
        .exec<{ memory: string }>('SELECT DISTINCT memory FROM source WHERE session = ? AND seq > ? AND seq <= ?', session, after, seq)
        .toArray()
      this.#sql.exec('DELETE FROM source WHERE session = ? AND seq > ? AND seq <= ?', session, after, seq)
      for (const { memory } of memories) {
        const hasOtherSource = this.#sql.exec('SELECT 1 FROM source WHERE memory = ? LIMIT 1', memory).toArray().length > 0
        if (!hasOtherSource) for (const row of this.#select('id = ?', memory)) this.#delete(row)
      }
      this.#advanceCursor(session, seq)
    })
  }

  /** With what took the place of each. */
  #toMemories(rows: readonly Row[]): StoredMemory[] {
    return rows.map((row) => ({ ...toMemory(row), superseded_by: this.#recall.supersededBy(row.id) }))
  }

  #insert({ id, key, kind, text, created_at }: Omit<StoredMemory, 'source' | 'superseded_by'>): string {
    const { n } = this.#sql
      .exec<{ n: number }>(
        'INSERT INTO memory (id, key, kind, text, created_at) VALUES (?, ?, ?, ?, ?) RETURNING n',
        id,
        key,
        kind,
        text,
        created_at,
      )
      .one()
    this.#sql.exec('INSERT INTO word (rowid, key, text) VALUES (?, ?, ?)', n, key, text)
    this.#count = this.#countMemories() + 1
    return id
  }

  #delete({ n, id, key, text }: Row): void {
    this.#sql.exec("INSERT INTO word (word, rowid, key, text) VALUES ('delete', ?, ?, ?)", n, key, text)
    this.#sql.exec('DELETE FROM memory WHERE n = ?', n)
    this.#sql.exec('DELETE FROM source WHERE memory = ?', id)
    this.#count = null
  }

  #countMemories(): number {
    this.#count ??= this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM memory').one().n
    return this.#count
  }

  #forgottenAt(): number {
    return this.#sql.exec<{ forgotten_at: number }>('SELECT forgotten_at FROM meta').one().forgotten_at
  }

  #cursor(session: string): number {
    return this.#sql.exec<{ seq: number }>('SELECT seq FROM taken WHERE session = ?', session).toArray()[0]?.seq ?? 0
  }

  #advanceCursor(session: string, seq: number): void {
    this.#sql.exec('INSERT INTO taken VALUES (?, ?) ON CONFLICT (session) DO UPDATE SET seq = max(seq, excluded.seq)', session, seq)
  }

  #select(where: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#sql.exec<Row>(`${selectMemories} WHERE ${where}`, ...bindings).toArray()
  }

  #selectOne(where: string, ...bindings: SqlStorageValue[]): Row {
    const [row] = this.#select(where, ...bindings)
    if (!row) throw new Error('the index names a missing memory')
    return row
  }

  /** Runs `change` in a transaction. Clears the cached count after a failure. */
  #write<T>(change: () => T): T {
    this.#recall.invalidate()
    try {
      return this.tables.write(change)
    } catch (error) {
      this.#count = null
      throw error
    }
  }
}
