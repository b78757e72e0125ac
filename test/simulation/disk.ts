/**
 * An object's disk, on SQLite, with the platform's rules. The writes since the last commit are one transaction, and a crash
 * undoes them. The alarm is part of it.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'

type Value = string | number | null | Uint8Array

const reads = /^\s*SELECT\b/i

export class Disk {
  #database = new DatabaseSync(':memory:')
  #statements = new Map<string, StatementSync>()
  /** Whether there are writes that a crash would undo. */
  isDirty = false
  /** Unix ms, as the object sees it. */
  alarm: number | null = null
  #committedAlarm: number | null = null
  /** Whether the alarm has fired, and its handler has not returned. */
  isAlarmRunning = false
  /** The number of transactions so far. While it is unchanged, so are the stored rows. */
  transactions = 0
  readonly #onFirstWrite: () => void

  /** `onFirstWrite`: called at the first write after each commit. */
  constructor(onFirstWrite: () => void) {
    this.#onFirstWrite = onFirstWrite
  }

  /** The time of the committed alarm. Null: none. */
  get armed(): number | null {
    return this.isAlarmRunning ? null : this.#committedAlarm
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
    if (!this.isDirty) return
    this.#database.exec('COMMIT')
    this.isDirty = false
    this.#commitAlarm()
  }

  /** Stops the object: undoes what is not committed. */
  crash(): void {
    if (this.isDirty) this.#database.exec('ROLLBACK')
    this.isDirty = false
    this.isAlarmRunning = false
    this.alarm = this.#committedAlarm
  }

  /** The alarm's handler starts. The platform drops the alarm only when the handler returns. */
  alarmStarted(): void {
    this.alarm = null
    this.isAlarmRunning = true
  }

  alarmReturned(): void {
    this.isAlarmRunning = false
    if (!this.isDirty) this.#commitAlarm()
  }

  close(): void {
    this.#database.close()
  }

  #commitAlarm(): void {
    if (!this.isAlarmRunning || this.alarm !== null) this.#committedAlarm = this.alarm
  }

  #begin(): void {
    if (this.isDirty) return
    this.#database.exec('BEGIN')
    this.isDirty = true
    this.transactions++
    this.#onFirstWrite()
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
