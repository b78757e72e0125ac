/** The contents of a tenant: bytes in the bucket, once per SHA-256. Call the methods inside a transaction. */
import type { AttachmentStatus } from '../../shared/api/attachments.ts'
import type { WrittenContent } from '../../shared/attachment/store.ts'

export class Contents {
  readonly #sql: SqlStorage
  readonly #deleteLater: (key: string) => void
  readonly #admit: (sha256: string) => AttachmentStatus

  /** `deleteLater`: deletes a key of the bucket, some time after the transaction. `admit`: the status of a new content. */
  constructor(sql: SqlStorage, deleteLater: (key: string) => void, admit: (sha256: string) => AttachmentStatus) {
    this.#sql = sql
    this.#deleteLater = deleteLater
    this.#admit = admit
  }

  /** Adds a content. If the tenant has it already, its bytes are not kept twice. */
  add({ key, sha256, size, mime }: WrittenContent): void {
    if (this.#sql.exec('SELECT 1 FROM content WHERE sha256 = ?', sha256).toArray().length > 0) {
      this.#deleteLater(key)
      return
    }
    this.#sql.exec(
      'INSERT INTO content (sha256, key, size, mime, status) VALUES (?, ?, ?, ?, ?)',
      sha256,
      key,
      size,
      mime,
      this.#admit(sha256),
    )
    this.#sql.exec('UPDATE meta SET bytes = bytes + ?', size)
  }

  /** Deletes a content that neither an attachment nor a working folder names. */
  drop(sha256: string): void {
    const isUsed = this.#sql
      .exec('SELECT 1 FROM attachment WHERE sha256 = ?1 UNION ALL SELECT 1 FROM work_file WHERE sha256 = ?1 LIMIT 1', sha256)
      .toArray()
    if (isUsed.length > 0) return
    const [content] = this.#sql
      .exec<{ key: string; size: number }>('DELETE FROM content WHERE sha256 = ? RETURNING key, size', sha256)
      .toArray()
    if (!content) return
    this.#sql.exec('DELETE FROM scan WHERE sha256 = ?', sha256)
    this.#sql.exec('UPDATE meta SET bytes = bytes - ?', content.size)
    this.#deleteLater(content.key)
  }
}
