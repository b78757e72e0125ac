/** Stores the bytes of one uploaded file in the bucket, as they arrive. */
import { contentTypeOf, headBytes } from '../../../shared/attachment/content-type.ts'
import { PartWriter } from '../../../shared/attachment/part-writer.ts'
import type { WrittenContent } from '../../../shared/attachment/store.ts'
import { toHex } from '../../../shared/lib/hex.ts'
import { joinBytes } from '../../../shared/lib/join-bytes.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { acceptsType, type UploadSettings } from '../../../shared/settings/uploads.ts'

/** The bytes of one file, and where they go. */
export interface IncomingFile {
  readonly bucket: R2Bucket
  readonly key: string
  readonly filename: string
  readonly body: AsyncIterable<Uint8Array>
  readonly settings: UploadSettings
  /** Records an upload in parts, so that it can be aborted. */
  onUpload(uploadId: string): Promise<void>
}

/** Writes the file. Fails with `file_too_large` or `file_type_refused` as soon as that is known. The caller then deletes the key. */
export async function storeFile(file: IncomingFile): Promise<Result<WrittenContent, Failure>> {
  const { bucket, key, filename, body, settings, onUpload } = file
  const digest = new crypto.DigestStream('SHA-256')
  const hash = digest.getWriter()
  const writer = new PartWriter(bucket, key, onUpload)
  const head: Uint8Array[] = []
  let mime: string | undefined
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > settings.max_file_bytes) return fail({ kind: 'file_too_large', limitBytes: settings.max_file_bytes })
      if (mime === undefined) {
        // Chunks are views of a buffer that may be reused.
        head.push(chunk.slice())
        if (size >= headBytes) {
          mime = await contentTypeOf(joinBytes(head), filename)
          if (!acceptsType(mime, settings)) return fail({ kind: 'file_type_refused', mime })
        }
      }
      await Promise.all([hash.write(chunk), writer.write(chunk)])
    }
    mime ??= await contentTypeOf(joinBytes(head), filename)
    if (!acceptsType(mime, settings)) return fail({ kind: 'file_type_refused', mime })
    await Promise.all([hash.close(), writer.complete()])
    return ok({ key, sha256: toHex(new Uint8Array(await digest.digest)), size, mime, status: 'clean' })
  } finally {
    // Only an upload that failed has an open stream.
    void hash.abort().catch(() => {})
    void digest.digest.catch(() => {})
  }
}
