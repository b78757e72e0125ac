/**
 * The calls of a session that sub-agents answered: events in the log. They need no table, so an earlier release can read the session.
 * Copied and imported calls belong to another session.
 */
import { subSessionId } from '../../shared/agent/delegation.ts'
import { SessionId, TenantId } from '../../shared/ids.ts'

/** A sub-session. `outcome`: of its call; null: not ended. */
export interface SubSessionRow {
  readonly session_id: SessionId
  readonly turn_id: string
  readonly call_id: string
  readonly persona_id: string
  readonly at: number
  readonly outcome: string | null
}

const index = 'delegation'

export class Delegations {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Creates the index. Call inside the transaction that records the first delegation. */
  createIndex(): void {
    this.#sql.exec(`CREATE INDEX IF NOT EXISTS ${index} ON event (seq) WHERE type = 'call.delegated'`)
  }

  /** Whether the session has sub-sessions. Reads no events. */
  get exist(): boolean {
    const isIndexed = this.#sql.exec('SELECT 1 FROM sqlite_master WHERE name = ?', index).toArray().length > 0
    return isIndexed && this.#sql.exec("SELECT 1 FROM event WHERE type = 'call.delegated' LIMIT 1").toArray().length > 0
  }

  /** At most `limit` sub-sessions after the event `after`, oldest first. `seq`: of the last event that was read; null: there are no more. */
  page(tenant: string, session: string, after: number, limit: number): { readonly rows: SubSessionRow[]; readonly seq: number | null } {
    if (!this.exist) return { rows: [], seq: null }
    const found = this.#sql
      .exec<{ seq: number; at: number; body: string; outcome: string | null }>(
        `SELECT d.seq, d.at, d.body, (SELECT e.body ->> 'outcome' FROM turn t JOIN item i ON i.turn_seq = t.seq JOIN event e ON e.seq = i.seq
            WHERE t.turn_id = d.turn_id AND e.type = 'call.ended' AND e.body ->> 'call_id' = d.body ->> 'call_id') AS outcome
          FROM event d WHERE d.type = 'call.delegated' AND d.seq > ? ORDER BY d.seq LIMIT ?`,
        ...[after, limit],
      )
      .toArray()
    const owner = [TenantId.parse(tenant), SessionId.parse(session)] as const
    const rows = found.flatMap(({ at, body, outcome }) => {
      const { session_id, turn_id, call_id, persona_id } = JSON.parse(body)
      return subSessionId(...owner, turn_id, call_id) === session_id ? [{ session_id, turn_id, call_id, persona_id, at, outcome }] : []
    })
    return { rows, seq: found.length === limit ? (found.at(-1)?.seq ?? null) : null }
  }
}
