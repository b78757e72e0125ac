/** Uploads the files of drafts, a few at a time. Each file has a request of its own, so that it has its own progress, end and retry. */
import type { UploadedFiles } from '../../../shared/api/attachments.ts'
import type { limits } from '../../../shared/api/limits.ts'
import type { AttachmentRef } from '../../../shared/attachment/attachment-ref.ts'
import { toApiError, Unreachable } from '../../../shared/client/errors.ts'
import { csrf } from '../state/api.ts'
import { signedOut } from '../state/auth.ts'
import { type DraftFile, draftFiles } from '../state/draft-files.ts'
import { showToast } from '../state/toast.ts'
import { isStatus, toUserError } from '../state/user-error.ts'
import { files as texts } from '../strings/files.ts'

/** The most files of one message. */
export const maxFiles = 10 satisfies (typeof limits)['messageAttachments']
/** Uploads at a time: a browser opens six connections to one host, and the stream needs one. */
const parallel = 2

interface Source {
  readonly draftKey: string
  readonly file: File
  request: XMLHttpRequest | null
}

/** The files of this page by the keys of their drafts. A reload loses those that are not uploaded. */
const sources = new Map<string, Source>()

/** The file of a draft, for its thumbnail. Absent: the page was loaded again since. */
export const sourceOf = (key: string): File | undefined => sources.get(key)?.file

const update = (draftKey: string, key: string, change: Partial<DraftFile>): void =>
  draftFiles(draftKey).set((all) => all.map((file) => (file.key === key ? { ...file, ...change } : file)))

/** Adds files to a draft, as many as its message may carry, and uploads them. */
export function addFiles(draftKey: string, chosen: readonly File[]): void {
  const draft = draftFiles(draftKey)
  const room = maxFiles - draft.get().length
  const added = chosen.slice(0, room).map((file): DraftFile => {
    const key = crypto.randomUUID()
    sources.set(key, { draftKey, file, request: null })
    return { key, name: file.name, size: file.size, state: 'waiting', sent: 0 }
  })
  if (added.length > 0) draft.set((before) => [...before, ...added])
  if (added.length < chosen.length) showToast(texts.tooMany({ count: maxFiles }), 'error')
  startNext()
}

/** Uploads a file that failed once more. */
export function retryFile(draftKey: string, key: string): void {
  update(draftKey, key, { state: 'waiting', sent: 0 })
  startNext()
}

/** Takes a file out of its draft, and ends its upload. A file that the server has is deleted there by itself: no message carries it. */
export function removeFile(draftKey: string, key: string): void {
  const { request } = sources.get(key) ?? {}
  sources.delete(key)
  draftFiles(draftKey).set((all) => all.filter((file) => file.key !== key))
  request?.abort()
  startNext()
}

/** Starts the uploads that wait, while there is room for them. */
function startNext(): void {
  for (const [key, source] of sources) {
    if ([...sources.values()].filter(({ request }) => request !== null).length >= parallel) return
    const file = draftFiles(source.draftKey)
      .get()
      .find((one) => one.key === key)
    if (source.request === null && file?.state === 'waiting') void run(key, source)
  }
}

async function run(key: string, source: Source): Promise<void> {
  const { draftKey, file } = source
  const request = new XMLHttpRequest()
  source.request = request
  update(draftKey, key, { state: 'uploading' })
  try {
    const ref = await send(request, file, (sent) => update(draftKey, key, { sent }))
    update(draftKey, key, { state: 'uploaded', sent: file.size, ref })
  } catch (error) {
    if (isStatus(error, 401)) await signedOut()
    update(draftKey, key, { state: 'failed', problem: toUserError(error).detail })
  } finally {
    source.request = null
    startNext()
  }
}

/** Sends one file. `fetch` does not report the progress of a body. Rejects with `ApiError` or `Unreachable`. */
function send(request: XMLHttpRequest, file: File, onProgress: (sent: number) => void): Promise<AttachmentRef> {
  const { promise, resolve, reject } = Promise.withResolvers<AttachmentRef>()
  request.open('POST', '/v1/uploads')
  request.setRequestHeader('accept', 'application/json')
  const token = csrf()
  if (token !== undefined) request.setRequestHeader('x-csrf-token', token)
  // The form around the file has bytes too.
  request.upload.onprogress = ({ loaded }) => onProgress(Math.min(loaded, file.size))
  request.onerror = () => reject(new Unreachable(null))
  request.onabort = request.onerror
  request.onload = () => {
    const { status, statusText, responseText } = request
    const headers = {
      'x-request-id': request.getResponseHeader('x-request-id') ?? '',
      'retry-after': request.getResponseHeader('retry-after') ?? '',
    }
    const response = new Response(responseText, { status, statusText, headers })
    if (!response.ok) return void toApiError(response).then(reject)
    return void response.json().then((body: UploadedFiles) => {
      const [attachment] = body.attachments
      if (attachment === undefined) reject(new Unreachable(null))
      else resolve({ id: attachment.id, filename: attachment.filename, mime: attachment.mime, size: attachment.size })
    }, reject)
  }
  const form = new FormData()
  form.append('files[]', file)
  request.send(form)
  return promise
}
