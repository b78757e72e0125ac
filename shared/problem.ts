/** Every refusal of the platform, with its text as `application/problem+json` (RFC 9457). Pure. */
import type { Role } from './identity/role.ts'

/** A problem of one field: its JSON pointer (RFC 6901), or the name of a header or query parameter, and a sentence. */
export interface InvalidField {
  readonly pointer: string
  readonly detail: string
}

/** Every refusal. A new arm does not compile until `wording` has a text for it. */
export type Failure =
  | { readonly kind: 'invalid'; readonly errors: readonly InvalidField[] }
  | { readonly kind: 'malformed'; readonly detail: string }
  | { readonly kind: 'invalid_cursor' }
  | { readonly kind: 'unauthenticated' }
  | { readonly kind: 'wrong_origin' }
  | { readonly kind: 'wrong_csrf' }
  | { readonly kind: 'forbidden'; readonly scope: string }
  /** The policy denied the action. `reasons` are the policy's own words. */
  | { readonly kind: 'denied'; readonly action: string; readonly reasons: readonly string[] }
  | { readonly kind: 'needs_role'; readonly role: Role }
  | { readonly kind: 'needs_cookie' }
  /** `retryMs`: the wait before the next attempt; 0: none. */
  | { readonly kind: 'wrong_code'; readonly retryMs: number }
  | { readonly kind: 'guessed_too_often'; readonly retryMs: number }
  /** The challenge was answered, has expired, or never existed. */
  | { readonly kind: 'challenge_ended' }
  /** The tenant requires a second factor that this sign-in lacks. */
  | { readonly kind: 'mfa_required' }
  | { readonly kind: 'mfa_on' | 'mfa_off' | 'mfa_demanded' }
  | { readonly kind: 'last_owner' }
  | { readonly kind: 'too_many_keys'; readonly limit: number }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'session_deleted' }
  | { readonly kind: 'session_full' }
  | { readonly kind: 'session_exists' }
  | { readonly kind: 'memory_full'; readonly limit: number }
  | { readonly kind: 'idempotency_mismatch' }
  | { readonly kind: 'turn_in_progress'; readonly turn_id: string }
  | { readonly kind: 'version_conflict'; readonly seq: number; readonly of?: 'settings' }
  | { readonly kind: 'too_large'; readonly limitBytes: number }
  | { readonly kind: 'unsupported_media_type' }
  | { readonly kind: 'queue_full'; readonly limit: number }
  /** An uploaded policy is refused. The policy in force stays. */
  | { readonly kind: 'policy_refused'; readonly why: 'signature' | 'revision' | 'plan' | 'tests' | 'lockout'; readonly detail: string }
  /** An uploaded constitution is refused. The one in force stays. */
  | {
      readonly kind: 'constitution_refused'
      readonly why: 'signature' | 'version' | 'document' | 'tests'
      readonly detail: string
      readonly errors?: readonly InvalidField[]
    }
  /** The authorization model refuses a tuple or a question. `code` is OpenFGA's name for the error. */
  | { readonly kind: 'relation_refused'; readonly code: string; readonly detail: string }
  | { readonly kind: 'rate_limited'; readonly limit: number; readonly retryMs: number }
  | { readonly kind: 'never_shown' }
  | { readonly kind: 'unavailable'; readonly what: string }
  | { readonly kind: 'internal' }

export type FailureKind = Failure['kind']

interface Wording {
  readonly status: number
  readonly title: string
  readonly detail: string
}

/** The shape on the wire. `type` is a path at the API's origin, where the docs explain it. */
export interface Problem extends Wording {
  readonly type: string
  readonly request_id: string
  readonly errors?: readonly InvalidField[]
  /** For a denial: the requested action, and the policy's reasons. */
  readonly action?: string
  readonly reasons?: readonly string[]
  /** For a `version_conflict`: the current version. */
  readonly version?: number
}

