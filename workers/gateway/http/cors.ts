/**
 * Cross-origin requests (Fetch §3.3): pages of the origins in `SOMA_CORS_ORIGINS` may call the API with a bearer token. Cookies never work
 * across origins. No response allows credentials, and `authenticate.ts` accepts a change by cookie only from the own origin.
 */
import { createMiddleware } from 'hono/factory'
import { readVariable } from '../../../shared/settings/variables.ts'
import type { Gateway } from './context.ts'
import { problem } from './problem.ts'
import { publicUrl } from './public-url.ts'

/** How long a browser may cache the response to a preflight. Seconds. */
const maxAgeSeconds = 600

const requestHeaders = [
  'accept',
  'authorization',
  'content-encoding',
  'content-type',
  'idempotency-key',
  'if-none-match',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'traceparent',
  'tracestate',
  'tus-resumable',
  'upload-length',
  'upload-metadata',
  'upload-offset',
].join(', ')

/** Response headers that a page may read, beside those that every page may (Fetch §2.2.2). */
const exposedHeaders = [
  'accept-encoding',
  'allow',
  'content-disposition',
  'etag',
  'location',
  'ratelimit-limit',
  'ratelimit-remaining',
  'ratelimit-reset',
  'retry-after',
  'stream-cursor',
  'stream-next-offset',
  'stream-up-to-date',
  'tus-resumable',
  'upload-attachment',
  'upload-expires',
  'upload-length',
  'upload-offset',
  'www-authenticate',
  'x-request-id',
].join(', ')

/** Responds to preflights, and marks the responses that an allowed origin may read. */
export const allowOrigins = createMiddleware<Gateway>(async (c, next) => {
  const allowed = readVariable(c.env, 'SOMA_CORS_ORIGINS')
  const origin = c.req.header('origin')
  if (origin === undefined && allowed.length === 0) return next()
  const mayRead = origin !== undefined && allowed.includes(origin)
  const isPreflight = c.req.method === 'OPTIONS' && origin !== undefined && c.req.header('access-control-request-method') !== undefined
  await next()
  // The response to an upgrade accepts no further headers.
  if (c.res.status === 101) return
  const methods: readonly string[] | undefined = c.get('allowedMethods')
  if (isPreflight && methods !== undefined && !mayRead && origin !== publicUrl(c).origin) c.res = problem(c, { kind: 'origin_not_allowed' })
  const { headers } = c.res
  // A cache must not give one origin the response for another. Pages, which no route has, are the same for all.
  if (allowed.length > 0 && methods !== undefined) headers.append('vary', 'Origin')
  if (!mayRead || methods === undefined) return
  headers.set('access-control-allow-origin', origin)
  if (isPreflight) {
    headers.append('vary', 'Access-Control-Request-Method, Access-Control-Request-Headers')
    headers.set('access-control-allow-methods', methods.join(', '))
    headers.set('access-control-allow-headers', requestHeaders)
    headers.set('access-control-max-age', String(maxAgeSeconds))
  } else headers.set('access-control-expose-headers', exposedHeaders)
})
