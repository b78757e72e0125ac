/**
 * Request bodies: JSON as UTF-8 (RFC 8259 §8.1), up to a size, and optionally compressed. Headers are checked at once. The
 * bytes are read when a route needs them. So the body of a request without a valid credential is never read.
 */
import { createMiddleware } from 'hono/factory'
import { limits } from '../../../shared/api/limits.ts'
import { compressionFormats, decompress, readUpTo } from '../../../shared/lib/decompress.ts'
import type { Failure } from '../../../shared/problem.ts'
import type { Gateway, GatewayContext } from './context.ts'
import { problem } from './problem.ts'

/** The body cannot be accepted. `faultResponse` has the response. */
export class RefusedBody extends Error {
  override readonly name = 'RefusedBody'
}

/** The path of an import. */
export const importPath = '/v1/sessions/import'
/** The path of a part of a session's backup. */
export const restorePath = '/v1/admin/restore'
/** The path of a part of another object's backup. */
export const restoreObjectPath = '/v1/admin/object/restore'
/** The path of an upload of files. Its body is read as a stream, part by part. */
export const uploadPath = '/v1/uploads'
/** The path of an upload of files to a working folder. */
export const workdirUploadPath = '/v1/workdir/upload'
/** The path of an upload of a file in the shape of OpenAI's API. */
export const filesPath = '/v1/files'
/** Whether the body of this path is a form with files. */
export const isFormPath = (path: string): boolean => path === uploadPath || path === workdirUploadPath || path === filesPath
/** Whether a `Content-Type` says JSON. */
export const isJson = (type: string): boolean => /^application\/json\s*(;|$)/i.test(type)

/** The path of resumable uploads. */
export const resumablePath = '/v1/uploads/tus'
/** The paths with a file as body. */
const filePaths: readonly string[] = [importPath, restorePath, restoreObjectPath]

/** The bytes that a body of `path` may have. */
export const maxBodyBytes = (path: string): number => (filePaths.includes(path) ? limits.importBytes : limits.bodyBytes)

/** The only type of a body that this route takes, if it takes files. */
const fileType = ({ req: { method, path } }: GatewayContext): string | undefined =>
  method === 'POST' && isFormPath(path)
    ? 'multipart/form-data, with a boundary'
    : method === 'PATCH' && path.startsWith(`${resumablePath}/`)
      ? 'application/offset+octet-stream'
      : undefined

/** Whether the request is an upload. Its route reads the body as a stream. */
export const isUpload = (c: GatewayContext): boolean =>
  c.req.method === 'POST' && isFormPath(c.req.path)
    ? /^multipart\/form-data\s*;/i.test(c.req.header('content-type') ?? '')
    : c.req.method === 'PATCH' &&
      c.req.path.startsWith(`${resumablePath}/`) &&
      c.req.header('content-type') === 'application/offset+octet-stream'

/**
 * Refuses a body by its headers with 413 or 415, and bounds what is read of it. Any page can send a form; `application/json` needs a
 * preflight (Fetch §2.2.2), and so do lines of JSON. Files may be larger, and an import may be lines of JSON.
 */
export const acceptBody = createMiddleware<Gateway>(async (c, next) => {
  // The sign-in cookie counts only with its CSRF value, so no other page can send an upload.
  const limitBytes = isUpload(c) ? limits.uploadBytes : maxBodyBytes(c.req.path)
  const declared = c.req.header('transfer-encoding') === undefined ? c.req.header('content-length') : undefined
  if (declared === '0') return next()
  if (declared !== undefined && !(Number(declared) <= limitBytes)) return problem(c, { kind: 'too_large', limitBytes })
  if (isUpload(c)) return next()
  const type = c.req.header('content-type') ?? ''
  const expected = fileType(c)
  if (expected !== undefined && c.req.raw.body !== null) return problem(c, { kind: 'unsupported_media_type', expected })
  const isAccepted = isJson(type) || (c.req.path === importPath && /^application\/x-ndjson\s*(;|$)/i.test(type))
  // Headers first: accessing `raw.body` makes workerd wrap the stream.
  if (!isAccepted) return c.req.raw.body === null ? next() : problem(c, { kind: 'unsupported_media_type' })
  const encoding = (c.req.header('content-encoding') ?? 'identity').trim().toLowerCase()
  if (encoding !== 'identity' && !isFormat(encoding)) return problem(c, { kind: 'unsupported_encoding' })
  const read =
    encoding === 'identity' ? () => readPlain(c, declared !== undefined, limitBytes) : () => readCompressed(c, encoding, limitBytes)
  let text: Promise<string> | undefined
  const cache: object = {
    get text(): Promise<string> {
      text ??= read().then((bytes) => decodeUtf8(c, bytes))
      return text
    },
    set text(value: Promise<string>) {
      text = value
    },
  }
  // Every reader of the body, such as `c.req.json()`, begins with this text. Hono's type names the content, not the promise of it.
  c.req.bodyCache = cache
  return next()
})

type Format = keyof typeof compressionFormats

const isFormat = (encoding: string): encoding is Format => Object.hasOwn(compressionFormats, encoding)

/** The bytes as they were sent. A declared length is checked already, and the platform counts it. */
async function readPlain(c: GatewayContext, isDeclared: boolean, limitBytes: number): Promise<ArrayBuffer | Uint8Array> {
  if (isDeclared || c.req.raw.body === null) return c.req.raw.arrayBuffer()
  return (await readUpTo(c.req.raw.body, limitBytes)) ?? refuse(c, { kind: 'too_large', limitBytes })
}

async function readCompressed(c: GatewayContext, encoding: Format, limitBytes: number): Promise<ArrayBuffer | Uint8Array> {
  if (c.req.raw.body === null) return new Uint8Array()
  const content = await decompress(c.req.raw.body, compressionFormats[encoding], limitBytes)
  if (content.ok) return content.value
  if (content.error === 'too_large') return refuse(c, { kind: 'too_large', limitBytes })
  return refuse(c, { kind: 'malformed', detail: `The body is not valid ${encoding}.` })
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** The text of UTF-8 `bytes`, without a byte order mark. */
function decodeUtf8(c: GatewayContext, bytes: ArrayBuffer | Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return refuse(c, { kind: 'malformed', detail: 'The body is not valid UTF-8.' })
  }
}

/** The value of a JSON body. Every reader but a route's schema calls this, so malformed JSON is 400 everywhere. */
export async function readJson(c: GatewayContext): Promise<unknown> {
  const text = await c.req.text()
  try {
    return JSON.parse(text)
  } catch {
    return refuse(c, { kind: 'malformed', detail: 'The body is not valid JSON.' })
  }
}

/** Records why the body is refused, and throws. Some readers of the body catch the error, so the reason is kept in the context. */
function refuse(c: GatewayContext, failure: Failure): never {
  c.set('refusedBody', failure)
  throw new RefusedBody(failure.kind)
}