/** The policy's reasons in words. A tenant's own policy may give other reasons, already in words. */
const reasonWords: Readonly<Record<string, string>> = {
  not_permitted: 'none of your roles, scopes or relations permits it',
  other_tenant: 'it belongs to another tenant',
  suspended: 'your account is suspended',
  second_factor: 'it needs a sign-in with a second factor',
  budget: 'no budget is left',
  personal: 'it names an e-mail address or telephone number',
  too_often: 'the tenant has had too much remembered in this minute',
  memory_full: 'there is no room for more; forget something first',
  malformed: 'the request does not say who asks for what',
  fault: 'the policy could not decide, and what is not allowed is denied',
  unavailable: 'the policy could not be asked, and what is not allowed is denied',
}

/** A reason for a denial, as a clause. */
export const denialReasonText = (reason: string): string => (Object.hasOwn(reasonWords, reason) ? (reasonWords[reason] ?? reason) : reason)

/** A denial, in words for the denied user. */
export const denialText = (action: string, reasons: readonly string[]): string =>
  `The policy does not allow you \`${action}\`: ${reasons.map(denialReasonText).join('; ') || 'it gives no reason'}.`

const inTime = (ms: number): string => (ms < 90_000 ? `${Math.ceil(ms / 1_000)} s` : `${Math.ceil(ms / 60_000)} minutes`)

