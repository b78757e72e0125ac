/** One subject's list of sessions. The session objects update it. It works without Postgres, and a backup enumerates it. */
import { limits } from '../../shared/api/limits.ts'
import type { ListEntry, SessionList, SessionSummary } from '../../shared/api/sessions.ts'
import { parseSessionListObjectName } from '../../shared/ids.ts'
import { cutText } from '../../shared/lib/cut-text.ts'
import { registerSubject } from '../directory/directory.ts'
import { type Migrations, storedSchema } from '../migrations.ts'
import { SqlObject } from '../sql-object.ts'
import { sessionListBackup } from './backup.ts'
import { addShelf, listPage, subShelf } from './shelf.ts'

/**
 * An update from a session object. `seq` orders the updates of one session. A `deleted` row stays, so an older update changes nothing.
 * `erase_at`: until then a `deleted` session can be restored, Unix ms. Null: it cannot. An older session object sends none. `is_sub`: a sub-session,
 * which backups enumerate and pages leave out.
 */
export interface SessionListUpdate {
  readonly summary: SessionSummary
  readonly seq: number
  readonly deleted: boolean
  readonly erase_at?: number | null
  readonly is_sub?: boolean
}

/** The start of a page: after the session with this `updated_at` and id. */
export interface ListCursor {
  readonly updatedAt: number
  readonly sessionId: string
}

type Row = Omit<SessionSummary, 'pinned' | 'archived'> & { pinned: number; archived: number } & Record<string, SqlStorageValue>

/** Deleted sessions that can be restored. Without a schema number, so that an earlier release can still use the list. */
const trashTable = `
  CREATE TABLE IF NOT EXISTS trash (session_id TEXT PRIMARY KEY, trashed_at INTEGER NOT NULL, erase_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS trash_by_time ON trash (trashed_at, session_id)`

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
  // The schema number, and whether the directory has registered this list.
  (sql) => {
    sql.exec('CREATE TABLE meta (schema INTEGER NOT NULL, entered INTEGER NOT NULL)')
    sql.exec('INSERT INTO meta VALUES (2, 0)')
  },
]

