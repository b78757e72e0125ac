/** Health: whether the gateway runs, and whether its dependencies respond. */

import { OpenAPIHono } from '@hono/zod-openapi'
import { Liveness, Readiness } from '../../../shared/api/health.ts'
import type { Gateway } from '../http/context.ts'
import { json } from '../http/openapi.ts'
import { createRoute } from '../http/route.ts'
import { readiness } from './readiness.ts'

const tags = ['Health']
/** A probe may add a parameter against caches. */
const openQuery = true
/** One route with several paths. `/openapi.json` describes the first. */
const live = ['/v1/health', '/live', '/health', '/healthz'].map((path) =>
  createRoute({
    method: 'get',
    path,
    tags,
    summary: 'Check that the gateway runs',
    description: 'Checks no dependency.',
    security: [],
    openQuery,
    responses: { 200: json(Liveness) },
    hide: path !== '/v1/health',
  }),
)
const ready = createRoute({
  method: 'get',
  path: '/ready',
  tags,
  summary: 'Check readiness and each dependency',
  description: 'Each dependency is checked at most once per second, for at most one second.',
  security: [],
  openQuery,
  responses: {
    200: json(Readiness, 'Ready. `degraded`: an optional dependency is unavailable.'),
    503: json(Readiness, 'A required dependency is unavailable'),
  },
})

export const healthRoutes = new OpenAPIHono<Gateway>()
for (const route of live) healthRoutes.openapi(route, (c) => c.json({ status: 'ok' as const }, 200))
healthRoutes.openapi(ready, async (c) => {
  const state = await readiness(c.env)
  return c.json(state, state.status === 'down' ? 503 : 200)
})
