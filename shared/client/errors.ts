/** The errors of the API client. Each is a class, for `instanceof`. */
import type { Problem } from '../problem.ts'

/** The API refused the request. `problem` is the error response. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly problem: Problem
  /** The wait that the server requested, in ms; `undefined`: none. */
  readonly retryAfterMs: number | undefined

  constructor(problem: Problem, retryAfterMs?: number) {
    super(problem.detail)
    this.problem = problem
    this.retryAfterMs = retryAfterMs
  }

  get status(): number {
    return this.problem.status
  }

  /** Whether a retry of the same request may succeed. */
  get transient(): boolean {
    return this.status === 408 || this.status >= 500 ? this.status !== 507 : this.status === 429 && this.retryAfterMs !== undefined
  }
}

/** No response: no network, no server, or a closed connection. The request may have arrived. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'

  constructor(cause: unknown) {
    super('The server could not be reached.', { cause })
  }
}

/** The error of a failed `response`. A proxy may respond in HTML, so any body becomes a problem. */
export async function toApiError(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null)
  return new ApiError(isProblem(body) ? body : problemOfStatus(response), retryAfterMs(response.headers.get('retry-after')))
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'status' in body && 'title' in body && 'detail' in body && typeof body.detail === 'string'

const problemOfStatus = (response: Response): Problem => ({
  type: 'about:blank',
  status: response.status,
  title: response.statusText || `HTTP ${response.status}`,
  detail: `The server responded with status ${response.status} and no explanation.`,
  request_id: response.headers.get('x-request-id') ?? '',
})

/** `Retry-After` is seconds or a date (RFC 9110 §10.2.3). */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
