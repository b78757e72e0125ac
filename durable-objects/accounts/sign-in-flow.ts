/**
 * Signing in: the first factor, the challenge of a second one, and the exchange of refresh tokens. Credentials are made and parsed
 * first, because that is asynchronous. Each decision and its consequences are one transaction.
 */
import { mfaRequired, type RequireMfa, withSecondFactor } from '../../shared/identity/amr.ts'
import { type Credential, createCredential, hasChecksum, parseCredential } from '../../shared/identity/credential.ts'
import { defaultRole } from '../../shared/identity/role.ts'
import type { TenantId } from '../../shared/ids.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { SqlTables } from '../sql-object.ts'
import type { AuthenticatedIdentity, LegacyIdentity, MfaChallenge, SignedIn } from './authenticated-identity.ts'
import type { Changes } from './changes.ts'
import type { ChecksumKey } from './checksum-key.ts'
import type { Factors } from './factors.ts'
import type { Issuers } from './issuers.ts'
import type { MfaMethod, SecondFactor } from './second-factor.ts'
import type { SignIn, SignIns } from './sign-ins.ts'
import type { Users } from './users.ts'

/** How long a challenge stays open. Milliseconds. */
const challengeMs = 300_000

/** The parts of the accounts object that a sign-in reads and writes. */
export interface SignInParts {
  readonly storage: Pick<DurableObjectStorage, 'transactionSync'>
  readonly tables: SqlTables
  readonly users: Users
  readonly issuers: Issuers
  readonly signIns: SignIns
  readonly factors: Factors
  readonly mfa: SecondFactor
  readonly changes: Changes
  readonly checksumKey: ChecksumKey
  readonly tenant: () => TenantId
  readonly requireMfa: () => RequireMfa
}

export class SignInFlow {
  readonly #parts: SignInParts

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  /** See `Accounts.signIn`. */
  async signIn(request: AuthenticatedIdentity | LegacyIdentity): Promise<Result<SignedIn | MfaChallenge, Failure>> {
    const identity: AuthenticatedIdentity = { amr: [], agent: '', ...request }
    const challenge = await createCredential('somachallenge', this.#parts.tenant(), await this.#parts.checksumKey.get())
    const credential = await createCredential('somarefresh', this.#parts.tenant(), await this.#parts.checksumKey.get())
    this.#parts.tables.migrate()
    const now = Date.now()
    return this.#parts.storage.transactionSync(() => {
      // An older gateway names no origin.
      if (identity.origin && !this.#parts.issuers.accepts(identity.subject, identity.origin)) return fail({ kind: 'unauthenticated' })
      // An older gateway does not know challenges, and must not treat one as a sign-in.
      if (!('amr' in request) && this.#parts.mfa.isOn(identity.subject)) return fail({ kind: 'unauthenticated' })
      // A program that a signed-in user authorizes is not challenged again.
      if (identity.method === 'token' || !this.#parts.mfa.isOn(identity.subject) || !this.#parts.users.roleOf(identity.subject))
        return this.#completeSignIn(identity, credential, now)
      const expiresAt = now + challengeMs
      this.#parts.factors.addChallenge({ id: challenge.id, hash: challenge.hash, identity, expiresAt }, now)
      return ok({ kind: 'challenge', text: challenge.text, expiresAt } as const)
    })
  }

  /** See `Accounts.answer`. */
  async answer(
    text: string,
    code: string,
  ): Promise<Result<SignedIn & { arrival: AuthenticatedIdentity; way: MfaMethod }, Failure & { whose?: string }>> {
    const challenge = await parseCredential('somachallenge', text)
    const ended: Failure = { kind: 'challenge_ended' }
    if (!challenge || challenge.tenant !== this.#parts.tenant() || !this.#parts.tables.exist()) return fail(ended)
    const challengedIdentity = this.#parts.factors.openChallenge(challenge, Date.now())
    if (!challengedIdentity) return fail(ended)
    const submitted = await this.#parts.mfa.prepareCode(challengedIdentity.subject, code, Date.now())
    const credential = await createCredential('somarefresh', this.#parts.tenant(), await this.#parts.checksumKey.get())
    const now = Date.now()
    return this.#parts.storage.transactionSync(() => {
      const identity = this.#parts.factors.openChallenge(challenge, now)
      if (!identity) return fail(ended)
      const method = this.#parts.mfa.consumeCode(identity.subject, submitted, now)
      if (!method.ok) return fail({ ...method.error, whose: identity.subject })
      this.#parts.factors.removeChallenge(challenge.id)
      const signedIn = this.#completeSignIn({ ...identity, amr: withSecondFactor(identity.amr, method.value) }, credential, now)
      return signedIn.ok ? ok({ ...signedIn.value, arrival: identity, way: method.value }) : signedIn
    })
  }

  /** See `Accounts.refresh`. */
  async refresh(text: string): Promise<Result<{ signIn: SignIn; refresh: string }, Failure & { reusedBy?: string }>> {
    const credential = await parseCredential('somarefresh', text)
    if (!credential || credential.tenant !== this.#parts.tenant() || !this.#parts.tables.exist()) return fail({ kind: 'unauthenticated' })
    const key = await this.#parts.checksumKey.get()
    const next = await createCredential('somarefresh', credential.tenant, key, credential.id)
    const isIssued = key !== null && (await hasChecksum(text, key))
    return this.#parts.storage.transactionSync(() => {
      const signIn = this.#parts.signIns.refresh(credential, isIssued, next.hash, Date.now())
      if (signIn === 'unknown') return fail({ kind: 'unauthenticated' })
      if ('reusedBy' in signIn) {
        this.#parts.changes.record(signIn.reusedBy)
        return fail({ kind: 'unauthenticated', reusedBy: signIn.reusedBy })
      }
      return this.#parts.users.roleOf(signIn.subject) ? ok({ signIn, refresh: next.text }) : fail({ kind: 'unauthenticated' })
    })
  }

  #completeSignIn(
    identity: AuthenticatedIdentity,
    { id: sid, hash, text }: Credential & { text: string },
    now: number,
  ): Result<SignedIn, Failure> {
    const { subject, name, method, scope, amr, agent, expiresAt, refresh } = identity
    if (!this.#parts.users.roleOf(subject)) return fail({ kind: 'unauthenticated' })
    this.#parts.users.recordSignIn(subject, name, identity.role, now)
    this.#parts.signIns.start({ sid, subject, method, scope, amr, agent, createdAt: now, expiresAt }, refresh ? hash : null)
    this.#parts.changes.record(subject)
    const role = this.#parts.users.roleOf(subject) ?? defaultRole
    return ok({ kind: 'in', sid, role, amr, demandsMfa: mfaRequired(this.#parts.requireMfa(), role), refresh: refresh ? text : null })
  }
}
