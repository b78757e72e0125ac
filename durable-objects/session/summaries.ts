/**
 * The summaries of a session, by the last turn that each one covers. A partial index of the log finds them. It is created with the first
 * summary, so other sessions pay nothing. An earlier release can still read the tables.
 */
import type { Event } from '../../shared/events/event.ts'

type Summarized = Extract<Event, { type: 'context.summarized' }>

const index = 'event_summary'

export class Summaries {
  readonly #sql: SqlStorage
  /** The event of the newest summary through each turn. Null: not read yet. */
  #seqs: Map<string, number> | null = null

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The newest summary of the turns up to `turnId`. */
  through(turnId: string): Summarized | undefined {
    this.#seqs ??= this.#read()
    const seq = this.#seqs.get(turnId)
    if (seq === undefined) return undefined
    const { at, body } = this.#sql.exec<{ at: number; body: string }>('SELECT at, body FROM event WHERE seq = ?', seq).one()
    return { seq, at, ...JSON.parse(body) }
  }

  /** Indexes the summaries of the log. Call inside the transaction that records one. Reads the whole log, unless the index exists. */
  createIndex(): void {
    this.#sql.exec(`CREATE INDEX IF NOT EXISTS ${index} ON event (seq) WHERE type = 'context.summarized'`)
    this.#seqs = null
  }

  #read(): Map<string, number> {
    const seqs = new Map<string, number>()
    if (this.#sql.exec('SELECT 1 FROM sqlite_master WHERE name = ?', index).toArray().length === 0) return seqs
    const rows = this.#sql.exec<{ seq: number; through: string }>(
      `SELECT seq, body ->> 'through_turn_id' AS through FROM event INDEXED BY ${index} WHERE type = 'context.summarized' ORDER BY seq`,
    )
    for (const { seq, through } of rows) seqs.set(through, seq)
    return seqs
  }
}
