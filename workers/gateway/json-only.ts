/** Bodies are JSON, and said to be. */
import { createMiddleware } from 'hono/factory'
import type { Gateway } from './context.ts'
import { refuse } from './refuse.ts'

/** A form or a text body could be sent by any page without asking; `application/json` cannot (Fetch §2.2.2). */
export const jsonOnly = createMiddleware<Gateway>(async (c, next) => {
  const type = c.req.header('content-type')
  const hasBody = c.req.raw.body !== null && c.req.header('content-length') !== '0'
  if (hasBody && !/^application\/json\s*(;|$)/i.test(type ?? '')) return refuse(c, { kind: 'unsupported_media_type' })
  return next()
})
