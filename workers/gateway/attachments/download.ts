/** Sends the bytes of an attachment. A browser saves them and never runs them. */
import { contentDisposition } from '../../../shared/attachment/file-name.ts'
import type { StoredAttachment } from '../../../shared/attachment/store.ts'
import { parseByteRange } from '../../../shared/lib/byte-range.ts'
import { bucketOf } from '../../../shared/residency.ts'
import type { GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'

/** The response to `GET` and `HEAD`: the whole file, or the range that the request asks for (RFC 9110 §14). */
export async function sendAttachment(
  c: GatewayContext,
  { key, sha256, size, mime, filename }: Pick<StoredAttachment, 'key' | 'sha256' | 'size' | 'mime' | 'filename'>,
): Promise<Response> {
  const etag = `"${sha256}"`
  const headers: Record<string, string> = {
    'content-type': mime,
    'content-disposition': contentDisposition(filename),
    'content-security-policy': "sandbox; default-src 'none'",
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    etag,
  }
  if (matchesEtag(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers })
  const ifRange = c.req.header('if-range')
  const range = ifRange === undefined || ifRange === etag ? parseByteRange(c.req.header('range'), size) : null
  if (range === 'unsatisfiable') return new Response(null, { status: 416, headers: { ...headers, 'content-range': `bytes */${size}` } })
  const length = range?.length ?? size
  headers['content-length'] = String(length)
  if (range) headers['content-range'] = `bytes ${range.offset}-${range.offset + length - 1}/${size}`
  const status = range ? 206 : 200
  if (c.req.method === 'HEAD') return new Response(null, { status, headers })
  const object = await bucketOf(c.env, c.var.principal.tenant).get(key, range ? { range } : {})
  // After a restore from a backup, the bytes may be gone.
  if (!object) return problem(c, { kind: 'not_found' })
  return new Response(object.body, { status, headers })
}

const matchesEtag = (header: string | undefined, etag: string): boolean =>
  (header ?? '').split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*')
