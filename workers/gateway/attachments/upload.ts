/** Reads the files of a `multipart/form-data` body into the bucket. All of them become attachments, or none. */
import type { Attachment } from '../../../shared/api/attachments.ts'
import { limits } from '../../../shared/api/limits.ts'
import { cleanFileName } from '../../../shared/attachment/file-name.ts'
import type { WrittenContent } from '../../../shared/attachment/store.ts'
import { SessionId } from '../../../shared/ids.ts'
import { joinBytes } from '../../../shared/lib/join-bytes.ts'
import { MalformedMultipart, type MultipartPart, multipartParts } from '../../../shared/lib/multipart.ts'
import type { Failure } from '../../../shared/problem.ts'
import { bucketOf } from '../../../shared/residency.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { GatewayContext } from '../http/context.ts'
import { authorizeRequest, ownerOf, relationsTo } from '../policy/enforce.ts'
import { readSettings } from '../settings/routes.ts'
import { attachmentsOf } from './access.ts'
import { storeFile } from './store-file.ts'

/** Bytes of a field. */
const maxFieldBytes = 1_000

interface WrittenFile {
  readonly filename: string
  readonly content: WrittenContent
}

/** Stores the files. Fails with the reason of the first file that is refused, and then keeps none. */
export async function uploadFiles(c: GatewayContext, boundary: string): Promise<Result<Attachment[], Failure>> {
  const upload = new Upload(c)
  try {
    const body = c.req.raw.body
    if (body)
      for await (const part of multipartParts(body, boundary)) {
        const refused = await upload.add(part)
        if (refused) return fail(refused)
      }
    return await upload.finish()
  } catch (error) {
    if (error instanceof MalformedMultipart) return fail({ kind: 'malformed', detail: error.message })
    throw error
  } finally {
    await upload.clear()
  }
}

class Upload {
  readonly #c: GatewayContext
  readonly #files: WrittenFile[] = []
  /** The keys that are not attachments yet. */
  readonly #keys = new Set<string>()
  #session: SessionId | undefined

  constructor(c: GatewayContext) {
    this.#c = c
  }

  /** Stores a file, or reads a field. Null: accepted. */
  async add(part: MultipartPart): Promise<Failure | null> {
    if (part.filename === undefined) return this.#readField(part)
    if (!/^files?(\[\])?$/.test(part.name)) return invalid(part.name, 'must be named `files[]`')
    if (this.#files.length === limits.uploadFiles) return invalid('files[]', `must be at most ${limits.uploadFiles} files`)
    const stored = await this.#store(part, cleanFileName(part.filename))
    if (!stored.ok) return stored.error
    this.#files.push(stored.value)
    return null
  }

  /** Makes the files attachments. */
  async finish(): Promise<Result<Attachment[], Failure>> {
    if (this.#files.length === 0) return fail(invalid('files[]', 'must contain at least one file'))
    const attachments: Attachment[] = []
    for (const { filename, content } of this.#files) {
      const file = { filename, owner: this.#c.var.principal.subject, session: this.#session }
      const attachment = await attachmentsOf(this.#c).finish(content, file)
      if (!attachment) return fail({ kind: 'unavailable', what: 'The upload, which took too long,' })
      this.#keys.delete(content.key)
      attachments.push(attachment)
    }
    return ok(attachments)
  }

  /** Deletes what has not become an attachment. The object does the same later if this call fails. */
  async clear(): Promise<void> {
    await Promise.allSettled([...this.#keys].map((key) => attachmentsOf(this.#c).abandon(key)))
  }

  async #store({ body }: MultipartPart, filename: string): Promise<Result<WrittenFile, Failure>> {
    const { tenant } = this.#c.var.principal
    const { uploads: settings } = (await readSettings(this.#c)).settings
    const declared = Number(this.#c.req.header('content-length') ?? settings.max_file_bytes)
    const key = `${tenant}/${crypto.randomUUID()}`
    const store = attachmentsOf(this.#c)
    const begun = await store.begin(key, Math.min(declared, settings.max_file_bytes), { totalBytes: settings.total_bytes })
    if (!begun.ok) return begun
    this.#keys.add(key)
    const content = await storeFile({
      bucket: bucketOf(this.#c.env, tenant),
      key,
      filename,
      body,
      settings,
      onUpload: async (uploadId) => void (await store.startParts(key, uploadId)),
    })
    return content.ok ? ok({ filename, content: content.value }) : content
  }

  /** The only field is the session, before the files. */
  async #readField({ name, body }: MultipartPart): Promise<Failure | null> {
    if (name !== 'session_id') return invalid(name, 'is unknown: the form has the field `session_id` and the files `files[]`')
    if (this.#files.length > 0) return invalid(name, 'must come before the files')
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > maxFieldBytes) return invalid(name, `must have at most ${maxFieldBytes} bytes`)
      chunks.push(chunk.slice())
    }
    const session = SessionId.safeParse(new TextDecoder().decode(joinBytes(chunks)))
    if (!session.success) return invalid(name, 'must be the id of a session')
    if (!(await mayWrite(this.#c, session.data))) return { kind: 'not_found' }
    this.#session = session.data
    return null
  }
}

/** Whether the caller may add files to the session. */
export async function mayWrite(c: GatewayContext, session: SessionId): Promise<boolean> {
  const owner = await ownerOf(c, session)
  if (owner === null) return false
  const context = owner === c.var.principal.subject ? {} : { relations: await relationsTo(c, session, owner) }
  const resource = { kind: 'session', id: session, owner }
  return (await authorizeRequest(c, { action: 'attachment.write', resource, context })).allowed
}

const invalid = (name: string, detail: string): Failure => ({ kind: 'invalid', errors: [{ pointer: `/${name}`, detail }] })
