/** Limits the requests of a tenant that use the policy sandbox at a time, per isolate. Other tenants use it too. */
import { createMiddleware } from 'hono/factory'
import { limits } from '../../../shared/api/limits.ts'
import type { Gateway } from '../http/context.ts'
import { problem } from '../http/problem.ts'

/** When a refused client tries again. Milliseconds. The longest what-if takes two seconds. */
const retryMs = 2_000

/** Running requests by tenant. A tenant without one has no entry. */
const running = new Map<string, number>()

/** The middleware of each route that uses the sandbox. */
export const limitTrials = createMiddleware<Gateway>(async (c, next) => {
  const { tenant } = c.get('principal')
  const count = running.get(tenant) ?? 0
  if (count >= limits.tenantTrials) return problem(c, { kind: 'too_many_trials', limit: limits.tenantTrials, retryMs })
  running.set(tenant, count + 1)
  try {
    await next()
  } finally {
    const remaining = (running.get(tenant) ?? 1) - 1
    if (remaining > 0) running.set(tenant, remaining)
    else running.delete(tenant)
  }
})
