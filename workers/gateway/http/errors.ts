/** Maps faults to responses. A fault is logged once; malformed JSON and a used-up quota are none. The client gets its kind and the request id, nothing else. */
import { HTTPException } from 'hono/http-exception'
import { isAuditQuotaExceeded, isNewerSchema, PartyUnavailable } from '../../../shared/faults.ts'
import { AuditUnavailable } from '../audit/record.ts'
import { logger } from '../logger.ts'
import { CounterUnavailable } from '../memory/attributes.ts'
import type { GatewayContext } from './context.ts'
import { problem } from './problem.ts'
import { routeOf } from './request-log.ts'

/** The response for an error that a route threw. */
export function faultResponse(error: Error, c: GatewayContext): Response {
  // Hono throws `HTTPException` 400 for a body that is not JSON.
  if (error instanceof HTTPException && error.status === 400)
    return problem(c, { kind: 'malformed', detail: 'The body is not valid JSON.' })
  if (isAuditQuotaExceeded(error)) return problem(c, { kind: 'audit_quota' })
  logger.write('request.failed', { error, request: c.var.requestId, route: routeOf(c) })
  if (error instanceof PartyUnavailable) return problem(c, { kind: 'unavailable', what: error.party, retryMs: error.retryMs })
  if (error instanceof AuditUnavailable) return problem(c, { kind: 'unavailable', what: 'The audit trail, which every change requires,' })
  if (error instanceof CounterUnavailable) return problem(c, { kind: 'unavailable', what: 'The counter of memory writes' })
  // A rollback or a partial deployment: the stored schema is newer than this code.
  if (isNewerSchema(error)) return problem(c, { kind: 'unavailable', what: 'The requested data, which a newer version stored,' })
  return problem(c, { kind: 'internal' })
}
