/** The log line of one request. */
import { matchedRoutes } from 'hono/route'
import type { LogFields } from '../../../shared/log/fields.ts'
import { logger } from '../logger.ts'
import type { GatewayContext } from './context.ts'

const probes: readonly (string | undefined)[] = ['/health', '/healthz', '/live', '/ready']

/** The pattern of the request's route, e.g. `/v1/sessions/:session`. Undefined: no route matches. */
export const routeOf = (c: GatewayContext): string | undefined => matchedRoutes(c).findLast(({ method }) => method !== 'ALL')?.path

/** Writes the line of a request. Call after the response headers exist. `startedAt`: Unix ms. */
export function logRequest(c: GatewayContext, startedAt: number): void {
  const route = routeOf(c)
  const principal: GatewayContext['var']['principal'] | undefined = c.get('principal')
  logger.write(probes.includes(route) ? 'probe.ended' : 'request.ended', {
    request: c.get('requestId'),
    tenant: principal?.tenant,
    method: c.req.method,
    route,
    status: c.res.status,
    ms: Date.now() - startedAt,
  })
}

/** Logs an operator's call with its subject, target and status. */
export function logAdminCall(c: GatewayContext, fields: Pick<LogFields, 'key' | 'target'>): void {
  const { tenant, subject } = c.get('principal')
  logger.write('admin.called', {
    request: c.get('requestId'),
    tenant,
    method: c.req.method,
    route: routeOf(c),
    status: c.res.status,
    subject,
    ...fields,
  })
}
