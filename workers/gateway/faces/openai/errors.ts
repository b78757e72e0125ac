/** Refusals in the shape of OpenAI's API. */
import type { Failure } from '../../../../shared/problem.ts'
import { toProblem } from '../../../../shared/problem-texts.ts'
import { problemKind, problemText, type Refusal } from '../errors.ts'

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
}

/** The body of an error response. `param`: the first wrong field. */
export const openaiError = (problem: Refusal) => ({
  error: {
    message: problemText(problem),
    type: types[problem.status] ?? (problem.status >= 500 ? 'server_error' : 'invalid_request_error'),
    param: problem.errors?.[0]?.pointer.replace(/^\//, '').replaceAll('/', '.') || null,
    code: problemKind(problem),
  },
})

/** The last event of a stream that fails. */
export const openaiFailure = (failure: Failure) => openaiError(toProblem(failure, ''))
