/**
 * What is remembered in one namespace: what its owner said in conversations, and facts that were told. The sole writer of its rows.
 * What comes of a session comes in the session's order, so one number a session tells what has been taken already.
 */
import { DurableObject } from 'cloudflare:workers'
import { type Memory as Kept, memoryLimits } from '../../shared/api/memory.ts'
import { toFtsQuery } from '../../shared/memory/fts-query.ts'
import type { Failure } from '../../shared/problem.ts'
import { withResidency } from '../../shared/residency.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { type Migrations, migrate, storedSchema } from '../session/schema.ts'

/** Something that was said: the event `seq` of `session`. */
export interface Utterance {
  readonly session: string
  readonly seq: number
  readonly at: number
  readonly text: string
}

/** `known`: it was taken before, or it is to be forgotten; nothing has changed. */
export type IngestResult = 'remembered' | 'known' | 'full'

/** Which memories: the newest before `before`, or those that fit `q` best after the first `skip`. */
export interface MemoryQuery {
  readonly q: string
  readonly limit: number
  readonly before: number | null
  readonly skip: number
}

export interface Found {
  readonly memories: Kept[]
  /** `before` of the next page, or with a `q` its `skip`; null: there is no more. */
  readonly next: number | null
}

/**
 * `n` orders: what was kept last has the greatest. `taken` is how far each session was listened to, up to its deletion; `forgotten_at` is when
 * everything was to be forgotten. The index holds no text of its own, and what is deleted leaves no words in it.
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
  kind: Kept['kind']
  text: string
  created_at: number
  session: string | null
  seq: number | null
}

const rows = `SELECT n, id, memory.key, kind, memory.text, created_at, session, seq
  FROM memory LEFT JOIN source ON (session, seq) = (SELECT session, seq FROM source WHERE memory = memory.id ORDER BY session, seq LIMIT 1)`

const toMemory = ({ n: _, session, seq, ...kept }: Row): Kept => ({
  ...kept,
  source: session === null || seq === null ? null : { session_id: session, seq },
})

export class Memory extends DurableObject<StateEnv> {
  readonly #sql = this.ctx.storage.sql
  #count: number | null = null

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, withResidency(env))
  }

  /** Keeps something that was said. What was said before in the same words is kept once. The same again changes nothing. */
  hear({ session, seq, at, text }: Utterance): IngestResult {
    return this.#write(() => {
      if (seq <= this.#taken(session) || at <= this.#forgottenAt()) return 'known'
      const same = this.#sql.exec<{ id: string }>("SELECT id FROM memory WHERE kind = 'said' AND text = ?", text).toArray()[0]
      if (!same && this.#memories() >= memoryLimits.memories) return 'full'
      const id = same?.id ?? this.#insert({ id: crypto.randomUUID(), key: null, kind: 'said', text, created_at: at })
      this.#sql.exec('INSERT INTO source VALUES (?, ?, ?)', session, seq, id)
      this.#take(session, seq)
      return 'remembered'
    })
  }

  /** How far `session` was listened to: what came until then need not be asked about again. */
  heardUpTo(session: string): number {
    return this.#exists() ? this.#taken(session) : 0
  }

  /** Keeps a fact under its key, in the place of the one before. */
  keep(key: string, text: string): Result<Kept, Failure> {
    return this.#write(() => {
      const before = this.#select('memory.key = ?', key)[0]
      if (before?.text === text) return ok(toMemory(before))
      if (!before && this.#memories() >= memoryLimits.memories) return fail({ kind: 'memory_full', limit: memoryLimits.memories })
      if (before) this.#delete(before)
      this.#insert({ id: before?.id ?? crypto.randomUUID(), key, kind: 'fact', text, created_at: Date.now() })
      return ok(toMemory(this.#one('memory.key = ?', key)))
    })
  }

  recall(key: string): Kept | null {
    const row = this.#exists() ? this.#select('memory.key = ?', key)[0] : undefined
    return row ? toMemory(row) : null
  }

  find({ q, limit, before, skip }: MemoryQuery): Found {
    if (!this.#exists()) return { memories: [], next: null }
    if (q === '') {
      const found = this.#select('n < ? ORDER BY n DESC LIMIT ?', before ?? Number.MAX_SAFE_INTEGER, limit + 1)
      return { memories: found.slice(0, limit).map(toMemory), next: found.length > limit ? (found[limit - 1]?.n ?? null) : null }
    }
    const match = toFtsQuery(q)
    if (match === null) return { memories: [], next: null }
    const found = this.#sql
      .exec<{ n: number }>(
        'SELECT rowid AS n FROM word WHERE word MATCH ? ORDER BY rank, rowid DESC LIMIT ? OFFSET ?',
        match,
        limit + 1,
        skip,
      )
      .toArray()
      .map(({ n }) => this.#one('n = ?', n))
    return { memories: found.slice(0, limit).map(toMemory), next: found.length > limit ? skip + limit : null }
  }

  /** False: there is none of that id. */
  forget(id: string): boolean {
    if (!this.#exists()) return false
    return this.#write(() => {
      const row = this.#select('id = ?', id)[0]
      if (row) this.#delete(row)
      return row !== undefined
    })
  }

  /** Forgets everything, and says how much that was. Nothing that was said until now comes back, however late it is handed over. */
  forgetAll(): number {
    return this.#write(() => {
      const count = this.#memories()
      this.#sql.exec("INSERT INTO word (word) VALUES ('delete-all')")
      this.#sql.exec('DELETE FROM memory')
      this.#sql.exec('DELETE FROM source')
      this.#sql.exec('UPDATE meta SET forgotten_at = ?', Date.now())
      this.#count = 0
      return count
    })
  }

  /**
   * Forgets what was said in `session` after `after` and up to `seq`, unless it was said elsewhere too. Nothing of that comes back, however
   * late it is handed over.
   */
  forgetSession(session: string, seq: number, after = 0): void {
    this.#write(() => {
      const said = this.#sql
        .exec<{ memory: string }>('SELECT DISTINCT memory FROM source WHERE session = ? AND seq > ? AND seq <= ?', session, after, seq)
        .toArray()
      this.#sql.exec('DELETE FROM source WHERE session = ? AND seq > ? AND seq <= ?', session, after, seq)
      for (const { memory } of said) {
        const elsewhere = this.#sql.exec('SELECT 1 FROM source WHERE memory = ? LIMIT 1', memory).toArray().length > 0
        if (!elsewhere) for (const row of this.#select('id = ?', memory)) this.#delete(row)
      }
      this.#take(session, seq)
    })
  }

  #insert({ id, key, kind, text, created_at }: Omit<Kept, 'source'>): string {
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
    this.#count = this.#memories() + 1
    return id
  }

  #delete({ n, id, key, text }: Row): void {
    this.#sql.exec("INSERT INTO word (word, rowid, key, text) VALUES ('delete', ?, ?, ?)", n, key, text)
    this.#sql.exec('DELETE FROM memory WHERE n = ?', n)
    this.#sql.exec('DELETE FROM source WHERE memory = ?', id)
    this.#count = null
  }

  #memories(): number {
    this.#count ??= this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM memory').one().n
    return this.#count
  }

  #forgottenAt(): number {
    return this.#sql.exec<{ forgotten_at: number }>('SELECT forgotten_at FROM meta').one().forgotten_at
  }

  #taken(session: string): number {
    return this.#sql.exec<{ seq: number }>('SELECT seq FROM taken WHERE session = ?', session).toArray()[0]?.seq ?? 0
  }

  #take(session: string, seq: number): void {
    this.#sql.exec('INSERT INTO taken VALUES (?, ?) ON CONFLICT (session) DO UPDATE SET seq = max(seq, excluded.seq)', session, seq)
  }

  #select(where: string, ...bound: SqlStorageValue[]): Row[] {
    return this.#sql.exec<Row>(`${rows} WHERE ${where}`, ...bound).toArray()
  }

  #one(where: string, ...bound: SqlStorageValue[]): Row {
    const [row] = this.#select(where, ...bound)
    if (!row) throw new Error('the index names a memory that is not there')
    return row
  }

  /** All or nothing; what is counted in memory is counted anew after nothing. */
  #write<T>(change: () => T): T {
    migrate(this.ctx.storage, storedSchema(this.#sql), migrations)
    try {
      return this.ctx.storage.transactionSync(change)
    } catch (error) {
      this.#count = null
      throw error
    }
  }

  #exists(): boolean {
    if (storedSchema(this.#sql) === 0) return false
    migrate(this.ctx.storage, storedSchema(this.#sql), migrations)
    return true
  }
}
