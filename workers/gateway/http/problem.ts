/** Refusals as responses: `application/problem+json` (RFC 9457) with the request id. */
import type { TypedResponse } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { z } from 'zod'
import { unknownFieldText } from '../../../shared/api/close-schema.ts'
import { challengeFor } from '../../../shared/identity/credential-fault.ts'
import type { Failure, InvalidField } from '../../../shared/problem.ts'
import { toProblem } from '../../../shared/problem-texts.ts'
import type { GatewayContext } from './context.ts'

/** Maximum number of invalid fields in one response. */
const maxErrors = 20
/** UTF-16 units of one name in a pointer. */
const maxNameUnits = 200

/** A response that is assignable to every typed response of a route. */
export type ProblemResponse = Response & TypedResponse<never, never, never>

/** The response for `failure`, with the headers of its status. */
export function problem(c: GatewayContext, failure: Failure): ProblemResponse {
  const body = toProblem(failure, c.var.requestId)
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (failure.kind === 'unauthenticated') headers['www-authenticate'] = challengeFor(failure.fault)
  if (failure.kind === 'forbidden') headers['www-authenticate'] = `Bearer error="insufficient_scope", scope="${failure.scope}"`
  if (failure.kind === 'queue_full') headers['retry-after'] = '5'
  if (failure.kind === 'unavailable') headers['retry-after'] = String(Math.ceil((failure.retryMs ?? 5_000) / 1_000))
  if (failure.kind === 'upload_version') headers['tus-version'] = failure.version
  if (failure.kind === 'method_not_allowed') headers.allow = failure.allowed.join(', ')
  if (
    failure.kind === 'too_many_heavy' ||
    failure.kind === 'too_many_streams' ||
    failure.kind === 'too_many_calls' ||
    failure.kind === 'too_many_trials' ||
    failure.kind === 'rate_limited'
  )
    headers['retry-after'] = String(Math.max(1, Math.ceil(failure.retryMs / 1_000)))
  if (failure.kind === 'unsupported_encoding') headers['accept-encoding'] = 'gzip, deflate, identity'
  if ((failure.kind === 'wrong_code' || failure.kind === 'guessed_too_often') && failure.retryMs > 0)
    headers['retry-after'] = String(Math.ceil(failure.retryMs / 1_000))
  return c.body(JSON.stringify(body), body.status as ContentfulStatusCode, headers) as Response as ProblemResponse
}

type Issue = z.core.$ZodIssue

/** Zod's issues as RFC 9457's `errors`. `target`: the part of the request. A body's pointers start at its root. */
export function invalid(target: string, { issues }: { readonly issues: readonly Issue[] }): Failure {
  const errors = withoutLengths(issues)
    .slice(0, maxErrors)
    .flatMap((issue) => fieldsOf(issue, target === 'json' ? '' : target))
  return { kind: 'invalid', errors: errors.slice(0, maxErrors) }
}

/** The issues without those about the length of a value of the wrong type. Zod also measures a text in place of a list. */
function withoutLengths(issues: readonly Issue[]): readonly Issue[] {
  const wrongTypes = new Set(issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => path.map(String).join('/')))
  return issues.filter(({ code, path }) => !(code === 'too_big' || code === 'too_small') || !wrongTypes.has(path.map(String).join('/')))
}

/** The fields that an issue is about. */
function fieldsOf(issue: Issue, parent: string): InvalidField[] {
  const pointer = parent + issue.path.map(pointerPart).join('')
  if (issue.code === 'unrecognized_keys') return unknownFields(issue.keys, pointer)
  if (issue.code === 'invalid_union') {
    // The one alternative of the right type, with wrong fields.
    const [alternative, ...others] = issue.errors.filter((errors) =>
      errors.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
    )
    if (alternative !== undefined && others.length === 0) return alternative.flatMap((nested) => fieldsOf(nested, pointer))
  }
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith(', received undefined')
  return [{ pointer, detail: isMissing ? 'is required' : issue.message }]
}

/** The entries for fields that a request must not have. `parent`: the pointer of their object. */
export const unknownFields = (keys: readonly string[], parent: string): InvalidField[] =>
  keys.slice(0, maxErrors).map((key) => ({ pointer: parent + pointerPart(key), detail: unknownFieldText(key, keys) }))

/** One part of a JSON pointer (RFC 6901 §3). A client's own long name is cut. */
const pointerPart = (part: PropertyKey): string => `/${String(part).slice(0, maxNameUnits).replaceAll('~', '~0').replaceAll('/', '~1')}`
