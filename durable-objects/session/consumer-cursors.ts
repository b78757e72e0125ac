/** How far each consumer has acknowledged the log of a session. No event holds these cursors. */
export class ConsumerCursors {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The last event that `consumer` has acknowledged. 0: none. */
  of(consumer: string): number {
    return this.all().get(consumer) ?? 0
  }

  /** The cursor of each consumer that has acknowledged an event. */
  all(): ReadonlyMap<string, number> {
    const rows = this.#sql.exec<{ name: string; acknowledged: number }>('SELECT name, acknowledged FROM consumer')
    return new Map(rows.toArray().map(({ name, acknowledged }) => [name, acknowledged]))
  }

  /** Moves the cursor of `consumer` forward to `seq`. It never moves back. */
  advance(consumer: string, seq: number): void {
    this.#sql.exec(
      'INSERT INTO consumer VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET acknowledged = max(acknowledged, excluded.acknowledged)',
      consumer,
      seq,
    )
  }
}
