/** The identity that a request acts as, after authentication. Types only. */
import type { Subject, TenantId } from '../ids.ts'
import type { CredentialIds } from './credential-status.ts'
import type { Role } from './role.ts'

/** Comes only from a verified token, cookie or API key. */
export interface Principal {
  readonly tenant: TenantId
  readonly subject: Subject
  readonly scopes: readonly string[]
  /** The subject's roles in the tenant, at most one second old. */
  readonly roles: readonly Role[]
  /** How the credential arrived. Browsers attach only cookies by themselves. */
  readonly via: 'token' | 'cookie' | 'api_key'
  /** Authentication methods (RFC 8176). Contains `mfa` after a second factor. Empty for an API key. */
  readonly amr: readonly string[]
  /** Whether an interactive sign-in produced the credential. False for API keys and operator tokens, which are exempt from MFA. */
  readonly signedIn: boolean
  /** The tenant requires a second factor that this sign-in lacks. Only the routes for second factors accept it. */
  readonly needsMfa: boolean
  /** What to revoke to end exactly this credential: a token's `jti`, its sign-in, or the API key. */
  readonly ids: CredentialIds
  /** Until when the credential is accepted, Unix ms. For a token: its `exp` and the leeway for clocks. */
  readonly expiresAt: number
}
