/** The status, title and text of every refusal. Pure. */
import { faultTexts } from './identity/credential-fault.ts'
import type { Failure, Problem, Wording } from './problem.ts'

/** The texts of the built-in policy's reasons. A tenant's own policy may give other reasons, as texts. */
const reasonWords: Readonly<Record<string, string>> = {
  not_permitted: 'none of your roles, scopes or relations permits it',
  other_tenant: 'the resource belongs to another tenant',
  second_factor: 'a sign-in with a second factor is required',
  personal: 'the text contains an e-mail address or telephone number',
  too_often: 'the tenant stored too many memories in this minute',
  memory_full: 'the memory is full; delete some entries first',
  not_requester: 'only the user who asked for the turn, or the owner of the session, decides about its tool calls',
  tool_disabled: 'an admin of the workspace has disabled the tool',
  tool_not_allowed: 'the workspace allows the tool to other users only',
  unknown_tool: 'there is no such tool',
  not_of_persona: 'the persona does not offer the tool',
  role_too_low: 'the API key has a lower role than the call acts with',
  listed: 'the policy lists the tool',
  effect: 'the policy asks before calls with such an effect',
  model_locked: 'the model lock of the workspace lets a call name no address',
  malformed: 'the request names no principal or no action',
  fault: 'the policy failed, and everything not allowed is denied',
  unavailable: 'the policy could not be reached, and everything not allowed is denied',
}

/** A reason for a denial, as a clause. */
export const denialReasonText = (reason: string): string => (Object.hasOwn(reasonWords, reason) ? (reasonWords[reason] ?? reason) : reason)

/** A denial, in words for the denied user. */
export const denialText = (action: string, reasons: readonly string[]): string =>
  `The policy does not allow \`${action}\`: ${reasons.map(denialReasonText).join('; ') || 'no reason given'}.`

const durationText = (ms: number): string => (ms < 90_000 ? `${Math.ceil(ms / 1_000)} s` : `${Math.ceil(ms / 60_000)} minutes`)

/** The status of a failed call of a model. */
const modelStatus = { failed: 502, denied: 403, budget: 429 } as const

/** A refusal in one text, for a model. */
export function refusalText(failure: Failure): string {
  const { title, detail = title } = wording(failure)
  return detail
}

