/** Somebody who arrives at a tenant's accounts, and what becomes of that. */
import type { Role } from '../../shared/identity/role.ts'
import type { Subject } from '../../shared/ids.ts'

/** Somebody whose identity was just proved, by a first factor at least. */
export interface AuthenticatedIdentity {
  readonly subject: Subject
  readonly name: string
  readonly method: 'dev' | 'oidc' | 'token'
  readonly scope: string
  /** How, in the words of RFC 8176, as far as that is known. */
  readonly amr: readonly string[]
  /** The browser and its system, in a few words. */
  readonly agent: string
  readonly expiresAt: number
  /** What they become if they are new here. */
  readonly role: Role
  /** Whether a refresh token is wanted. */
  readonly refresh: boolean
}

/** What gateways say that were deployed before there were second factors. */
export type LegacyIdentity = Omit<AuthenticatedIdentity, 'amr' | 'agent'>

/** Somebody who is in. */
export interface SignedIn {
  readonly kind: 'in'
  readonly sid: string
  readonly role: Role
  readonly amr: readonly string[]
  /** Whether the tenant demands a second factor of them. */
  readonly demandsMfa: boolean
  readonly refresh: string | null
}

/** Somebody of whom the second factor is wanted first. `text` is told this once. */
export interface MfaChallenge {
  readonly kind: 'challenge'
  readonly text: string
  readonly expiresAt: number
}
