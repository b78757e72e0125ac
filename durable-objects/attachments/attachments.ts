/**
 * The attachments of one tenant: which files exist, who has them, and where their bytes are. Only this object decides that bytes of the
 * bucket are deleted. A content is stored once per tenant, and deleted with its last attachment.
 */
import type { Attachment as AttachmentView } from '../../shared/api/attachments.ts'
import { limits } from '../../shared/api/limits.ts'
import type { NewFile, StorageLimits, StoredAttachment, WrittenContent } from '../../shared/attachment/store.ts'
import { TenantId } from '../../shared/ids.ts'
import { backoff } from '../../shared/lib/backoff.ts'
import type { Failure } from '../../shared/problem.ts'
import { bucketOf } from '../../shared/residency.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { scannerOf } from '../../shared/scan/scanner.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import type { StoredWorkFile, WorkFile, WorkFolders, WorkUsage, WorkWrite } from '../../shared/workdir/store.ts'
import { alarmDelayMs, type BackupPlan } from '../backup/plan.ts'
import { registerTenant } from '../backup/register.ts'
import { logger } from '../logger.ts'
import { SqlObject } from '../sql-object.ts'
import { Contents } from './contents.ts'
import { type ScanResult, Scans } from './scans.ts'
import { migrations } from './tables.ts'
import { WorkFiles } from './work-files.ts'

/** A page of a session's attachments. */
export interface AttachmentPage {
  readonly attachments: AttachmentView[]
  /** `before` of the next page. Null: this is the last page. */
  readonly next: number | null
}

type Row = Omit<StoredAttachment, 'sessions' | 'finding'> & { readonly n: number; readonly finding: string | null }

const columns = 'n, id, filename, mime, size, attachment.sha256 AS sha256, status, finding, created_at, expires_at, key, owner'
const rowsOf = `SELECT ${columns} FROM attachment JOIN content USING (sha256)`

/** The delay before the first retry of a deletion in the bucket, and the longest. Milliseconds. */
const retryMs = 30_000
const maxRetryMs = 3_600_000
/** Deletions of one alarm, and expired rows that one alarm handles. */
const maxDeletions = 100

const toView = ({ n: _, key: __, owner: ___, ...attachment }: Row): AttachmentView => attachment

export class Attachments extends SqlObject implements WorkFolders {
  static readonly backup: BackupPlan = {
    tables: ['meta', 'content', 'attachment', 'hold', 'work_file', 'work_call', 'released', 'scan'],
    excluded: {
      writing: 'Uploads that have not ended. Their clients start again.',
      orphan: 'Bytes to delete. The bucket keeps them after a restore, which may name them again.',
    },
    register: registerTenant,
    resume: ({ storage }) => storage.setAlarm(Date.now() + alarmDelayMs),
  }

