/** The working folders of a tenant's sessions. Call the methods inside a transaction. */
import { limits } from '../../shared/api/limits.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { foldedPath, parentsOf } from '../../shared/workdir/path.ts'
import type { StoredWorkFile, WorkFile, WorkUsage, WorkWrite } from '../../shared/workdir/store.ts'
import type { Contents } from './contents.ts'

/** Calls of one session that are known to have written. An executor runs a call again within minutes. */
const knownCalls = 1_000

const columns = 'path, work_file.mime AS mime, size, work_file.sha256 AS sha256, status, modified_at'
const rowsOf = 'FROM work_file JOIN content USING (sha256) WHERE session = ?'
/** Rows below a folder: `0` follows `/` in the order of bytes. */
const below = (folded: string): [string, string] => [`${folded}/`, `${folded}0`]

export class WorkFiles {
  readonly #sql: SqlStorage
  readonly #contents: Contents

  constructor(sql: SqlStorage, contents: Contents) {
    this.#sql = sql
    this.#contents = contents
  }

  find(session: string, path: string): StoredWorkFile | null {
    const rows = this.#sql.exec<StoredWorkFile & Record<string, SqlStorageValue>>(
      `SELECT ${columns}, key ${rowsOf} AND folded = ?`,
      session,
      foldedPath(path),
    )
    return rows.toArray()[0] ?? null
  }

  isWritten(session: string, call: string): boolean {
    return this.#sql.exec('SELECT 1 FROM work_call WHERE session = ? AND call = ?', session, call).toArray().length > 0
  }

  list(session: string, folder: string): WorkFile[] {
    const [from, to] = folder === '' ? ['', '\u{10ffff}'] : below(foldedPath(folder))
    const query = `SELECT ${columns} ${rowsOf} AND folded >= ? AND folded < ? ORDER BY folded`
    return this.#sql.exec<WorkFile & Record<string, SqlStorageValue>>(query, session, from, to).toArray()
  }

  usage(session: string): WorkUsage {
    return this.#sql
      .exec<WorkUsage & Record<string, SqlStorageValue>>(`SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes ${rowsOf}`, session)
      .one()
  }

  /** Makes the content a file. After a failure, the caller deletes the content's key. */
  write({ session, path, content, call, expected }: WorkWrite): Result<WorkFile, Failure | 'changed'> {
    const before = this.find(session, path)
    if (expected !== undefined && before?.sha256 !== expected) return fail('changed')
    const taken = before ? undefined : this.#taken(session, path)
    if (taken !== undefined) return fail({ kind: 'path_taken', path: taken })
    const usage = this.usage(session)
    const files = usage.files + (before ? 0 : 1)
    const bytes = usage.bytes - (before?.size ?? 0) + content.size
    const { workdirFiles: limitFiles, workdirBytes: limitBytes } = limits
    if (files > limitFiles || bytes > limitBytes) return fail({ kind: 'workdir_full', limitFiles, limitBytes })
    this.#contents.add(content)
    this.#sql.exec(
      // A file keeps the spelling of its path.
      `INSERT INTO work_file VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET sha256 = excluded.sha256, mime = excluded.mime, modified_at = excluded.modified_at`,
      session,
      foldedPath(path),
      path,
      content.sha256,
      content.mime,
      Date.now(),
    )
    if (before && before.sha256 !== content.sha256) this.#contents.drop(before.sha256)
    if (call !== undefined) this.#noteCall(session, call)
    const { key: _, ...file } = this.find(session, path) as StoredWorkFile
    return ok(file)
  }

  /** Deletes the file, or the files below the folder. */
  remove(session: string, path: string): number {
    const folded = foldedPath(path)
    const deleted = this.#sql.exec<{ sha256: string }>(
      'DELETE FROM work_file WHERE session = ? AND (folded = ? OR (folded >= ? AND folded < ?)) RETURNING sha256',
      session,
      folded,
      ...below(folded),
    )
    return this.#dropAll(deleted.toArray())
  }

  removeSession(session: string): void {
    this.#dropAll(this.#sql.exec<{ sha256: string }>('DELETE FROM work_file WHERE session = ? RETURNING sha256', session).toArray())
    this.#sql.exec('DELETE FROM work_call WHERE session = ?', session)
  }

  copy(from: string, to: string): void {
    this.#sql.exec(
      `INSERT OR IGNORE INTO work_file SELECT ?, folded, path, sha256, mime, modified_at FROM work_file WHERE session = ?`,
      to,
      from,
    )
  }

  #dropAll(deleted: readonly { sha256: string }[]): number {
    for (const { sha256 } of deleted) this.#contents.drop(sha256)
    return deleted.length
  }

  /** The file where the path has a folder, or the path itself if it is a folder. */
  #taken(session: string, path: string): string | undefined {
    const parent = parentsOf(path).find((folder) => this.find(session, folder) !== null)
    return parent ?? (this.list(session, path).length > 0 ? path : undefined)
  }

  #noteCall(session: string, call: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO work_call (session, call) VALUES (?, ?)', session, call)
    this.#sql.exec(
      'DELETE FROM work_call WHERE session = ?1 AND n <= (SELECT n FROM work_call WHERE session = ?1 ORDER BY n DESC LIMIT 1 OFFSET ?2)',
      session,
      knownCalls,
    )
  }
}
