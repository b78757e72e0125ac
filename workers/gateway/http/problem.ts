/** Refusals as answers: `application/problem+json`, with the request's id. */
import type { TypedResponse } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ZodError } from 'zod'
import { type Failure, type InvalidField, toProblem } from '../../../shared/problem.ts'
import type { GatewayContext } from './context.ts'

/** At most this many fields are named in one refusal. */
const maxErrors = 20

/** An answer that fits wherever a route's typed answer is asked for. */
export type ProblemResponse = Response & TypedResponse<never, never, never>

export function problem(c: GatewayContext, failure: Failure): ProblemResponse {
  const problem = toProblem(failure, c.var.requestId)
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (failure.kind === 'unauthenticated') headers['www-authenticate'] = 'Bearer'
  if (failure.kind === 'queue_full' || failure.kind === 'unavailable') headers['retry-after'] = '5'
  if ((failure.kind === 'wrong_code' || failure.kind === 'guessed_too_often') && failure.retryMs > 0)
    headers['retry-after'] = String(Math.ceil(failure.retryMs / 1_000))
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, headers) as Response as ProblemResponse
}

/** What zod found, as RFC 9457's `errors`. `where` is the part of the request: a body's pointer starts at its root. */
export function invalid(where: string, { issues }: ZodError): Failure {
  const errors = issues.slice(0, maxErrors).map(({ path, message }): InvalidField => {
    const pointer = path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
    return { pointer: where === 'json' ? pointer : `${where}${pointer}`, detail: message }
  })
  return { kind: 'invalid', errors }
}
