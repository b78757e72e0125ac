/** One subject's list of sessions, as the session objects tell it. It works without Postgres, and is what a backup enumerates. */
import { DurableObject } from 'cloudflare:workers'
import type { SessionList, SessionSummary } from '../../shared/api/sessions.ts'
import { parseSessionListObjectName } from '../../shared/ids.ts'
import { withResidency } from '../../shared/residency.ts'
import { type Migrations, migrate, storedSchema } from '../session/schema.ts'
import { enterSubject } from './directory.ts'

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

const migrations: Migrations = [
  (sql) => {
    sql.exec(`
      CREATE TABLE session (
        session_id TEXT PRIMARY KEY, title TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
        last_turn_id TEXT, seq INTEGER NOT NULL, deleted INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX session_by_activity ON session (updated_at, session_id) WHERE deleted = 0;
    `)
  },
  // Its number, and whether the directory knows of it.
  (sql) => {
    sql.exec('CREATE TABLE meta (schema INTEGER NOT NULL, entered INTEGER NOT NULL)')
    sql.exec('INSERT INTO meta VALUES (2, 0)')
  },
]

export class Home extends DurableObject<StateEnv> {
  readonly #sql = this.ctx.storage.sql
  #entered = false

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, withResidency(env))
  }

  /** Takes a session's latest word. Older words than what is known change nothing. Throws if the directory cannot be told of us: say it again. */
  async note({ summary, seq, deleted }: Note): Promise<void> {
    this.#migrate()
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
    await this.#enter()
  }

  /** At most `limit` sessions, the last active first. */
  list(limit: number, after: ListCursor | null): { sessions: SessionSummary[]; next: ListCursor | null } {
    if (!this.#exists()) return { sessions: [], next: null }
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

  /** At most `limit` sessions after `after` by id, the deleted ones too: what a backup asks for. */
  everySession(after: string, limit: number): string[] {
    if (!this.#exists()) return []
    const rows = this.#sql.exec<{ session_id: string }>(
      'SELECT session_id FROM session WHERE session_id > ? ORDER BY session_id LIMIT ?',
      after,
      limit,
    )
    return rows.toArray().map(({ session_id }) => session_id)
  }

  /** How many sessions there are, the deleted ones too. */
  count(): number {
    return this.#exists() ? this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM session').one().n : 0
  }

  /** The directory knows of us before anybody is told that we know of a session. Once: what it knows stays. */
  async #enter(): Promise<void> {
    this.#entered ||= this.#sql.exec('SELECT 1 FROM meta WHERE entered = 1').toArray().length > 0
    if (this.#entered) return
    const { tenant, subject } = parseSessionListObjectName(this.ctx.id.name ?? '')
    await enterSubject(this.env.DIRECTORY, tenant, subject)
    this.#sql.exec('UPDATE meta SET entered = 1')
    this.#entered = true
  }

  /** Whether there are tables; if so, they are as this code knows them. */
  #exists(): boolean {
    if (this.#schema() === 0) return false
    this.#migrate()
    return true
  }

  #migrate(): void {
    migrate(this.ctx.storage, this.#schema(), migrations)
  }

  /** The first tables bore no number. */
  #schema(): number {
    return storedSchema(this.#sql) || (this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'session'").toArray().length > 0 ? 1 : 0)
  }
}
