/** Bodies are JSON, and said to be. */
import { createMiddleware } from 'hono/factory'
import type { Gateway } from './context.ts'
import { problem } from './problem.ts'

/** A form or a text body could be sent by any page without asking; `application/json` cannot (Fetch §2.2.2). */
export const requireJson = createMiddleware<Gateway>(async (c, next) => {
  if (/^application\/json\s*(;|$)/i.test(c.req.header('content-type') ?? '')) return next()
  // Asked last: the body is given a face of its own when it is looked at.
  const hasBody = c.req.header('content-length') !== '0' && c.req.raw.body !== null
  return hasBody ? problem(c, { kind: 'unsupported_media_type' }) : next()
})
