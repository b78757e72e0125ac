/** The idempotency keys of the messages that a session has recorded. */
import { failpoint } from '../../shared/failpoints.ts'

/** A key that was used: the fingerprint of its message and the result. */
export interface UsedKey extends Record<string, SqlStorageValue> {
  readonly fingerprint: string
  readonly turn_id: string
  readonly seq: number
}

export class KeyTable {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The use of a key. Undefined: it was never used. */
  get(eventId: string): UsedKey | undefined {
    return this.#sql.exec<UsedKey>('SELECT fingerprint, turn_id, seq FROM key WHERE event_id = ?', eventId).toArray()[0]
  }

  put(eventId: string, fingerprint: string, turnId: string, seq: number): void {
    if (failpoint('skip-key')) return
    this.#sql.exec('INSERT INTO key (event_id, fingerprint, turn_id, seq) VALUES (?, ?, ?, ?)', eventId, fingerprint, turnId, seq)
  }
}
