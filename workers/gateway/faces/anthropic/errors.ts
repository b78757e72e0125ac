/** Refusals in the shape of Anthropic's API. */
import type { Failure } from '../../../../shared/problem.ts'
import { toProblem } from '../../../../shared/problem-texts.ts'
import { problemKind, problemText, type Refusal } from '../errors.ts'

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
}

/** The body of an error response. */
export const anthropicError = (refusal: Refusal) => ({
  type: 'error',
  error: {
    type: types[refusal.status] ?? (refusal.status >= 500 ? 'api_error' : 'invalid_request_error'),
    message: problemText(refusal),
    // Not in that protocol: what a program can tell apart.
    code: problemKind(refusal),
  },
  ...(refusal.request_id && { request_id: refusal.request_id }),
})

/** The last event of a stream that fails. */
export const anthropicFailure = (failure: Failure) => anthropicError(toProblem(failure, ''))
