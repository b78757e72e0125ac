/** Reads the files of a `multipart/form-data` body into the bucket, and gives them to where they belong. */
import { limits } from '../../../shared/api/limits.ts'
import { cleanFileName } from '../../../shared/attachment/file-name.ts'
import type { WrittenContent } from '../../../shared/attachment/store.ts'
import { SessionId } from '../../../shared/ids.ts'
import { joinBytes } from '../../../shared/lib/join-bytes.ts'
import { MalformedMultipart, type MultipartPart, multipartParts } from '../../../shared/lib/multipart.ts'
import type { Failure } from '../../../shared/problem.ts'
import { bucketOf } from '../../../shared/residency.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { parseFolderPath } from '../../../shared/workdir/path.ts'
import type { GatewayContext } from '../http/context.ts'
import { authorizeRequest, ownerOf, relationsTo } from '../policy/enforce.ts'
import { readSettings } from '../settings/routes.ts'
import { attachmentsOf } from './access.ts'
import { storeFile } from './store-file.ts'

/** Bytes of a field: of a path in UTF-8. */
const maxFieldBytes = 3 * limits.pathUnits

/** A file whose bytes the bucket has. */
export interface WrittenFile {
  readonly filename: string
  readonly content: WrittenContent
}

/** The fields of the form that come before the files. */
export interface UploadFields {
  readonly session?: SessionId
  /** The folder, if the form may name one. Empty: none was named. */
  readonly folder: string
}

/** Where uploaded files go. */
export interface UploadDestination<T> {
  readonly action: 'attachment.write' | 'workdir.write'
  /** The form may name a folder with `path`, and must name a session. */
  readonly isFolder: boolean
  /** The most files of one form. Default: `limits.uploadFiles`. */
  readonly maxFiles?: number
  /** A field of another protocol that changes nothing, wherever it stands. */
  readonly ignores?: string
  store(c: GatewayContext, file: WrittenFile, fields: UploadFields): Promise<Result<T, Failure>>
}

/** Stores the files. Fails with the reason of the first file that is refused: before any is given away, if its bytes are refused. */
export async function uploadFiles<T>(
  c: GatewayContext,
  boundary: string,
  destination: UploadDestination<T>,
): Promise<Result<T[], Failure>> {
  const upload = new Upload(c, destination)
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

class Upload<T> {
  readonly #c: GatewayContext
  readonly #destination: UploadDestination<T>
  readonly #files: WrittenFile[] = []
  /** The keys that are not given away yet. */
  readonly #keys = new Set<string>()
  #session: SessionId | undefined
  #folder = ''

  constructor(c: GatewayContext, destination: UploadDestination<T>) {
    this.#c = c
    this.#destination = destination
  }

  /** Stores a file, or reads a field. Null: accepted. */
  async add(part: MultipartPart): Promise<Failure | null> {
    if (part.filename === undefined) return this.#readField(part)
    if (!/^files?(\[\])?$/.test(part.name)) return invalid(part.name, 'must be named `files[]`')
    if (this.#destination.isFolder && this.#session === undefined) return invalid('session_id', 'must come before the files')
    const { maxFiles = limits.uploadFiles } = this.#destination
    if (this.#files.length === maxFiles) return invalid(part.name, `must be at most ${maxFiles} files`)
    const stored = await this.#store(part, cleanFileName(part.filename))
    if (!stored.ok) return stored.error
    this.#files.push(stored.value)
    return null
  }

  /** Gives the files to the destination. */
  async finish(): Promise<Result<T[], Failure>> {
    if (this.#files.length === 0) return fail(invalid('files[]', 'must contain at least one file'))
    const stored: T[] = []
    const fields = { ...(this.#session !== undefined && { session: this.#session }), folder: this.#folder }
    for (const file of this.#files) {
      const given = await this.#destination.store(this.#c, file, fields)
      if (!given.ok) return given
      this.#keys.delete(file.content.key)
      stored.push(given.value)
    }
    return ok(stored)
  }

  /** Deletes what was not given away. The object does the same later if this call fails. */
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

  /** The fields: the session, and the folder if the form may name one. Both come before the files. */
  async #readField({ name, body }: MultipartPart): Promise<Failure | null> {
    const { isFolder, action, ignores } = this.#destination
    if (name === ignores) return (await readText(body)) === null ? invalid(name, `must have at most ${maxFieldBytes} bytes`) : null
    if (name !== 'session_id' && !(isFolder && name === 'path'))
      return invalid(
        name,
        `is unknown: the form has ${isFolder ? '`session_id`, `path`' : 'the field `session_id`'} and the files \`files[]\``,
      )
    if (this.#files.length > 0) return invalid(name, 'must come before the files')
    const text = await readText(body)
    if (text === null) return invalid(name, `must have at most ${maxFieldBytes} bytes`)
    if (name === 'path') {
      const folder = parseFolderPath(text)
      if (!folder.ok) return invalid(name, folder.error)
      this.#folder = folder.value
      return null
    }
    const session = SessionId.safeParse(text)
    if (!session.success) return invalid(name, 'must be the id of a session')
    if (!(await mayWrite(this.#c, session.data, action))) return { kind: 'not_found' }
    this.#session = session.data
    return null
  }
}

/** The text of a field. Null: it is too long. */
async function readText(body: AsyncIterable<Uint8Array>): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxFieldBytes) return null
    chunks.push(chunk.slice())
  }
  return new TextDecoder().decode(joinBytes(chunks))
}

/** Whether the caller may add files to the session. */
export async function mayWrite(
  c: GatewayContext,
  session: SessionId,
  action: 'attachment.write' | 'workdir.write' = 'attachment.write',
): Promise<boolean> {
  const owner = await ownerOf(c, session)
  if (owner === null) return false
  const context = owner === c.var.principal.subject ? {} : { relations: await relationsTo(c, session, owner) }
  const resource = { kind: 'session', id: session, owner }
  return (await authorizeRequest(c, { action, resource, context })).allowed
}

const invalid = (name: string, detail: string): Failure => ({ kind: 'invalid', errors: [{ pointer: `/${name}`, detail }] })