  readonly #sql = this.ctx.storage.sql
  readonly #scans = new Scans({
    sql: this.#sql,
    scanner: () => scannerOf(this.env),
    failsOpen: () => readVariable(this.env, 'SOMA_SCANNER_FAIL') === 'open',
    read: async (key) => (await this.#bucket.get(key))?.body ?? null,
    write: (change) => this.tables.write(change),
    wakeBy: (at) => this.#wakeBy(at),
    log: (event, fields) => logger.write(event, { ...fields, tenant: this.ctx.id.name ?? '' }),
  })
  readonly #contents = new Contents(
    this.#sql,
    (key) => this.#deleteLater(key),
    (sha256) => this.#scans.admit(sha256),
  )
  readonly #work = new WorkFiles(this.#sql, this.#contents)

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, env, migrations)
  }

  /** Reserves `bytes` for an upload that writes the key. Fails with `files_full`. Without `finish`, the alarm deletes what was written. */
  begin(key: string, bytes: number, { totalBytes }: StorageLimits, expiresAt = Date.now() + limits.uploadMs): Result<null, Failure> {
    return this.tables.write(() => {
      const { used } = this.#sql
        .exec<{ used: number }>('SELECT bytes + (SELECT coalesce(sum(reserved), 0) FROM writing) AS used FROM meta')
        .one()
      if (used + bytes > totalBytes) return fail({ kind: 'files_full', limitBytes: totalBytes })
      this.#sql.exec('INSERT INTO writing (key, reserved, expires_at) VALUES (?, ?, ?)', key, bytes, expiresAt)
      this.#wakeBy(expiresAt)
      return ok(null)
    })
  }

  /** Records the bucket's id of an upload in parts, so that the alarm can abort it. False: the upload has expired. */
  startParts(key: string, uploadId: string): boolean {
    return this.tables.write(() => this.#sql.exec('UPDATE writing SET upload_id = ? WHERE key = ?', uploadId, key).rowsWritten > 0)
  }

  /** Makes the written content an attachment. If the tenant has the content, its bytes are not kept twice. Null: the upload has expired. */
  finish(content: WrittenContent, { filename, owner, session }: NewFile): AttachmentView | null {
    return this.tables.write(() => {
      if (this.#sql.exec('DELETE FROM writing WHERE key = ?', content.key).rowsWritten === 0) return null
      if (session !== undefined && this.#isReleased(session)) {
        this.#deleteLater(content.key)
        return null
      }
      this.#contents.add(content)
      const now = Date.now()
      const expiresAt = session === undefined ? now + limits.unusedAttachmentMs : null
      const id = crypto.randomUUID()
      const { n } = this.#sql
        .exec<{ n: number }>(
          'INSERT INTO attachment (id, sha256, filename, owner, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING n',
          id,
          content.sha256,
          filename,
          owner,
          now,
          expiresAt,
        )
        .one()
      if (session !== undefined) this.#sql.exec('INSERT INTO hold VALUES (?, ?)', session, n)
      if (expiresAt !== null) this.#wakeBy(expiresAt)
      return toView(this.#row(id) as Row)
    })
  }

  /** The status of a content, after its scan or `waitMs`. Null: there is no such content. */
  scanned(sha256: string, waitMs: number): Promise<ScanResult | null> {
    return this.tables.exist() ? this.#scans.settled(sha256, waitMs) : Promise.resolve(null)
  }

  /** Deletes what an upload has written so far. */
  abandon(key: string): void {
    this.tables.write(() => this.#abandon(key))
  }

  /** Null: there is no such attachment. */
  find(id: string): StoredAttachment | null {
    const row = this.tables.exist() ? this.#row(id) : undefined
    if (!row) return null
    const { n, ...attachment } = row
    return { ...attachment, sessions: this.#sessionsOf(n) }
  }

  /** The attachments of a session, newest first. */
  list(session: string, limit: number, before: number | null): AttachmentPage {
    if (!this.tables.exist()) return { attachments: [], next: null }
    const rows = this.#sql
      .exec<Row>(
        `${rowsOf} WHERE n IN (SELECT n FROM hold WHERE session = ?) AND n < ? ORDER BY n DESC LIMIT ?`,
        session,
        before ?? Number.MAX_SAFE_INTEGER,
        limit + 1,
      )
      .toArray()
    return { attachments: rows.slice(0, limit).map(toView), next: rows.length > limit ? (rows[limit - 1]?.n ?? null) : null }
  }

  /** Gives attachments to a session. Unknown ones are left out. The caller has checked that the session's users may read them. */
  hold(session: string, ids: readonly string[]): void {
    if (!this.tables.exist()) return
    this.tables.write(() => {
      for (const id of ids) {
        const row = this.#row(id)
        if (!row || this.#sessionsOf(row.n).length >= limits.attachmentSessions) continue
        this.#sql.exec('INSERT OR IGNORE INTO hold VALUES (?, ?)', session, row.n)
        this.#sql.exec('UPDATE attachment SET expires_at = NULL WHERE n = ?', row.n)
      }
    })
  }

  /** Gives those of the attachments to the session `to` that `from` has. */
  copyHolds(from: string, to: string, ids: readonly string[]): void {
    this.hold(
      to,
      ids.filter((id) => this.find(id)?.sessions.includes(from)),
    )
  }

  /** Takes every file from a session that is deleted. What no other session has is deleted. A late write finds no session. */
  releaseSession(session: string): void {
    this.tables.write(() => {
      this.#sql.exec('INSERT OR IGNORE INTO released VALUES (?)', session)
      const held = this.#sql.exec<{ n: number }>('DELETE FROM hold WHERE session = ? RETURNING n', session).toArray()
      for (const { n } of held) if (this.#sessionsOf(n).length === 0) this.#deleteAttachment(n)
      this.#work.removeSession(session)
    })
  }

  /** Takes an attachment from `sessions`, and deletes it if no other session has it. */
  release(id: string, sessions: readonly string[]): void {
    if (!this.tables.exist()) return
    this.tables.write(() => {
      const row = this.#row(id)
      if (!row) return
      for (const session of sessions) this.#sql.exec('DELETE FROM hold WHERE session = ? AND n = ?', session, row.n)
      if (this.#sessionsOf(row.n).length === 0) this.#deleteAttachment(row.n)
    })
  }

  workFile(session: string, path: string, call?: string): { file: StoredWorkFile | null; isWritten: boolean } {
    if (!this.tables.exist()) return { file: null, isWritten: false }
    return { file: this.#work.find(session, path), isWritten: call !== undefined && this.#work.isWritten(session, call) }
  }

  workFiles(session: string, folder: string): { files: WorkFile[]; usage: WorkUsage } {
    if (!this.tables.exist()) return { files: [], usage: { files: 0, bytes: 0 } }
    return { files: this.#work.list(session, folder), usage: this.#work.usage(session) }
  }

  writeWorkFile(write: WorkWrite): Result<WorkFile, Failure | 'changed'> {
    const { key } = write.content
    return this.tables.write(() => {
      const { session, path, call } = write
      if (this.#sql.exec('DELETE FROM writing WHERE key = ?', key).rowsWritten === 0)
        return fail({ kind: 'unavailable', what: 'The upload, which took too long,' })
      const written = call !== undefined && this.#work.isWritten(session, call) ? this.#work.find(session, path) : null
      const result = written ? ok(written) : this.#isReleased(session) ? fail<Failure>({ kind: 'not_found' }) : this.#work.write(write)
      if (written || !result.ok) this.#deleteLater(key)
      return result
    })
  }

  removeWorkFiles(session: string, path: string): number {
    return this.tables.exist() ? this.tables.write(() => this.#work.remove(session, path)) : 0
  }

  copyWorkFiles(from: string, to: string): void {
    if (this.tables.exist()) this.tables.write(() => this.#work.copy(from, to))
  }

  /** Ends what has expired, then deletes bytes in the bucket. A deletion that fails is retried. */
  override async alarm(): Promise<void> {
    if (!this.tables.exist()) return
    const now = Date.now()
    this.#scans.startDue()
    this.tables.write(() => {
      for (const { key } of this.#sql
        .exec<{ key: string }>('SELECT key FROM writing WHERE expires_at <= ? LIMIT ?', now, maxDeletions)
        .toArray())
        this.#abandon(key)
      for (const { n } of this.#sql
        .exec<{ n: number }>('SELECT n FROM attachment WHERE expires_at <= ? LIMIT ?', now, maxDeletions)
        .toArray())
        this.#deleteAttachment(n)
    })
    const orphans = this.#sql
      .exec<{ key: string; upload_id: string | null; tries: number }>(
        'SELECT key, upload_id, tries FROM orphan WHERE at <= ? LIMIT ?',
        Date.now(),
        maxDeletions,
      )
      .toArray()
    for (const orphan of orphans) await this.#deleteBytes(orphan)
    this.#arm()
  }

  async #deleteBytes({ key, upload_id, tries }: { key: string; upload_id: string | null; tries: number }): Promise<void> {
    try {
      const bucket = this.#bucket
      // An upload that has ended, or was aborted, has no parts to abort.
      if (upload_id !== null)
        await bucket
          .resumeMultipartUpload(key, upload_id)
          .abort()
          .catch(() => {})
      // The text of a document is kept beside it.
      await bucket.delete([key, `${key}.text`])
      this.#sql.exec('DELETE FROM orphan WHERE key = ?', key)
    } catch (error) {
      logger.write('files.undeleted', { error, tenant: this.ctx.id.name ?? '', attempts: tries })
      this.#sql.exec('UPDATE orphan SET tries = tries + 1, at = ? WHERE key = ?', Date.now() + backoff(tries + 1, retryMs, maxRetryMs), key)
    }
  }

  get #bucket(): R2Bucket {
    return bucketOf(this.env, TenantId.parse(this.ctx.id.name))
  }

  #row(id: string): Row | undefined {
    return this.#sql.exec<Row>(`${rowsOf} WHERE id = ?`, id).toArray()[0]
  }

  #sessionsOf(n: number): string[] {
    return this.#sql
      .exec<{ session: string }>('SELECT session FROM hold WHERE n = ? ORDER BY session', n)
      .toArray()
      .map(({ session }) => session)
  }

  #isReleased(session: string): boolean {
    return this.#sql.exec('SELECT 1 FROM released WHERE session = ?', session).toArray().length > 0
  }

  /** Call inside a transaction, as the functions below. */
  #deleteAttachment(n: number): void {
    const [deleted] = this.#sql.exec<{ sha256: string }>('DELETE FROM attachment WHERE n = ? RETURNING sha256', n).toArray()
    if (deleted) this.#contents.drop(deleted.sha256)
  }

  #abandon(key: string): void {
    const [writing] = this.#sql.exec<{ upload_id: string | null }>('DELETE FROM writing WHERE key = ? RETURNING upload_id', key).toArray()
    if (writing) this.#deleteLater(key, writing.upload_id)
  }

  #deleteLater(key: string, uploadId: string | null = null): void {
    const now = Date.now()
    this.#sql.exec('INSERT OR REPLACE INTO orphan VALUES (?, ?, 0, ?)', key, uploadId, now)
    this.#wakeBy(now)
  }

  #alarmAt: number | null = null

  /** Sets the alarm no later than `at`. An early alarm costs three queries. */
  #wakeBy(at: number): void {
    if (this.#alarmAt !== null && this.#alarmAt <= at) return
    this.#alarmAt = at
    void this.ctx.storage.setAlarm(at)
  }

  /** Sets the alarm for what is left, after one has fired. */
  #arm(): void {
    const { next } = this.#sql
      .exec<{ next: number | null }>(
        `SELECT min(at) AS next FROM (SELECT min(expires_at) AS at FROM writing
         UNION ALL SELECT min(expires_at) FROM attachment UNION ALL SELECT min(at) FROM orphan)`,
      )
      .one()
    this.#alarmAt = null
    for (const at of [next, this.#scans.nextAt()]) if (at !== null) this.#wakeBy(Math.max(at, Date.now()))
  }
}
