/** The hidden tables of an import or a restore between its parts. If no further part arrives, an alarm erases them. */
import { tables } from '../migrations.ts'
import { stagingTable } from './snapshot.ts'

/** How long the tables are kept without a further part: between half of this time and all of it. Milliseconds. */
export const unfinishedMs = 3_600_000

export class UnfinishedTables {
  readonly #storage: DurableObjectStorage
  /** When the alarm is due, Unix ms. After a restart it is not known, and the next part sets it again. */
  #alarmAt = 0

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  /** Keeps the tables for the next part. Call after each part but the last, without an `await` between. */
  keep(): void {
    const now = Date.now()
    if (this.#alarmAt - now > unfinishedMs / 2) return
    this.#alarmAt = now + unfinishedMs
    void this.#storage.setAlarm(this.#alarmAt)
  }

  /** Erases the tables. Call only if the session does not exist. */
  async erase(): Promise<void> {
    this.#alarmAt = 0
    if (tables(this.#storage.sql).includes(stagingTable)) await this.#storage.deleteAll()
  }
}
