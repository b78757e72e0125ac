/** Errors as texts that tell the user what to do, in the language of the page. */
import { ApiError, Unreachable } from '../../../shared/client/errors.ts'
import type { Problem } from '../../../shared/problem.ts'
import { textFor } from '../strings/area.ts'
import { state } from '../strings/state.ts'

export interface UserError {
  readonly title: string
  readonly detail: string
  /** The request id, for a search in the logs; empty when the server was not reached. */
  readonly reference: string
  /** The server's words with the names of actions, for administrators. */
  readonly technical?: string | undefined
}

type Texts = Pick<UserError, 'title' | 'detail' | 'technical'>

/** A reason of the policy, as a clause. A workspace's own policy gives texts. */
export const denialReason = (reason: string): string => textFor(state.denialReasons, reason) ?? reason

/** A denial in words for its user. The policy's own reasons stay; the name of an action does not. */
function denial(reasons: readonly string[] = []): string {
  if (reasons.join() === 'not_permitted') return state.noPermission
  return reasons.length > 0 ? state.denied({ reasons: reasons.map(denialReason).join('; ') }) : state.deniedPlainly
}

/** The name of a refusal in the tables: its kind, or the status that a server in between gave. */
const kindOf = ({ type, status }: Problem): string => (type === 'about:blank' ? `http_${status}` : (type.split('/').at(-1) ?? ''))

/** “Try again in 30 s.” Empty: the server names no time. */
function waitText(ms: number | undefined): string {
  if (ms === undefined || ms <= 0) return ''
  const wait = ms < 90_000 ? state.seconds({ count: Math.ceil(ms / 1_000) }) : state.minutes({ count: Math.ceil(ms / 60_000) })
  return ` ${state.retryAfter({ wait })}`
}

/** A refusal in the app's own words. A kind without any, and a refusal of fields, has the server's. */
function refusal({ problem, retryAfterMs }: ApiError): Texts {
  const { title, detail, reasons, errors } = problem
  const kind = kindOf(problem)
  const ownTitle = textFor(state.problemTitles, kind) ?? title
  if (kind === 'denied') return { title: ownTitle, detail: denial(reasons), technical: detail }
  const fields = errors?.map((field) => `${field.pointer}: ${field.detail}`).join('; ')
  if (fields) return { title: ownTitle, detail: `${detail} (${fields})` }
  const ownDetail = textFor(state.problemDetails, kind)
  return ownDetail === undefined ? { title, detail } : { title: ownTitle, detail: ownDetail + waitText(retryAfterMs), technical: detail }
}

/** The texts are read when they are shown, so an error on the screen follows the language of the page. */
export function toUserError(error: unknown): UserError {
  const texts = (): Texts =>
    error instanceof ApiError ? refusal(error) : error instanceof Unreachable ? state.unreachable : state.pageFault
  return {
    get title() {
      return texts().title
    },
    get detail() {
      return texts().detail
    },
    get technical() {
      return texts().technical
    },
    reference: error instanceof ApiError ? (error.problem.request_id ?? '') : '',
  }
}

export const isStatus = (error: unknown, status: number): boolean => error instanceof ApiError && error.status === status