/** The first tables had no number: without `meta`, a table `session` means schema 1. */
const listSchema = (sql: SqlStorage): number =>
  storedSchema(sql) || (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'session'").toArray().length > 0 ? 1 : 0)

/** The first `limit` of `sessions`, and where the next page starts. */
function pageOf(sessions: SessionSummary[], limit: number): { sessions: SessionSummary[]; next: ListCursor | null } {
  const last = sessions.length > limit ? sessions[limit - 1] : undefined
  return { sessions: sessions.slice(0, limit), next: last ? { updatedAt: last.updated_at, sessionId: last.session_id } : null }
}

/** The list of one subject's sessions. The class name is stored, so it stays `Home`. */
export class Home extends SqlObject {
  static readonly backup = sessionListBackup

  readonly #sql = this.ctx.storage.sql
  #isRegistered = false
  #hasMarks = false
  #hasTrash = false

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, env, migrations, listSchema)
  }

  /** Applies an update. Older updates change nothing. Throws if the directory does not respond. The session then retries. */
  async note({ summary, seq, deleted, erase_at = null, is_sub = false }: SessionListUpdate): Promise<void> {
    this.tables.migrate()
    const { session_id, title, state, created_at, updated_at, last_turn_id } = summary
    this.#sql.exec(
      `INSERT INTO session (session_id, title, state, created_at, updated_at, last_turn_id, seq, deleted) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET title = excluded.title, state = excluded.state, updated_at = excluded.updated_at,
         last_turn_id = excluded.last_turn_id, seq = excluded.seq, deleted = excluded.deleted
       WHERE excluded.seq > seq`,
      session_id,
      cutText(title, limits.titleUnits),
      state,
      created_at,
      updated_at,
      last_turn_id,
      seq,
      deleted ? 1 : 0,
    )
    if (this.#sql.exec('SELECT 1 FROM session WHERE session_id = ? AND seq = ?', session_id, seq).toArray().length > 0)
      this.#setTrash(session_id, updated_at, erase_at)
    if (is_sub) {
      this.#addMarks()
      this.#sql.exec('UPDATE session SET shelved = ? WHERE session_id = ? AND shelved <> ?', subShelf, session_id, subShelf)
    }
    await this.#register()
  }

  /** Adds the index of marks, once in each instance. */
  #addMarks(): void {
    if (this.#hasMarks) return
    addShelf(this.ctx.storage)
    this.#hasMarks = true
  }

  /** Pins or archives a session of the list. False: the list does not have it. An archived session is not pinned. */
  mark(sessionId: string, { pinned, archived }: ListEntry): boolean {
    if (!this.tables.exist()) return false
    this.#addMarks()
    if (
      this.#sql.exec('SELECT 1 FROM session WHERE session_id = ? AND deleted = 0 AND shelved <> ?', sessionId, subShelf).toArray()
        .length === 0
    )
      return false
    this.#sql.exec('INSERT INTO mark (session_id) VALUES (?) ON CONFLICT DO NOTHING', sessionId)
    if (pinned !== undefined) this.#sql.exec('UPDATE mark SET pinned = ? WHERE session_id = ?', pinned ? 1 : 0, sessionId)
    if (archived !== undefined) this.#sql.exec('UPDATE mark SET archived = ? WHERE session_id = ?', archived ? 1 : 0, sessionId)
    if (archived) this.#sql.exec('UPDATE mark SET pinned = 0 WHERE session_id = ?', sessionId)
    this.#sql.exec('DELETE FROM mark WHERE session_id = ? AND pinned = 0 AND archived = 0', sessionId)
    return true
  }

  /**
   * At most `limit` sessions, most recently active first: those that are `archived`, or all others. Titles are cut: an older release
   * stored longer ones.
   */
  list(limit: number, after: ListCursor | null, archived = false): { sessions: SessionSummary[]; next: ListCursor | null } {
    if (!this.tables.exist()) return { sessions: [], next: null }
    this.#addMarks()
    const { updatedAt, sessionId } = after ?? { updatedAt: Number.MAX_SAFE_INTEGER, sessionId: '' }
    const sessions = this.#sql
      .exec<Row>(listPage, archived ? 1 : 0, updatedAt, sessionId, limit + 1)
      .toArray()
      .map(({ pinned, archived, ...row }) => ({
        ...row,
        title: cutText(row.title, limits.titleUnits),
        ...(pinned === 1 && { pinned: true }),
        ...(archived === 1 && { archived: true }),
      })) satisfies SessionList['sessions']
    return pageOf(sessions, limit)
  }

  /** Adds the table of deleted sessions, once in each instance. */
  #addTrash(): void {
    if (!this.#hasTrash) this.#sql.exec(trashTable)
    this.#hasTrash = true
  }

  #setTrash(sessionId: string, trashedAt: number, eraseAt: number | null): void {
    this.#addTrash()
    if (eraseAt === null) this.#sql.exec('DELETE FROM trash WHERE session_id = ?', sessionId)
    else this.#sql.exec('INSERT OR REPLACE INTO trash (session_id, trashed_at, erase_at) VALUES (?, ?, ?)', sessionId, trashedAt, eraseAt)
  }

  /** At most `limit` deleted sessions that can be restored, last deleted first. */
  listTrash(limit: number, after: ListCursor | null): { sessions: SessionSummary[]; next: ListCursor | null } {
    if (!this.tables.exist()) return { sessions: [], next: null }
    this.#addTrash()
    this.#addMarks()
    const { updatedAt, sessionId } = after ?? { updatedAt: Number.MAX_SAFE_INTEGER, sessionId: '' }
    const sessions = this.#sql
      .exec<Omit<SessionSummary, 'pinned' | 'archived'> & Record<string, SqlStorageValue>>(
        `SELECT session_id, substr(title, 1, ${limits.titleUnits}) AS title, state, created_at, trashed_at AS updated_at, last_turn_id, erase_at
         FROM trash JOIN session USING (session_id)
         WHERE (trashed_at, session_id) < (?, ?) AND shelved <> ${subShelf} ORDER BY trashed_at DESC, session_id DESC LIMIT ?`,
        updatedAt,
        sessionId,
        limit + 1,
      )
      .toArray()
    return pageOf(sessions, limit)
  }

  /** At most `limit` session ids after `after`, including deleted ones, for a backup. */
  everySession(after: string, limit: number): string[] {
    if (!this.tables.exist()) return []
    const rows = this.#sql.exec<{ session_id: string }>(
      'SELECT session_id FROM session WHERE session_id > ? ORDER BY session_id LIMIT ?',
      after,
      limit,
    )
    return rows.toArray().map(({ session_id }) => session_id)
  }

  /** The number of sessions, including deleted ones. */
  count(): number {
    return this.tables.exist() ? this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM session').one().n : 0
  }

  /** Registers this list in the directory before any session is confirmed to be in it. Once, because a directory entry stays. */
  async #register(): Promise<void> {
    this.#isRegistered ||= this.#sql.exec('SELECT 1 FROM meta WHERE entered = 1').toArray().length > 0
    if (this.#isRegistered) return
    const { tenant, subject } = parseSessionListObjectName(this.ctx.id.name ?? '')
    await registerSubject(this.env.DIRECTORY, tenant, subject)
    this.#sql.exec('UPDATE meta SET entered = 1')
    this.#isRegistered = true
  }
}
