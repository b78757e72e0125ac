/**
 * The programs that wait for their calls: one sealed snapshot for each. The tables are created with the first one, so other sessions pay
 * nothing, and an earlier release can still read all of them. Each method that writes belongs to a transaction.
 */
import { tables } from '../migrations.ts'

export const programTable = 'program'
export const programKeyTable = 'program_key'

/** A waiting program. `step` counts its snapshots from 1. `first`: the first call that it waits for. */
export interface ProgramRow {
  readonly step: number
  readonly first: number
  readonly engine: string
  readonly sealed: Uint8Array
  /** JSON of the console lines. */
  readonly console: string
}

export class ProgramTable {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The key of the session's seals. It never leaves its tables. Null: the session had no program. */
  get key(): Uint8Array | null {
    if (!tables(this.#sql).includes(programKeyTable)) return null
    const [row] = this.#sql.exec<{ key: ArrayBuffer }>(`SELECT key FROM ${programKeyTable}`).toArray()
    return row ? new Uint8Array(row.key) : null
  }

  createKey(): void {
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS ${programKeyTable} (key BLOB NOT NULL)`)
    this.#sql.exec(`INSERT INTO ${programKeyTable} VALUES (?)`, crypto.getRandomValues(new Uint8Array(32)).buffer)
  }

  row(turnId: string, callId: string): ProgramRow | null {
    if (!this.#exists) return null
    const [row] = this.#sql
      .exec<Omit<ProgramRow, 'sealed'> & { sealed: ArrayBuffer } & Record<string, SqlStorageValue>>(
        `SELECT step, first, engine, sealed, console FROM ${programTable} WHERE turn_id = ? AND call_id = ?`,
        turnId,
        callId,
      )
      .toArray()
    return row ? { ...row, sealed: new Uint8Array(row.sealed) } : null
  }

  put(turnId: string, callId: string, { step, first, engine, sealed, console }: ProgramRow): void {
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS ${programTable} (turn_id TEXT NOT NULL, call_id TEXT NOT NULL, step INTEGER NOT NULL, first INTEGER NOT NULL,
        engine TEXT NOT NULL, sealed BLOB NOT NULL, console TEXT NOT NULL, PRIMARY KEY (turn_id, call_id))`,
    )
    this.#sql.exec(
      `INSERT OR REPLACE INTO ${programTable} VALUES (?, ?, ?, ?, ?, ?, ?)`,
      turnId,
      callId,
      step,
      first,
      engine,
      sealed.slice().buffer,
      console,
    )
  }

  /** The call has ended. The tables go with the last program. */
  drop(turnId: string, callId: string): void {
    if (!this.#exists) return
    this.#sql.exec(`DELETE FROM ${programTable} WHERE turn_id = ? AND call_id = ?`, turnId, callId)
    if (this.#sql.exec(`SELECT 1 FROM ${programTable} LIMIT 1`).toArray().length === 0) this.dropAll()
  }

  dropAll(): void {
    for (const table of [programTable, programKeyTable]) this.#sql.exec(`DROP TABLE IF EXISTS ${table}`)
  }

  get #exists(): boolean {
    return tables(this.#sql).includes(programTable)
  }
}
