/** The platform of an object that lives in this process: SQLite in memory, no network, no alarm. For one replay. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

type Row = Record<string, SqlStorageValue>

const reads = /^\s*SELECT\b/i

/** An object without a class: its context, and its disk. */
export class MemoryObject {
  readonly #database = new DatabaseSync(':memory:')
  readonly #statements = new Map<string, StatementSync>()
  readonly ctx: DurableObjectState

  constructor() {
    // The session registers the answer to a heartbeat. Nobody reads here.
    Object.assign(globalThis, { WebSocketRequestResponsePair: class {} })
    const storage = {
      sql: { exec: (sql: string, ...params: SQLInputValue[]) => cursor(this.#exec(sql, params)), databaseSize: 0 },
      transactionSync: (change: () => unknown) => this.inTransaction(change),
      setAlarm: async () => {},
      getAlarm: async () => null,
    }
    const ctx = {
      storage,
      waitUntil: () => {},
      getWebSockets: () => [],
      setWebSocketAutoResponse: () => {},
      abort: (reason: string) => {
        throw new Error(`the session stopped itself: ${reason}`)
      },
    }
    this.ctx = ctx as unknown as DurableObjectState
  }

  get sql(): SqlStorage {
    return this.ctx.storage.sql
  }

  inTransaction<T>(change: () => T): T {
    this.#database.exec('SAVEPOINT change')
    try {
      const result = change()
      this.#database.exec('RELEASE change')
      return result
    } catch (error) {
      this.#database.exec('ROLLBACK TO change; RELEASE change')
      throw error
    }
  }

  /** Starts to remember the tables as they are. */
  remember(): void {
    this.#database.exec('SAVEPOINT remembered')
  }

  /** Brings back the tables of `remember`. */
  forget(): void {
    this.#database.exec('ROLLBACK TO remembered; RELEASE remembered')
  }

  close(): void {
    this.#database.close()
  }

  #exec(sql: string, params: readonly SQLInputValue[]): Row[] {
    if (reads.test(sql)) return this.#statement(sql).all(...params) as Row[]
    // Only a change of the schema has several statements.
    if (params.length === 0) this.#database.exec(sql)
    else this.#statement(sql).run(...params)
    return []
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const prepared = this.#database.prepare(sql)
    this.#statements.set(sql, prepared)
    return prepared
  }
}

const cursor = (rows: Row[]) => Object.assign(rows[Symbol.iterator](), { toArray: () => rows, one: () => onlyRow(rows) })

function onlyRow(rows: readonly Row[]): Row {
  const [row] = rows
  if (rows.length !== 1 || row === undefined) throw new Error(`one row expected, not ${rows.length}`)
  return row
}
