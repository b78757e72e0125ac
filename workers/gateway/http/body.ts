/** Checks the length and content type of a request body, before a route reads it. */
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { limits } from '../../../shared/api/limits.ts'
import type { Gateway, GatewayContext } from './context.ts'
import { problem } from './problem.ts'

/** Trusts a declared length, and counts any other body. Accessing `raw.body` makes workerd wrap the stream, so headers come first. */
function bodyUpTo(limitBytes: number) {
  const tooLarge = (c: GatewayContext) => problem(c, { kind: 'too_large', limitBytes })
  const counted = bodyLimit({ maxSize: limitBytes, onError: tooLarge })
  return createMiddleware<Gateway>((c, next) => {
    const declared = c.req.header('transfer-encoding') === undefined ? c.req.header('content-length') : undefined
    if (declared === undefined) return counted(c, next)
    return Number(declared) <= limitBytes ? next() : Promise.resolve(tooLarge(c))
  })
}

const regular = bodyUpTo(limits.bodyBytes)
const large = bodyUpTo(limits.importBytes)

/** Refuses a body over its limit with 413. `largePaths` accept up to `limits.importBytes`. */
export const limitBody = (largePaths: readonly string[]) =>
  createMiddleware<Gateway>((c, next) => (largePaths.includes(c.req.path) ? large : regular)(c, next))

/**
 * Refuses a body that is not JSON with 415. Any page can send a form. `application/json` needs a preflight (Fetch §2.2.2), and so do the
 * JSON lines of `filePaths`.
 */
export const requireJson = (filePaths: readonly string[]) =>
  createMiddleware<Gateway>(async (c, next) => {
    const type = c.req.header('content-type') ?? ''
    if (/^application\/json\s*(;|$)/i.test(type)) return next()
    if (filePaths.includes(c.req.path) && /^application\/x-ndjson\s*(;|$)/i.test(type)) return next()
    // Headers first: accessing `raw.body` makes workerd wrap the stream.
    const hasBody = c.req.header('content-length') !== '0' && c.req.raw.body !== null
    return hasBody ? problem(c, { kind: 'unsupported_media_type' }) : next()
  })
