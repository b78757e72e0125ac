/** Gives each request an id, and bindings that create objects in the tenant's region. */
import { createMiddleware } from 'hono/factory'
import { withResidency } from '../../../shared/residency.ts'
import type { Gateway } from './context.ts'
import { logRequest } from './request-log.ts'

export const startRequest = createMiddleware<Gateway>(async (c, next) => {
  c.env = withResidency(c.env)
  c.set('requestId', crypto.randomUUID())
  const startedAt = Date.now()
  await next()
  // Not `c.header`: after the response exists, it makes another and copies its body through a stream.
  c.res.headers.set('x-request-id', c.get('requestId'))
  logRequest(c, startedAt)
})