function wording(failure: Failure): Wording {
  switch (failure.kind) {
    case 'invalid':
      return { status: 400, title: 'Invalid request', detail: 'Some fields are not as they should be; `errors` names each.' }
    case 'malformed':
      return { status: 400, title: 'Malformed request', detail: failure.detail }
    case 'invalid_cursor':
      return { status: 400, title: 'Invalid cursor', detail: 'This cursor does not name a place in this session. Read again without one.' }
    case 'unauthenticated':
      return { status: 401, title: 'Not signed in', detail: 'Send a valid bearer token, or sign in.' }
    case 'wrong_origin':
      return {
        status: 403,
        title: 'Wrong origin',
        detail: 'Requests with the sign-in cookie that change something must come from the app itself.',
      }
    case 'wrong_csrf':
      return {
        status: 403,
        title: 'Missing CSRF token',
        detail: 'Requests with the sign-in cookie that change something must repeat the value of the csrf cookie in `x-csrf-token`.',
      }
    case 'needs_role':
      return { status: 403, title: 'Not yours to do', detail: `This needs the role \`${failure.role}\` in this tenant.` }
    case 'needs_cookie':
      return {
        status: 403,
        title: 'Sign in first',
        detail: 'This is for the web app: a token or an API key cannot make more of themselves.',
      }
    case 'wrong_code':
      return {
        status: 403,
        title: 'Wrong code',
        detail: `This code is not right, has ended, or was used already.${failure.retryMs > 0 ? ` Wait ${inTime(failure.retryMs)} before the next.` : ' Try the next one.'}`,
      }
    case 'guessed_too_often':
      return { status: 429, title: 'Too many wrong codes', detail: `Wait ${inTime(failure.retryMs)}, then try again.` }
    case 'challenge_ended':
      return { status: 401, title: 'That took too long', detail: 'Sign in again, and give the code within five minutes.' }
    case 'mfa_required':
      return {
        status: 403,
        title: 'Second factor needed',
        detail:
          'This tenant demands a second factor of you. Set one up, or show it: see `/v1/me/mfa`. With tokens of another issuer, sign in there with one.',
      }
    case 'mfa_on':
      return { status: 409, title: 'Set up already', detail: 'You have a second factor. Give a code of it to set up another in its place.' }
    case 'mfa_off':
      return { status: 409, title: 'No second factor', detail: 'None is set up, or it was not proved in time. Begin anew.' }
    case 'mfa_demanded':
      return {
        status: 409,
        title: 'Demanded here',
        detail: 'This tenant demands a second factor of you, so it cannot be turned off. You can set up another in its place.',
      }
    case 'last_owner':
      return { status: 409, title: 'Last owner', detail: 'A tenant has at least one owner. Make somebody else one first.' }
    case 'too_many_keys':
      return { status: 409, title: 'Too many keys', detail: `One may have at most ${failure.limit} API keys. Revoke one first.` }
    case 'forbidden':
      return { status: 403, title: 'Forbidden', detail: `This needs a token with the scope \`${failure.scope}\`.` }
    case 'denied':
      return {
        status: 403,
        title: 'Not allowed',
        detail: denialText(failure.action, failure.reasons),
      }
    case 'not_found':
      return { status: 404, title: 'Not found', detail: 'There is nothing here, or it is not yours.' }
    case 'idempotency_mismatch':
      return { status: 409, title: 'Key already used', detail: 'This idempotency key was used for another message. Use a new key.' }
    case 'turn_in_progress':
      return { status: 409, title: 'Turn in progress', detail: 'A turn of this session has not ended. Wait for it, or stop it.' }
    case 'version_conflict':
      return {
        status: 409,
        title: 'Newer version',
        detail: `More was recorded since: the ${failure.of === 'settings' ? 'settings are' : 'session is'} at ${failure.seq}. Read again, then try again.`,
      }
    case 'session_exists':
      return { status: 409, title: 'Session exists', detail: 'There is such a session. It was left as it is.' }
    case 'session_deleted':
      return { status: 410, title: 'Session deleted', detail: 'This conversation was deleted. Start a new one.' }
    case 'too_large':
      return { status: 413, title: 'Too large', detail: `The body may have at most ${failure.limitBytes} bytes.` }
    case 'unsupported_media_type':
      return { status: 415, title: 'Unsupported media type', detail: 'Send the body as application/json.' }
    case 'queue_full':
      return {
        status: 429,
        title: 'Too many waiting messages',
        detail: `At most ${failure.limit} messages may wait for an answer. Wait for one, or cancel one.`,
      }
    case 'policy_refused':
      return {
        status: failure.why === 'revision' ? 409 : 422,
        title: 'Policy not taken',
        detail: `It was not taken (${failure.why}): ${failure.detail}. The policy in force has not changed.`,
      }
    case 'constitution_refused':
      return {
        status: failure.why === 'version' ? 409 : 422,
        title: 'Constitution not taken',
        detail: `It was not taken (${failure.why}): ${failure.detail}. The one in force has not changed.`,
      }
    case 'relation_refused':
      return {
        status: failure.code === 'write_failed_due_to_invalid_input' ? 409 : 400,
        title: 'Relation refused',
        detail: `${failure.code}: ${failure.detail}`,
      }
    case 'rate_limited':
      return {
        status: 429,
        title: 'Too many requests',
        detail: `You may make ${failure.limit} such requests in a while. Wait ${Math.ceil(failure.retryMs / 1_000)} s, then go on.`,
      }
    case 'never_shown':
      return { status: 403, title: 'Never shown', detail: 'A key can be set, replaced and removed, but never read again.' }
    case 'unavailable':
      return { status: 503, title: 'Unavailable', detail: `${failure.what} cannot be reached right now. Try again.` }
    case 'session_full':
      return { status: 507, title: 'Session full', detail: 'This conversation has reached its size limit. Start a new one.' }
    case 'memory_full':
      return { status: 507, title: 'Memory full', detail: `At most ${failure.limit} things are remembered of you. Forget some first.` }
    case 'internal':
      return { status: 500, title: 'Internal error', detail: 'Something broke on our side. Quote the request id when you report it.' }
  }
}

/** The problem document of `failure`. Reveals nothing that the failure does not hold. */
export function toProblem(failure: Failure, requestId: string): Problem {
  const errors = 'errors' in failure && failure.errors ? { errors: failure.errors } : {}
  const denial = failure.kind === 'denied' ? { action: failure.action, reasons: failure.reasons } : {}
  const version = failure.kind === 'version_conflict' ? { version: failure.seq } : {}
  return { type: `/problems/${failure.kind}`, ...wording(failure), request_id: requestId, ...errors, ...denial, ...version }
}
