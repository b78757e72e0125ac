/** Health: whether the gateway runs, and whether its dependencies answer. */

import { createRoute, OpenAPIHono } from '@hono/zod-openapi'
import { Alive, type Dependency, Readiness } from '../../../shared/api/health.ts'
import { DeadlineExceeded, withDeadline } from '../../../shared/lib/timeout.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { json } from '../http/openapi.ts'

const budgetMs = 1_000

const tags = ['Health']
/** One answer by many names; the API's own is the one that is described. */
const live = ['/v1/health', '/live', '/health', '/healthz'].map((path) =>
  createRoute({
    method: 'get',
    path,
    tags,
    summary: 'Check that the gateway runs',
    description: 'Checks no dependency.',
    security: [],
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
  responses: {
    200: json(Readiness, 'Ready. `degraded`: an optional dependency is unavailable.'),
    503: json(Readiness, 'A required dependency is unavailable'),
  },
})

/** Asks `name` within the budget. */
async function check(name: string, required: boolean, ask: () => Promise<unknown>): Promise<Dependency> {
  const from = Date.now()
  try {
    await withDeadline(ask(), budgetMs)
    return { name, required, ok: true, ms: Date.now() - from }
  } catch (error) {
    const detail = error instanceof DeadlineExceeded ? error.message : 'unreachable'
    return { name, required, ok: false, ms: Date.now() - from, detail }
  }
}

/** An object's name that no subject can have, for one must not be empty. It is asked, and never written to. */
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

/** Kafka, in the words of who publishes there; null: there is none. That the background Worker is away is said with Postgres. */
async function kafka(c: GatewayContext): Promise<Dependency | null> {
  const from = Date.now()
  const state = await withDeadline(c.env.BACKGROUND.topics(), budgetMs).catch(() => null)
  return state && { ...state, required: false, ms: Date.now() - from }
}

export const healthRoutes = new OpenAPIHono<Gateway>()
for (const route of live) healthRoutes.openapi(route, (c) => c.json({ status: 'ok' as const }, 200))
healthRoutes.openapi(ready, async (c) => {
  const dependencies = await checks(c)
  const down = dependencies.some(({ ok, required }) => !ok && required)
  const degraded = dependencies.some(({ ok }) => !ok)
  return c.json({ status: down ? 'down' : degraded ? 'degraded' : 'ok', dependencies } as const, down ? 503 : 200)
})