function wording(failure: Failure): Wording {
  switch (failure.kind) {
    case 'invalid':
      return { status: 400, title: 'Invalid request', detail: 'Some fields are invalid. `errors` lists each one.' }
    case 'malformed':
      return { status: 400, title: 'Malformed request', detail: failure.detail }
    case 'invalid_cursor':
      return { status: 400, title: 'Invalid cursor', detail: 'The cursor names no position in this session. Read again without it.' }
    case 'unauthenticated':
      return {
        status: 401,
        title: 'Not signed in',
        detail: failure.fault ? faultTexts[failure.fault] : 'Send a valid bearer token, or sign in.',
      }
    case 'wrong_origin':
      return {
        status: 403,
        title: 'Wrong origin',
        detail: 'Changes with the sign-in cookie must come from the origin of the web app.',
      }
    case 'wrong_csrf':
      return {
        status: 403,
        title: 'Missing CSRF token',
        detail: 'Changes with the sign-in cookie must repeat the value of the csrf cookie in `x-csrf-token`.',
      }
    case 'wrong_host':
      return {
        status: 403,
        title: 'Wrong host',
        detail: 'A development build answers under localhost only. The setting `SOMA_DEV_HOSTS` names other hosts.',
      }
    case 'needs_role':
      return { status: 403, title: 'Role required', detail: `This requires the role \`${failure.role}\` in this tenant.` }
    case 'needs_cookie':
      return {
        status: 403,
        title: 'Browser sign-in required',
        detail: 'This route requires a browser sign-in. Tokens and API keys cannot create further credentials.',
      }
    case 'wrong_code':
      return {
        status: 403,
        title: 'Wrong code',
        detail: `The code is wrong, expired or already used.${failure.retryMs > 0 ? ` Wait ${durationText(failure.retryMs)} before the next attempt.` : ' Try the next code.'}`,
      }
    case 'guessed_too_often':
      return { status: 429, title: 'Too many wrong codes', detail: `Wait ${durationText(failure.retryMs)}, then try again.` }
    case 'challenge_ended':
      return { status: 401, title: 'Challenge expired', detail: 'Sign in again, and enter the code within five minutes.' }
    case 'mfa_required':
      return {
        status: 403,
        title: 'Second factor required',
        detail:
          'This tenant requires a second factor. Set one up or verify it at `/v1/me/mfa`. For tokens of another issuer, sign in there with a second factor.',
      }
    case 'mfa_on':
      return { status: 409, title: 'Already set up', detail: 'A second factor is set up. To replace it, send one of its codes.' }
    case 'mfa_off':
      return { status: 409, title: 'No second factor', detail: 'No second factor is set up, or it was not confirmed in time. Start again.' }
    case 'mfa_demanded':
      return {
        status: 409,
        title: 'Required by the tenant',
        detail: 'This tenant requires a second factor, so it cannot be turned off. You can replace it with another one.',
      }
    case 'last_owner':
      return { status: 409, title: 'Last owner', detail: 'A tenant needs at least one owner. Make another user an owner first.' }
    case 'too_many_keys':
      return { status: 409, title: 'Too many keys', detail: `The limit is ${failure.limit} API keys per user. Revoke one first.` }
    case 'forbidden':
      return { status: 403, title: 'Forbidden', detail: `This requires a token with the scope \`${failure.scope}\`.` }
    case 'denied':
      return {
        status: 403,
        title: 'Not allowed',
        detail: denialText(failure.action, failure.reasons),
      }
    case 'not_found':
      return { status: 404, title: 'Not found', detail: 'The resource does not exist, or you have no access to it.' }
    case 'method_not_allowed':
      return {
        status: 405,
        title: 'Method not allowed',
        detail: `This path does not accept ${failure.method}. It accepts ${failure.allowed.join(', ')}.`,
      }
    case 'origin_not_allowed':
      return {
        status: 403,
        title: 'Origin not allowed',
        detail: 'Pages of this origin may not call the API. An operator can add the origin to `SOMA_CORS_ORIGINS`.',
      }
    case 'idempotency_mismatch':
      return { status: 409, title: 'Key already used', detail: 'The idempotency key was used for another message. Use a new key.' }
    case 'turn_in_progress':
      return { status: 409, title: 'Turn in progress', detail: 'A turn of this session is still running. Wait for its end, or cancel it.' }
    case 'version_conflict':
      return {
        status: 409,
        title: 'Newer version',
        detail: `The ${failure.of === 'settings' ? 'settings have' : `${failure.of ?? 'session'} has`} changed and ${failure.of === 'settings' ? 'are' : 'is'} at version ${failure.seq}. Read again, then retry.`,
      }
    case 'call_changed':
      return { status: 409, title: 'Call changed', detail: 'What was asked about this call has changed. Read it again, then decide.' }
    case 'not_empty':
      return { status: 409, title: 'Not empty', detail: 'The object has content. Restore into an empty stack, or send `overwrite`.' }
    case 'session_exists':
      return { status: 409, title: 'Session exists', detail: 'A session with this id exists. It was not changed.' }
    case 'session_deleted':
      return { status: 410, title: 'Session deleted', detail: 'The conversation was deleted. Start a new one.' }
    case 'too_large':
      return { status: 413, title: 'Too large', detail: `The limit of the body is ${failure.limitBytes} bytes.` }
    case 'unsupported_media_type':
      return { status: 415, title: 'Unsupported media type', detail: `Send the body as ${failure.expected ?? 'application/json'}.` }
    case 'unsupported_encoding':
      return { status: 415, title: 'Unsupported encoding', detail: 'Send the body plain, or compressed with gzip or deflate.' }
    case 'queue_full':
      return {
        status: 429,
        title: 'Too many queued messages',
        detail: `The limit is ${failure.limit} queued messages. Wait for an answer, or cancel a message.`,
      }
    case 'policy_refused':
      return {
        status: failure.why === 'revision' ? 409 : 422,
        title: 'Policy refused',
        detail: `The policy was refused (${failure.why}): ${failure.detail}. The active policy is unchanged.`,
      }
    case 'constitution_refused':
      return {
        status: failure.why === 'version' ? 409 : 422,
        title: 'Constitution refused',
        detail: `The constitution was refused (${failure.why}): ${failure.detail}. The active constitution is unchanged.`,
      }
    case 'relation_refused':
      return {
        status: failure.code === 'write_failed_due_to_invalid_input' ? 409 : 400,
        title: 'Relation refused',
        detail: `${failure.code}: ${failure.detail}`,
      }
    case 'too_many_heavy':
      return {
        status: 429,
        title: 'Too many large requests',
        detail: `At most ${failure.limit} imports, exports, forks and backups run at a time. Retry in ${durationText(failure.retryMs)}.`,
      }
    case 'too_many_trials':
      return {
        status: 429,
        title: 'Too many policy trials',
        detail: `A tenant may try or explain ${failure.limit} policies at a time. Retry in ${durationText(failure.retryMs)}.`,
      }
    case 'too_many_calls':
      return {
        status: 429,
        title: 'Too many model calls',
        detail: `You may run ${failure.limit} calls of models at a time. Retry in ${durationText(failure.retryMs)}.`,
      }
    case 'too_many_streams':
      return {
        status: 429,
        title: 'Too many open streams',
        detail: `You may have ${failure.limit} open streams in one ${failure.per}. Close one, or retry in ${durationText(failure.retryMs)}.`,
      }
    case 'rate_limited':
      return {
        status: 429,
        title: 'Too many requests',
        detail: `Limit of ${failure.limit} requests per window exceeded. Retry in ${Math.ceil(failure.retryMs / 1_000)} s.`,
      }
    case 'audit_quota':
      return {
        status: 429,
        title: 'Audit quota used up',
        detail: 'Your changes of today have filled your share of the audit trail. Changes are possible again at 00:00 UTC.',
      }
    case 'never_shown':
      return { status: 403, title: 'Write-only', detail: 'A stored key can be replaced or removed, but not read.' }
    case 'no_credentials':
      return {
        status: 404,
        title: 'No key',
        detail: `There is no key \`${failure.name}\`. An administrator sets it under Settings, Secrets.`,
      }
    case 'model_failed':
      return { status: modelStatus[failure.why], title: 'The model did not answer', detail: failure.detail }
    case 'unavailable':
      return { status: 503, title: 'Unavailable', detail: `${failure.what} cannot be reached. Retry later.` }
    case 'session_full':
      return { status: 507, title: 'Session full', detail: 'The conversation has reached its size limit. Start a new one.' }
    case 'memory_full':
      return {
        status: 507,
        title: 'Memory full',
        detail: `The limit is ${failure.limit} ${failure.of ?? 'memories'} per user. Delete some first.`,
      }
    case 'files_full':
      return {
        status: 507,
        title: 'File storage full',
        detail: `The files of this workspace may have ${failure.limitBytes} bytes together. Delete some, or ask an administrator for more.`,
      }
    case 'file_too_large':
      return { status: 413, title: 'File too large', detail: `A file may have at most ${failure.limitBytes} bytes in this workspace.` }
    case 'upload_offset':
      return { status: 409, title: 'Other offset', detail: `The upload continues at byte ${failure.offset}. Ask for its offset with HEAD.` }
    case 'upload_version':
      return { status: 412, title: 'Other version', detail: `Send \`Tus-Resumable: ${failure.version}\`.` }
    case 'file_type_refused':
      return {
        status: 415,
        title: 'File type not accepted',
        detail: `This workspace accepts no files of the type ${failure.mime}. The type is found by content, not by name.`,
      }
    case 'file_quarantined':
      return failure.status === 'pending'
        ? { status: 409, title: 'File not scanned yet', detail: 'The file is still being scanned. Retry in a few seconds.' }
        : { status: 403, title: 'File in quarantine', detail: 'The scanner found something harmful in this file. Nobody can read it.' }
    case 'workdir_full':
      return {
        status: 507,
        title: 'Working folder full',
        detail: `The working folder of a conversation may have ${failure.limitFiles} files and ${failure.limitBytes} bytes. Delete some files first.`,
      }
    case 'path_taken':
      return {
        status: 409,
        title: 'Path taken',
        detail: `${JSON.stringify(failure.path)} is a file and a folder then. Choose another path, or delete the other first.`,
      }
    case 'internal':
      return { status: 500, title: 'Internal error', detail: 'An internal error occurred. Quote the request id when you report it.' }
  }
}

/** The problem document of `failure`. Reveals nothing that the failure does not hold. */
export function toProblem(failure: Failure, requestId: string): Problem {
  const errors = 'errors' in failure && failure.errors ? { errors: failure.errors } : {}
  const denial = failure.kind === 'denied' ? { action: failure.action, reasons: failure.reasons } : {}
  const version = failure.kind === 'version_conflict' ? { version: failure.seq } : {}
  const fault = failure.kind === 'unauthenticated' ? failure.fault : undefined
  const credential = fault ? { error: 'invalid_token' as const, error_description: faultTexts[fault] } : {}
  return { type: `/problems/${failure.kind}`, ...wording(failure), request_id: requestId, ...errors, ...credential, ...denial, ...version }
}
