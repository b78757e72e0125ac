/**
 * What an object keeps, over SQLite, with the platform's rules: what was written since the last commit is one transaction, a crash
 * undoes it, and the alarm is part of it.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'

type Value = string | number | null

const reads = /^\s*SELECT\b/i

export class Disk {
  #database = new DatabaseSync(':memory:')
  #statements = new Map<string, StatementSync>()
  /** Written, but lost if the object dies now. */
  dirty = false
  /** Unix ms, as the object sees it. */
  alarm: number | null = null
  #kept: number | null = null
  /** The alarm has fired, and its handler has not returned. */
  ringing = false
  readonly #written: () => void

  /** `written`: called at the first write after each commit. */
  constructor(written: () => void) {
    this.#written = written
  }

  /** What the platform has armed. */
  get armed(): number | null {
    return this.ringing ? null : this.#kept
  }

  exec(sql: string, params: readonly Value[]): Record<string, Value>[] {
    if (reads.test(sql)) return this.#statement(sql).all(...params) as Record<string, Value>[]
    this.#begin()
    if (params.length === 0) this.#database.exec(sql)
    else this.#statement(sql).run(...params)
    return []
  }

  transaction<T>(change: () => T): T {
    this.#begin()
    const { alarm } = this
    this.#database.exec('SAVEPOINT s')
    try {
      const result = change()
      this.#database.exec('RELEASE s')
      return result
    } catch (error) {
      this.#database.exec('ROLLBACK TO s; RELEASE s')
      this.alarm = alarm
      throw error
    }
  }

  setAlarm(at: number | null): void {
    this.#begin()
    this.alarm = at
  }

  commit(): void {
    if (!this.dirty) return
    this.#database.exec('COMMIT')
    this.dirty = false
    this.#keep()
  }

  /** The object has died. */
  crash(): void {
    if (this.dirty) this.#database.exec('ROLLBACK')
    this.dirty = false
    this.ringing = false
    this.alarm = this.#kept
  }

  /** The alarm's handler is called. It is forgotten only once that has returned. */
  ring(): void {
    this.alarm = null
    this.ringing = true
  }

  rang(): void {
    this.ringing = false
    if (!this.dirty) this.#keep()
  }

  close(): void {
    this.#database.close()
  }

  #keep(): void {
    if (!this.ringing || this.alarm !== null) this.#kept = this.alarm
  }

  #begin(): void {
    if (this.dirty) return
    this.#database.exec('BEGIN')
    this.dirty = true
    this.#written()
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}
