/** Every refusal of the platform, and its shape on the wire as `application/problem+json` (RFC 9457). Pure. */
import type { CredentialFault } from './identity/credential-fault.ts'
import type { Role } from './identity/role.ts'

/** A problem of one field. `pointer`: a JSON pointer (RFC 6901), or the name of a header or query parameter. */
export interface InvalidField {
  readonly pointer: string
  readonly detail: string
}

/** Every refusal. A new arm does not compile until `wording` has a text for it. */
export type Failure =
  | { readonly kind: 'invalid'; readonly errors: readonly InvalidField[] }
  | { readonly kind: 'malformed'; readonly detail: string }
  | { readonly kind: 'invalid_cursor' }
  /** `fault`: why the credential is refused. Absent: there was none. */
  | { readonly kind: 'unauthenticated'; readonly fault?: CredentialFault }
  | { readonly kind: 'wrong_origin' }
  | { readonly kind: 'wrong_csrf' }
  /** A development build is asked under a name that is not this machine's. */
  | { readonly kind: 'wrong_host' }
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
  /** `allowed`: the methods of the path. */
  | { readonly kind: 'method_not_allowed'; readonly method: string; readonly allowed: readonly string[] }
  /** A preflight from an origin that is not in `SOMA_CORS_ORIGINS`. */
  | { readonly kind: 'origin_not_allowed' }
  | { readonly kind: 'session_deleted' }
  | { readonly kind: 'session_full' }
  | { readonly kind: 'session_exists' }
  /** A restore would replace the content of an object. */
  | { readonly kind: 'not_empty' }
  | { readonly kind: 'memory_full'; readonly limit: number; readonly of?: 'links' }
  /** The files of the tenant have reached its limit. */
  | { readonly kind: 'files_full'; readonly limitBytes: number }
  /** A file is larger than the tenant allows. */
  | { readonly kind: 'file_too_large'; readonly limitBytes: number }
  /** The bytes of a resumable upload continue elsewhere. */
  | { readonly kind: 'upload_offset'; readonly offset: number }
  /** A resumable upload names another version of its protocol, or none. */
  | { readonly kind: 'upload_version'; readonly version: string }
  /** The tenant does not accept files of this type. */
  | { readonly kind: 'file_type_refused'; readonly mime: string }
  /** A scanner has not accepted the file, yet or at all. */
  | { readonly kind: 'file_quarantined'; readonly status: 'pending' | 'quarantined' }
  /** The working folder of the session has reached its limit. */
  | { readonly kind: 'workdir_full'; readonly limitFiles: number; readonly limitBytes: number }
  /** A file has the path of a folder, or a folder the path of a file. */
  | { readonly kind: 'path_taken'; readonly path: string }
  | { readonly kind: 'idempotency_mismatch' }
  | { readonly kind: 'turn_in_progress'; readonly turn_id: string }
  | { readonly kind: 'version_conflict'; readonly seq: number; readonly of?: 'settings' | 'persona' | 'tool' | 'server' }
  /** A call that waits for a user asks something else now. */
  | { readonly kind: 'call_changed' }
  | { readonly kind: 'too_large'; readonly limitBytes: number }
  /** `expected`: the accepted type. Absent: JSON. */
  | { readonly kind: 'unsupported_media_type'; readonly expected?: string }
  | { readonly kind: 'unsupported_encoding' }
  | { readonly kind: 'queue_full'; readonly limit: number }
  /** An uploaded policy is refused. The active policy stays. */
  | { readonly kind: 'policy_refused'; readonly why: 'signature' | 'revision' | 'plan' | 'tests' | 'lockout'; readonly detail: string }
  /** An uploaded constitution is refused. The active one stays. */
  | {
      readonly kind: 'constitution_refused'
      readonly why: 'signature' | 'version' | 'document' | 'tests'
      readonly detail: string
      readonly errors?: readonly InvalidField[]
    }
  /** The authorization model refuses a tuple or a question. `code` is OpenFGA's name for the error. */
  | { readonly kind: 'relation_refused'; readonly code: string; readonly detail: string }
  /** Heavy requests: imports, exports, forks and parts of backups. */
  | { readonly kind: 'too_many_heavy'; readonly limit: number; readonly retryMs: number }
  /** Trials and explanations of policies, of the whole tenant. */
  | { readonly kind: 'too_many_trials'; readonly limit: number; readonly retryMs: number }
  /** Calls of models without a session, of one user. */
  | { readonly kind: 'too_many_calls'; readonly limit: number; readonly retryMs: number }
  | { readonly kind: 'rate_limited'; readonly limit: number; readonly retryMs: number }
  /** Open streams of the user in the session, or in the tenant. */
  | { readonly kind: 'too_many_streams'; readonly per: 'session' | 'tenant'; readonly limit: number; readonly retryMs: number }
  /** The subject's entries in the audit trail have reached the quota of the day. */
  | { readonly kind: 'audit_quota' }
  | { readonly kind: 'never_shown' }
  /** The key of a model profile is not set. `name`: of the key. */
  | { readonly kind: 'no_credentials'; readonly name: string }
  /** A call of a model failed. `why`: as in `InvokeFault`. */
  | { readonly kind: 'model_failed'; readonly why: 'failed' | 'denied' | 'budget'; readonly detail: string }
  /** `retryMs`: when another attempt makes sense. Default: 5 s. */
  | { readonly kind: 'unavailable'; readonly what: string; readonly retryMs?: number }
  | { readonly kind: 'internal' }

/** The kind of a refusal. It is the last part of the problem's `type`. */
export type FailureKind = Failure['kind']

/** The status and texts of a refusal. */
export interface Wording {
  readonly status: number
  readonly title: string
  readonly detail: string
}

/** The shape on the wire. `type` is a path at the API's origin, where the docs explain it. */
export interface Problem extends Wording {
  readonly type: string
  readonly request_id: string
  readonly errors?: readonly InvalidField[]
  /** For a refused credential: the error of RFC 6750, as in `WWW-Authenticate`. */
  readonly error?: 'invalid_token'
  readonly error_description?: string
  /** For a denial: the requested action, and the policy's reasons. */
  readonly action?: string
  readonly reasons?: readonly string[]
  /** For a `version_conflict`: the current version. */
  readonly version?: number
}
