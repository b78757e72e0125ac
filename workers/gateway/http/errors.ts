/** Faults as answers. Each is logged once; the client learns its kind and the request id, and nothing else. */
import { HTTPException } from 'hono/http-exception'
import { isNewerSchema } from '../../../shared/faults.ts'
import { AuditUnavailable } from '../audit/record.ts'
import { logger } from '../logger.ts'
import { CounterUnavailable } from '../memory/attributes.ts'
import type { GatewayContext } from './context.ts'
import { problem } from './problem.ts'
import { routeOf } from './request-log.ts'

export function faultAnswer(error: Error, c: GatewayContext): Response {
  // Hono throws it for a body that is not JSON; its message quotes nothing.
  if (error instanceof HTTPException && error.status === 400)
    return problem(c, { kind: 'malformed', detail: 'The body is not valid JSON.' })
  logger.write('request.failed', { error, request: c.var.requestId, route: routeOf(c) })
  if (error instanceof AuditUnavailable)
    return problem(c, { kind: 'unavailable', what: 'The audit trail, without which nothing is changed,' })
  if (error instanceof CounterUnavailable) return problem(c, { kind: 'unavailable', what: 'The counter of what is remembered' })
  // A rollback or a partial deployment: the stored data waits for code that knows its schema.
  if (isNewerSchema(error)) return problem(c, { kind: 'unavailable', what: 'What you ask for was stored by a newer version, and' })
  return problem(c, { kind: 'internal' })
}
