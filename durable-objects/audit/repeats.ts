/** Equal entries of a trail. The first is listed. The others are counted until a timer is due or the trail is read. SQL of the trail's object. */
import type { AuditDraft } from '../../shared/audit/entry.ts'
import { repeatEntry } from '../../shared/audit/repeat.ts'
import { BoundedMap } from '../../shared/lib/bounded-map.ts'

/** The most listed entries in memory. An entry that was dropped from memory is listed again. */
const maxListed = 10_000

/** Without a schema number, so that an earlier release can still use the trail. */
const schema = `
  CREATE TABLE IF NOT EXISTS repeated (
    key TEXT PRIMARY KEY, of INTEGER NOT NULL, ends INTEGER NOT NULL, count INTEGER NOT NULL, last INTEGER NOT NULL, draft TEXT NOT NULL
  ) WITHOUT ROWID`

interface Listed {
  readonly seq: number
  /** When the count ends, Unix ms. */
  readonly endsAt: number
}

export class Repeats {
  readonly #sql: SqlStorage
  /** The entries that this instance has listed recently. Counts are on disk; after a restart, an entry is listed again. */
  readonly #listed = new BoundedMap<string, Listed>(maxListed)
  /** Undefined: not checked yet. Only this object creates the table. */
  #hasTable: boolean | undefined
  /** When the first count ends, Unix ms; undefined: not read yet. */
  #nextEnd: number | undefined

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Counts an entry that equals a listed one. False: list it, then call `setListed`. Call inside a transaction. */
  count(key: string, draft: AuditDraft, now: number): boolean {
    const listed = this.#listed.get(key)
    if (!listed || listed.endsAt <= now) return false
    this.#createTable()
    this.#sql.exec(
      `INSERT INTO repeated VALUES (?, ?, ?, 1, ?, ?) ON CONFLICT (key) DO UPDATE SET count = count + 1, last = excluded.last`,
      ...[key, listed.seq, listed.endsAt, now, JSON.stringify(draft)],
    )
    if (this.#nextEnd !== undefined) this.#nextEnd = Math.min(this.#nextEnd, listed.endsAt)
    return true
  }

  /** Records that an entry with this key is listed. */
  setListed(key: string, listed: Listed): void {
    this.#listed.set(key, listed)
  }

  /** Takes the entries with a count that has ended at `now`; with null all of them. Call inside a transaction. */
  takeEnded(now: number | null): AuditDraft[] {
    if (!this.#exists()) return []
    this.#nextEnd ??= this.nextEnd() ?? Number.POSITIVE_INFINITY
    if (now !== null && now < this.#nextEnd) return []
    this.#nextEnd = undefined
    type Row = { key: string; of: number; count: number; last: number; draft: string }
    const rows = this.#sql
      .exec<Row>('SELECT key, of, count, last, draft FROM repeated WHERE ends <= ? ORDER BY of', now ?? Number.MAX_SAFE_INTEGER)
      .toArray()
    for (const { key } of rows) {
      this.#sql.exec('DELETE FROM repeated WHERE key = ?', key)
      this.#listed.delete(key)
    }
    return rows.map(({ of, count, last, draft }) => repeatEntry(JSON.parse(draft) as AuditDraft, of, count, last))
  }

  /** When the next count ends, Unix ms; null: none runs. */
  nextEnd(): number | null {
    return this.#exists() ? this.#sql.exec<{ ends: number | null }>('SELECT min(ends) AS ends FROM repeated').one().ends : null
  }

  #exists(): boolean {
    this.#hasTable ??= this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'repeated'").toArray().length > 0
    return this.#hasTable
  }

  #createTable(): void {
    if (this.#exists()) return
    this.#sql.exec(schema)
    this.#hasTable = true
  }
}
