/** The working folder of the conversation that a call belongs to. */
import type { AttachmentStatus } from '../../../shared/api/attachments.ts'
import { limits } from '../../../shared/api/limits.ts'
import { contentTypeOf, headBytes } from '../../../shared/attachment/content-type.ts'
import type { WrittenContent } from '../../../shared/attachment/store.ts'
import { SessionId, TenantId } from '../../../shared/ids.ts'
import { toHex } from '../../../shared/lib/hex.ts'
import type { Failure } from '../../../shared/problem.ts'
import { refusalText } from '../../../shared/problem-texts.ts'
import { bucketOf } from '../../../shared/residency.ts'
import type { Result } from '../../../shared/result.ts'
import { SettingsCache } from '../../../shared/settings/settings-cache.ts'
import { acceptsType, type UploadSettings } from '../../../shared/settings/uploads.ts'
import type { ToolFiles } from '../../../shared/tool/context.ts'
import type { CallJob } from '../../../shared/tool/executor.ts'
import { ToolFailure } from '../../../shared/tool/tool.ts'
import { applyEdit, type Edit } from '../../../shared/workdir/edit.ts'
import { parseFilePath, parseFolderPath } from '../../../shared/workdir/path.ts'
import type { StoredWorkFile, WorkFile, WorkFolders } from '../../../shared/workdir/store.ts'
import { permitInSession } from './session-access.ts'

/** Attempts at a file that others change at the same time. */
const attempts = 5

const settings = new SettingsCache<UploadSettings>(500, 0, ({ settings: { uploads } }) => uploads)

/** The methods of the tenant's attachments. */
type Store = {
  [Name in keyof WorkFolders]: (...args: Parameters<WorkFolders[Name]>) => Promise<ReturnType<WorkFolders[Name]>>
} & {
  scanned(sha256: string, waitMs: number): Promise<{ readonly status: AttachmentStatus } | null>
  begin(key: string, bytes: number, limits: { totalBytes: number }): Promise<Result<null, Failure>>
}

/** The files port of one call. */
export const filesOf = (env: ToolsEnv, job: CallJob): ToolFiles => new WorkingFolder(env, job)

class WorkingFolder implements ToolFiles {
  readonly #env: ToolsEnv
  readonly #job: CallJob
  readonly #tenant: TenantId
  readonly #session: SessionId

  constructor(env: ToolsEnv, job: CallJob) {
    this.#env = env
    this.#job = job
    this.#tenant = TenantId.parse(job.tenant)
    this.#session = SessionId.parse(job.session)
  }

  async read(sent: string): Promise<string> {
    const path = fileAt(sent)
    await this.#permit('workdir.read')
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const { file } = await this.#store.workFile(this.#session, path)
      const text = await this.#text(path, file)
      if (text !== null) return text
    }
    throw changing(path)
  }

  async list(sent: string): ReturnType<ToolFiles['list']> {
    const folder = folderAt(sent)
    await this.#permit('workdir.read')
    return (await this.#store.workFiles(this.#session, folder)).files
  }

  async write(sent: string, text: string, call: string): Promise<WorkFile> {
    const path = fileAt(sent)
    await this.#permit('workdir.write')
    const { file, isWritten } = await this.#store.workFile(this.#session, path, call)
    return isWritten && file ? file : writtenOrThrow(await this.#put(path, text, call), path)
  }

  async edit(sent: string, edit: Edit, call: string): ReturnType<ToolFiles['edit']> {
    const path = fileAt(sent)
    await this.#permit('workdir.write')
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const { file, isWritten } = await this.#store.workFile(this.#session, path, call)
      if (isWritten && file) return { file, count: null }
      const text = await this.#text(path, file)
      if (text === null) continue
      const edited = applyEdit(text, edit)
      if (!edited.ok) throw new ToolFailure(edited.error)
      const written = await this.#put(path, edited.value.text, call, file?.sha256)
      if (written.ok || written.error !== 'changed') return { file: writtenOrThrow(written, path), count: edited.value.count }
    }
    throw changing(path)
  }

  /** The text of the file. Null: it was replaced meanwhile. */
  async #text(path: string, file: StoredWorkFile | null): Promise<string | null> {
    if (!file) throw new ToolFailure(`There is no file ${JSON.stringify(path)}. List the files with file_list.`)
    const { status } = (file.status === 'pending' && (await this.#store.scanned(file.sha256, limits.scanWaitMs))) || file
    if (status !== 'clean') throw refused({ kind: 'file_quarantined', status })
    if (file.size > limits.workdirTextBytes)
      throw new ToolFailure(`The file has ${file.size} bytes. Tools read files of up to ${limits.workdirTextBytes} bytes.`)
    const object = await bucketOf(this.#env, this.#tenant).get(file.key)
    if (!object) return null
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await object.arrayBuffer())
    } catch {
      throw new ToolFailure(`The file is no text: its type is ${file.mime}.`)
    }
  }

  async #put(path: string, text: string, call: string, expected?: string): Promise<Result<WorkFile, Failure | 'changed'>> {
    const content = await this.#upload(path, new TextEncoder().encode(text).slice())
    return this.#store.writeWorkFile({ session: this.#session, path, content, call, expected })
  }

  /** Writes the bytes to the bucket. */
  async #upload(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<WrittenContent> {
    const size = bytes.length
    if (size > limits.workdirTextBytes)
      throw new ToolFailure(`The file would have ${size} bytes. Tools write files of up to ${limits.workdirTextBytes} bytes.`)
    const { total_bytes: totalBytes, ...types } = await settings.get(
      this.#tenant,
      (version) => this.#env.TENANT.getByName(this.#tenant).settings(version),
      Date.now(),
    )
    const mime = await contentTypeOf(bytes.subarray(0, headBytes), path)
    if (!acceptsType(mime, types)) throw refused({ kind: 'file_type_refused', mime })
    const key = `${this.#tenant}/${crypto.randomUUID()}`
    const begun = await this.#store.begin(key, size, { totalBytes })
    if (!begun.ok) throw refused(begun.error)
    await bucketOf(this.#env, this.#tenant).put(key, bytes)
    const sha256 = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
    return { key, sha256, size, mime, status: 'clean' }
  }

  async #permit(action: 'workdir.read' | 'workdir.write'): Promise<void> {
    await permitInSession(this.#env, this.#job, action, { kind: 'session', id: this.#session })
  }

  get #store(): Store {
    return this.#env.ATTACHMENTS.getByName(this.#tenant)
  }
}

function fileAt(sent: string): string {
  const path = parseFilePath(sent)
  if (!path.ok) throw new ToolFailure(`The path ${path.error}.`)
  return path.value
}

function folderAt(sent: string): string {
  const path = parseFolderPath(sent)
  if (!path.ok) throw new ToolFailure(`The path ${path.error}.`)
  return path.value
}

function writtenOrThrow(written: Result<WorkFile, Failure | 'changed'>, path: string): WorkFile {
  if (written.ok) return written.value
  throw written.error === 'changed' ? changing(path) : refused(written.error)
}

const refused = (failure: Failure) => new ToolFailure(refusalText(failure))
const changing = (path: string) => new ToolFailure(`The file ${JSON.stringify(path)} is being changed by others. Try again.`)
