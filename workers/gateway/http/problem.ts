/** Refusals as responses: `application/problem+json` (RFC 9457) with the request id. */
import type { TypedResponse } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ZodError } from 'zod'
import { challengeFor } from '../../../shared/identity/credential-fault.ts'
import { type Failure, type InvalidField, toProblem } from '../../../shared/problem.ts'
import type { GatewayContext } from './context.ts'

/** Maximum number of invalid fields in one response. */
const maxErrors = 20

/** A response that is assignable to every typed response of a route. */
export type ProblemResponse = Response & TypedResponse<never, never, never>

/** The response for `failure`, with the headers of its status. */
export function problem(c: GatewayContext, failure: Failure): ProblemResponse {
  const problem = toProblem(failure, c.var.requestId)
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (failure.kind === 'unauthenticated') headers['www-authenticate'] = challengeFor(failure.fault)
  if (failure.kind === 'forbidden') headers['www-authenticate'] = `Bearer error="insufficient_scope", scope="${failure.scope}"`
  if (failure.kind === 'queue_full') headers['retry-after'] = '5'
  if (failure.kind === 'unavailable') headers['retry-after'] = String(Math.ceil((failure.retryMs ?? 5_000) / 1_000))
  if (failure.kind === 'method_not_allowed') headers.allow = failure.allowed.join(', ')
  if ((failure.kind === 'wrong_code' || failure.kind === 'guessed_too_often') && failure.retryMs > 0)
    headers['retry-after'] = String(Math.ceil(failure.retryMs / 1_000))
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, headers) as Response as ProblemResponse
}

/** Zod's issues as RFC 9457's `errors`. `where`: the part of the request. A body's pointers start at its root. */
export function invalid(where: string, { issues }: ZodError): Failure {
  const errors = issues.slice(0, maxErrors).map(({ path, message }): InvalidField => {
    const pointer = path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
    return { pointer: where === 'json' ? pointer : `${where}${pointer}`, detail: message }
  })
  return { kind: 'invalid', errors }
}
