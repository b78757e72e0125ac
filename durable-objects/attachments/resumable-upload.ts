/**
 * One resumable upload (tus 1.0): the only writer of its bytes. The bucket takes parts of one size. So a request of any size is split
 * again, and this object keeps the rest. What has arrived stays, also when the connection breaks.
 */
import type { Attachment } from '../../shared/api/attachments.ts'
import { limits } from '../../shared/api/limits.ts'
import { contentTypeOf, headBytes } from '../../shared/attachment/content-type.ts'
import { partBytes } from '../../shared/attachment/part-writer.ts'
import type { NewUpload, UploadState } from '../../shared/attachment/resumable.ts'
import { TenantId } from '../../shared/ids.ts'
import { toHex } from '../../shared/lib/hex.ts'
import type { Failure } from '../../shared/problem.ts'
import { bucketOf } from '../../shared/residency.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { acceptsType } from '../../shared/settings/uploads.ts'
import type { Migrations } from '../migrations.ts'
import { SqlObject } from '../sql-object.ts'

/** `received`: the bytes in the parts and in the tail. `attachment`: the result, as JSON. */
const migrations: Migrations = [
  (sql) => {
    sql.exec(`
      CREATE TABLE meta (schema INTEGER NOT NULL);
      CREATE TABLE upload (request TEXT NOT NULL, received INTEGER NOT NULL, upload_id TEXT, attachment TEXT);
      CREATE TABLE part (n INTEGER PRIMARY KEY, etag TEXT NOT NULL);
      CREATE TABLE tail (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
      INSERT INTO meta VALUES (1);
    `)
  },
]

/** Bytes of one row of the tail. SQLite takes rows of up to 2 MB. */
const rowBytes = 1_000_000

interface Row {
  readonly request: NewUpload
  readonly received: number
  readonly uploadId: string | null
  readonly attachment: Attachment | null
}

/** A request that is being received. */
interface Receiving {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
  readonly ended: Promise<unknown>
}

export class ResumableUpload extends SqlObject {
  static readonly backup = 'An upload that has not ended. Its client starts again.'

