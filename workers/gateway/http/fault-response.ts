/**
 * Maps faults to responses. A fault is logged once; malformed JSON and an exceeded quota are not faults. The client gets the kind of the
 * fault and the request id.
 */
import { HTTPException } from 'hono/http-exception'
import { isAuditQuotaExceeded, isNewerSchema, PartyUnavailable } from '../../../shared/faults.ts'
import type { Failure } from '../../../shared/problem.ts'
import { logger } from '../logger.ts'
import type { GatewayContext } from './context.ts'
import { problem } from './problem.ts'
import { routeOf } from './request-log.ts'

/** The response for an error that a route threw. */
export function faultResponse(error: Error, c: GatewayContext): Response {
  const refused: Failure | undefined = c.get('refusedBody')
  if (refused !== undefined) return problem(c, refused)
  // The router throws these: 400 for a body that is not JSON, 415 for another content type.
  if (error instanceof HTTPException && error.status === 400)
    return problem(c, { kind: 'malformed', detail: 'The body is not valid JSON.' })
  if (error instanceof HTTPException && error.status === 415) return problem(c, { kind: 'unsupported_media_type' })
  if (isAuditQuotaExceeded(error)) return problem(c, { kind: 'audit_quota' })
  logger.write('request.failed', { error, request: c.var.requestId, route: routeOf(c) })
  if (error instanceof PartyUnavailable) return problem(c, { kind: 'unavailable', what: error.party, retryMs: error.retryMs })
  // A rollback or a partial deployment: the stored schema is newer than this code.
  if (isNewerSchema(error)) return problem(c, { kind: 'unavailable', what: 'The requested data, which a newer version stored,' })
  if (isOverload(error)) return problem(c, { kind: 'unavailable', what: 'An object that stores the requested data' })
  return problem(c, { kind: 'internal' })
}

/** Whether the platform could not run an object: it is overloaded, or restarts. It marks such errors of calls to objects. */
const isOverload = (error: Error): boolean =>
  ('overloaded' in error && error.overloaded === true) || ('retryable' in error && error.retryable === true)
