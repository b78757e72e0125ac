/** Methods: 405 with `Allow` for a method that a known path lacks, `OPTIONS`, and `HEAD` without a body. */
import { createMiddleware } from 'hono/factory'
import type { Gateway } from './context.ts'
import type { PathRouter } from './path-router.ts'
import { problem } from './problem.ts'

export const checkMethod = (routes: Pick<PathRouter<unknown>, 'methodsOf'>) =>
  createMiddleware<Gateway>(async (c, next) => {
    const allowed = routes.methodsOf(c.req.path)
    if (allowed.length > 0) {
      c.set('allowedMethods', allowed)
      if (c.req.method === 'OPTIONS') return c.body(null, 204, { allow: allowed.join(', ') })
      if (!allowed.includes(c.req.method)) return problem(c, { kind: 'method_not_allowed', method: c.req.method, allowed })
    }
    if (c.req.method !== 'HEAD') return next()
    await next()
    // The router answers HEAD with the route of GET. A stream that stays open would continue to read its session without a reader.
    await c.res.body?.cancel()
    return
  })
