/** One subject's list of sessions, as the session objects tell it. It works without Postgres, and is what a backup enumerates. */
import { DurableObject } from 'cloudflare:workers'
import type { SessionList, SessionSummary } from '../shared/api.ts'

/** What a session object tells: `seq` orders what it tells of one session; `deleted` stays, so that an older note changes nothing. */
export interface Note {
  readonly summary: SessionSummary
  readonly seq: number
  readonly deleted: boolean
}

/** Where a page of the list begins: after the session with this `updated_at` and id. */
export interface ListCursor {
  readonly updatedAt: number
  readonly sessionId: string
}

type Row = SessionSummary & Record<string, SqlStorageValue>

export class Home extends DurableObject<StateEnv> {
  readonly #sql = this.ctx.storage.sql
  #ready = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'session'").toArray().length > 0

  /** Takes a session's latest word. Older words than what is known change nothing. */
  note({ summary, seq, deleted }: Note): void {
    this.#create()
    const { session_id, title, state, created_at, updated_at, last_turn_id } = summary
    this.#sql.exec(
      `INSERT INTO session (session_id, title, state, created_at, updated_at, last_turn_id, seq, deleted) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET title = excluded.title, state = excluded.state, updated_at = excluded.updated_at,
         last_turn_id = excluded.last_turn_id, seq = excluded.seq, deleted = excluded.deleted
       WHERE excluded.seq > seq`,
      session_id,
      title,
      state,
      created_at,
      updated_at,
      last_turn_id,
      seq,
      deleted ? 1 : 0,
    )
  }

  /** At most `limit` sessions, the last active first. */
  list(limit: number, after: ListCursor | null): { sessions: SessionSummary[]; next: ListCursor | null } {
    if (!this.#ready) return { sessions: [], next: null }
    const { updatedAt, sessionId } = after ?? { updatedAt: Number.MAX_SAFE_INTEGER, sessionId: '' }
    const sessions = this.#sql
      .exec<Row>(
        `SELECT session_id, title, state, created_at, updated_at, last_turn_id FROM session
         WHERE deleted = 0 AND (updated_at, session_id) < (?, ?) ORDER BY updated_at DESC, session_id DESC LIMIT ?`,
        updatedAt,
        sessionId,
        limit + 1,
      )
      .toArray() satisfies SessionList['sessions']
    const last = sessions.length > limit ? sessions[limit - 1] : undefined
    return { sessions: sessions.slice(0, limit), next: last ? { updatedAt: last.updated_at, sessionId: last.session_id } : null }
  }

  #create(): void {
    if (this.#ready) return
    this.#sql.exec(`
      CREATE TABLE session (
        session_id TEXT PRIMARY KEY, title TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
        last_turn_id TEXT, seq INTEGER NOT NULL, deleted INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX session_by_activity ON session (updated_at, session_id) WHERE deleted = 0;
    `)
    this.#ready = true
  }
}