  readonly #sql = this.ctx.storage.sql
  #receiving: Receiving | null = null

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, env, migrations)
  }

  /** Creates the upload. Its room is reserved until it expires. */
  async create(request: NewUpload): Promise<Result<UploadState, Failure>> {
    const begun = await this.#attachments.begin(request.key, request.length, { totalBytes: request.totalBytes }, request.expiresAt)
    if (!begun.ok) return begun
    this.tables.write(() => this.#sql.exec('INSERT INTO upload (request, received) VALUES (?, 0)', JSON.stringify(request)))
    await this.ctx.storage.setAlarm(request.expiresAt)
    return request.length === 0 ? this.#finish() : ok(this.#state())
  }

  /** How far the upload is. A request that is still open has lost its client, and ends here. Null: no such upload of this user. */
  async state(owner: string): Promise<UploadState | null> {
    await this.#endReceiving()
    return this.#row()?.request.owner === owner ? this.#state() : null
  }

  /** Appends bytes from `offset` on. With the last byte, makes the attachment. Fails with `upload_offset`. */
  async append(owner: string, offset: number, bytes: ReadableStream<Uint8Array>): Promise<Result<UploadState, Failure>> {
    await this.#endReceiving()
    const row = this.#row()
    if (row?.request.owner !== owner) return fail({ kind: 'not_found' })
    if (offset !== row.received) return fail({ kind: 'upload_offset', offset: row.received })
    const reader = bytes.getReader()
    const ended = this.#receive(reader)
    this.#receiving = { reader, ended }
    try {
      await ended
    } finally {
      if (this.#receiving?.ended === ended) this.#receiving = null
    }
    const now = this.#row()
    if (!now) return fail({ kind: 'not_found' })
    return now.received === now.request.length ? this.#finish() : ok(this.#state())
  }

  /** Ends the upload and deletes its bytes. False: no such upload of this user. */
  async remove(owner: string): Promise<boolean> {
    await this.#endReceiving()
    if (this.#row()?.request.owner !== owner) return false
    await this.#erase()
    return true
  }

  /** The upload has expired. */
  override async alarm(): Promise<void> {
    await this.#endReceiving()
    if (this.#row()) await this.#erase()
  }

  async #erase(): Promise<void> {
    const row = this.#row()
    // The bytes of an attachment are its own.
    if (row && !row.attachment) await this.#attachments.abandon(row.request.key)
    await this.ctx.storage.deleteAll()
    this.tables.reopen()
  }

  async #endReceiving(): Promise<void> {
    const receiving = this.#receiving
    if (!receiving) return
    await receiving.reader.cancel().catch(() => {})
    await receiving.ended.catch(() => {})
  }

  /** Writes what arrives, in parts. The rest is kept here, however the request ends. */
  async #receive(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const buffer = new Uint8Array(partBytes)
    let used = this.#loadTail(buffer)
    const { request, received } = this.#row() as Row
    let left = request.length - received
    try {
      for (;;) {
        if (used === partBytes) {
          await this.#sendPart(buffer)
          used = 0
        }
        if (left === 0) break
        const { value, done } = await reader.read()
        if (done) break
        for (let rest = value.subarray(0, left); rest.length > 0; ) {
          const piece = rest.subarray(0, partBytes - used)
          buffer.set(piece, used)
          used += piece.length
          left -= piece.length
          rest = rest.subarray(piece.length)
          if (used === partBytes && rest.length > 0) {
            await this.#sendPart(buffer)
            used = 0
          }
        }
      }
    } catch {
      // The client was cut off, or the bucket did not answer. The client asks how far the upload is, and continues.
    } finally {
      this.#saveTail(buffer.subarray(0, used))
      await reader.cancel().catch(() => {})
    }
  }

  async #sendPart(bytes: Uint8Array): Promise<void> {
    const { request, uploadId } = this.#row() as Row
    const upload = uploadId
      ? this.#bucket.resumeMultipartUpload(request.key, uploadId)
      : await this.#bucket.createMultipartUpload(request.key)
    if (!uploadId) {
      await this.#attachments.startParts(request.key, upload.uploadId)
      this.#sql.exec('UPDATE upload SET upload_id = ?', upload.uploadId)
    }
    const n = this.#parts().length + 1
    const { etag } = await upload.uploadPart(n, bytes)
    this.tables.write(() => {
      this.#sql.exec('INSERT INTO part VALUES (?, ?)', n, etag)
      this.#sql.exec('DELETE FROM tail')
      this.#sql.exec('UPDATE upload SET received = ?', n * partBytes)
    })
  }

  #parts(): R2UploadedPart[] {
    return this.#sql
      .exec<{ n: number; etag: string }>('SELECT n, etag FROM part ORDER BY n')
      .toArray()
      .map(({ n, etag }) => ({ partNumber: n, etag }))
  }

  #loadTail(buffer: Uint8Array): number {
    let used = 0
    for (const { bytes } of this.#sql.exec<{ bytes: ArrayBuffer }>('SELECT bytes FROM tail ORDER BY n')) {
      buffer.set(new Uint8Array(bytes), used)
      used += bytes.byteLength
    }
    return used
  }

  #saveTail(bytes: Uint8Array): void {
    this.tables.write(() => {
      this.#sql.exec('DELETE FROM tail')
      for (let at = 0; at < bytes.length; at += rowBytes)
        this.#sql.exec('INSERT INTO tail VALUES (?, ?)', at, bytes.slice(at, at + rowBytes))
      this.#sql.exec('UPDATE upload SET received = ?', this.#parts().length * partBytes + bytes.length)
    })
  }

  /** Completes the bytes and makes the attachment. A repeated call has the same result. */
  async #finish(): Promise<Result<UploadState, Failure>> {
    const { request, attachment } = this.#row() as Row
    if (attachment) return ok(this.#state())
    await this.#completeBytes()
    const { key, filename, owner, session, length: size } = request
    const head = size === 0 ? undefined : await this.#bucket.get(key, { range: { offset: 0, length: Math.min(headBytes, size) } })
    const mime = await contentTypeOf(new Uint8Array((await head?.arrayBuffer()) ?? new ArrayBuffer(0)), filename)
    if (!acceptsType(mime, request)) {
      await this.#erase()
      return fail({ kind: 'file_type_refused', mime })
    }
    const content = { key, sha256: await this.#hash(key), size, mime, status: 'clean' as const }
    const made = await this.#attachments.finish(content, { filename, owner, session })
    if (!made) {
      await this.#erase()
      return fail({ kind: 'not_found' })
    }
    const scan = made.status === 'pending' ? await this.#attachments.scanned(content.sha256, limits.scanWaitMs) : null
    this.#sql.exec('UPDATE upload SET attachment = ?', JSON.stringify({ ...made, ...scan }))
    return ok(this.#state())
  }

  async #completeBytes(): Promise<void> {
    const { request, uploadId } = this.#row() as Row
    // An earlier call may have completed them.
    if ((await this.#bucket.head(request.key))?.size === request.length) return
    const buffer = new Uint8Array(partBytes)
    const tail = buffer.subarray(0, this.#loadTail(buffer))
    if (!uploadId) {
      await this.#bucket.put(request.key, tail)
      return
    }
    const upload = this.#bucket.resumeMultipartUpload(request.key, uploadId)
    const parts = this.#parts()
    const last = tail.length > 0 ? [await upload.uploadPart(parts.length + 1, tail)] : []
    await upload.complete([...parts, ...last])
  }

  async #hash(key: string): Promise<string> {
    const object = await this.#bucket.get(key)
    if (!object) throw new Error('the bucket lost an upload')
    const digest = new crypto.DigestStream('SHA-256')
    await object.body.pipeTo(digest)
    return toHex(new Uint8Array(await digest.digest))
  }

  #row(): Row | undefined {
    if (!this.tables.exist()) return undefined
    const [row] = this.#sql
      .exec<{ request: string; received: number; upload_id: string | null; attachment: string | null }>('SELECT * FROM upload')
      .toArray()
    if (!row) return undefined
    const { request, received, upload_id: uploadId, attachment } = row
    return { request: JSON.parse(request), received, uploadId, attachment: attachment === null ? null : JSON.parse(attachment) }
  }

  #state(): UploadState {
    const { request, received, attachment } = this.#row() as Row
    return { offset: received, length: request.length, expiresAt: request.expiresAt, attachment }
  }

  get #tenant(): TenantId {
    return TenantId.parse(this.ctx.id.name?.split('/')[0])
  }

  get #attachments() {
    return this.env.ATTACHMENTS.getByName(this.#tenant)
  }

  get #bucket(): R2Bucket {
    return bucketOf(this.env, this.#tenant)
  }
}
