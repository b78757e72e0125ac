/** Health: whether the gateway runs, and whether its dependencies answer. */

import { OpenAPIHono } from '@hono/zod-openapi'
import { Alive, type Dependency, Readiness } from '../../../shared/api/health.ts'
import { DeadlineExceeded, withDeadline } from '../../../shared/lib/timeout.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json } from '../http/openapi.ts'
import { createRoute } from '../http/route.ts'

/** Timeout of each check. Milliseconds. */
const checkTimeoutMs = 1_000

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
    responses: { 200: json(Alive) },
    hide: path !== '/v1/health',
  }),
)
const ready = createRoute({
  method: 'get',
  path: '/ready',
  tags,
  summary: 'Check readiness and each dependency',
  security: [],
  openQuery,
  responses: {
    200: json(Readiness, 'Ready. `degraded`: an optional dependency is unavailable.'),
    503: json(Readiness, 'A required dependency is unavailable'),
  },
})

/** Checks the dependency `name` within the timeout. */
async function check(name: string, required: boolean, call: () => Promise<unknown>): Promise<Dependency> {
  const startedAt = Date.now()
  try {
    await withDeadline(call(), checkTimeoutMs)
    return { name, required, ok: true, ms: Date.now() - startedAt }
  } catch (error) {
    const detail = error instanceof DeadlineExceeded ? error.message : 'unreachable'
    return { name, required, ok: false, ms: Date.now() - startedAt, detail }
  }
}

/** The name of an object that no subject can have: a subject is never empty. The check only reads it. */
const probe = 'ready/'

const checks = async (c: GatewayContext): Promise<Dependency[]> => {
  const all = await Promise.all([
    check('objects', true, () => c.env.HOME.getByName(probe).list(1, null)),
    check('postgres', false, async () => {
      const { ok } = await c.env.BACKGROUND.ready()
      if (!ok) throw new Error('not ready')
    }),
    kafka(c),
  ])
  return all.filter((one) => one !== null)
}

/** The state of Kafka, from the background Worker; null: no Kafka, or no answer. The Postgres check reports a Worker that is down. */
async function kafka(c: GatewayContext): Promise<Dependency | null> {
  const startedAt = Date.now()
  const state = await withDeadline(c.env.BACKGROUND.topics(), checkTimeoutMs).catch(() => null)
  return state && { ...state, required: false, ms: Date.now() - startedAt }
}

export const healthRoutes = new OpenAPIHono<Gateway>()
for (const route of live) healthRoutes.openapi(route, (c) => c.json({ status: 'ok' as const }, 200))
healthRoutes.openapi(ready, async (c) => {
  const dependencies = await checks(c)
  const down = dependencies.some(({ ok, required }) => !ok && required)
  const degraded = dependencies.some(({ ok }) => !ok)
  return c.json({ status: down ? 'down' : degraded ? 'degraded' : 'ok', dependencies } as const, down ? 503 : 200)
})
