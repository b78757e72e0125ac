/** An authenticated identity at a tenant's accounts, and the results of its sign-in. */
import type { Origin } from '../../shared/identity/credential-status.ts'
import type { Role } from '../../shared/identity/role.ts'
import type { Subject } from '../../shared/ids.ts'

/** A subject that has just authenticated, with a first factor at least. */
export interface AuthenticatedIdentity {
  readonly subject: Subject
  readonly name: string
  readonly method: 'dev' | 'oidc' | 'token'
  readonly scope: string
  /** The authentication methods (RFC 8176), if known. */
  readonly amr: readonly string[]
  /** The browser and its system, in a few words. */
  readonly agent: string
  readonly expiresAt: number
  /** The role of a new user. */
  readonly role: Role
  /** Whether the caller asks for a refresh token. */
  readonly refresh: boolean
  /** The issuer that named the subject. Absent: this deployment did. */
  readonly origin?: Origin
}

/** The identity as gateways before second factors send it. */
export type LegacyIdentity = Omit<AuthenticatedIdentity, 'amr' | 'agent'>

/** A completed sign-in. */
export interface SignedIn {
  readonly kind: 'in'
  readonly sid: string
  readonly role: Role
  readonly amr: readonly string[]
  /** Whether the tenant requires a second factor of this user. */
  readonly demandsMfa: boolean
  readonly refresh: string | null
}

/** A challenge for the second factor. `text` is returned only here. `expiresAt` in Unix ms. */
export interface MfaChallenge {
  readonly kind: 'challenge'
  readonly text: string
  readonly expiresAt: number
}
