/**
 * The accounts of a tenant: users, roles, sign-ins, second factors, API keys and revocations. One object per tenant, named by its id; the
 * only writer. Each change increments the stamp, so Workers know which cached credentials to revalidate.
 */

import { mfaRequired, RequireMfa, withSecondFactor } from '../../shared/identity/amr.ts'
import { type Credential, createCredential } from '../../shared/identity/credential.ts'
import type { Accounts as AccountsPort, CredentialIds, CredentialStatus } from '../../shared/identity/credential-status.ts'
import { canManage, defaultRole, type Role } from '../../shared/identity/role.ts'
import { type Subject, TenantId } from '../../shared/ids.ts'
import type { StoredInstructions } from '../../shared/persona/own-instructions.ts'
import type { TurnUser } from '../../shared/persona/turn-user.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { SecretSealer } from '../issuer/secret-sealer.ts'
import type { MaybeAsync } from '../maybe-async.ts'
import { SqlObject } from '../sql-object.ts'
import { type ApiKey, ApiKeys, maxKeys } from './api-keys.ts'
import type { AuthenticatedIdentity, LegacyIdentity, MfaChallenge, SignedIn } from './authenticated-identity.ts'
import { accountsBackup } from './backup.ts'
import { Changes } from './changes.ts'
import { ChecksumKey } from './checksum-key.ts'
import { Factors } from './factors.ts'
import { Issuers } from './issuers.ts'
import { OwnInstructionsTable } from './own-instructions.ts'
import { type MfaMethod, type MfaState, SecondFactor } from './second-factor.ts'
import { SignInFlow } from './sign-in-flow.ts'
import { type SignIn, SignIns } from './sign-ins.ts'
import { accountMigrations } from './tables.ts'
import { type User, Users } from './users.ts'

export class Accounts extends SqlObject implements MaybeAsync<AccountsPort> {
  static readonly backup = accountsBackup

  readonly #sql = this.ctx.storage.sql
  readonly #changes = new Changes(this.#sql)
  readonly #users = new Users(this.#sql)
  readonly #signIns = new SignIns(this.#sql)
  readonly #keys = new ApiKeys(this.#sql)
  readonly #issuers = new Issuers(this.#sql)
  readonly #checksumKey = new ChecksumKey(() => this.env.ISSUER)
  readonly #factors = new Factors(this.#sql)
  readonly #instructions = new OwnInstructionsTable(this.#sql)
  readonly #mfa = new SecondFactor(
    this.#factors,
    this.ctx.storage,
    new SecretSealer(`/accounts/${this.ctx.id.name}`, this.#factors, () => readVariable(this.env, 'SOMA_ISSUER_ROOT_KEYS')),
    () => this.#tenant(),
  )
  readonly #signInFlow = new SignInFlow({
    storage: this.ctx.storage,
    tables: this.tables,
    users: this.#users,
    issuers: this.#issuers,
    signIns: this.#signIns,
    factors: this.#factors,
    mfa: this.#mfa,
    changes: this.#changes,
    checksumKey: this.#checksumKey,
    tenant: () => this.#tenant(),
    requireMfa: () => this.requireMfa(),
  })

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, env, accountMigrations)
  }

  // Credentials.

  /** The role of a subject. Null: removed. A subject without an assigned role is a member. */
  roleOf(subject: string): Role | null {
    return this.tables.exist() ? this.#users.roleOf(subject) : defaultRole
  }

  /** What a turn of a subject needs, with one call. `name`: empty if it has none. */
  turnUser(subject: string): TurnUser {
    return { role: this.roleOf(subject), name: this.user(subject)?.name ?? '', instructions: this.ownInstructions(subject) }
  }

  standing(subject: string, { jti, sid, key, origin }: CredentialIds): CredentialStatus & { readonly stamp: number } {
    const isForeign = origin !== undefined && !this.tables.write(() => this.#issuers.accepts(subject, origin))
    const role = this.roleOf(subject)
    // Without tables nothing was revoked, but an unknown sign-in or key is invalid.
    if (!this.tables.exist()) return { role, revoked: sid !== undefined || key !== undefined, demandsMfa: false, stamp: 0 }
    const revoked =
      isForeign ||
      (jti !== undefined && this.#signIns.isRevoked(jti)) ||
      (sid !== undefined && this.#signIns.get(sid, Date.now())?.subject !== subject) ||
      (key !== undefined && this.#keys.get(key)?.subject !== subject)
    return { role, revoked, demandsMfa: mfaRequired(this.requireMfa(), role), stamp: this.#changes.stamp }
  }

  changedSince(stamp: number): { stamp: number; subjects: string[] | null } {
    return this.tables.exist() ? this.#changes.since(stamp) : { stamp: 0, subjects: [] }
  }

  /** The key of `credential`, with its owner's role. Null: unknown, expired, or its owner was removed. */
  useKey(credential: Credential): { key: ApiKey; role: Role } | null {
    if (!this.tables.exist()) return null
    const key = this.#keys.use(credential, Date.now())
    const role = key && this.roleOf(key.subject)
    return key && role ? { key, role } : null
  }

  // Sign-ins.

  /**
   * Signs a subject in. A new subject becomes a user. A subject with a second factor gets a challenge first. Fails with
   * `unauthenticated` for a removed subject, and for one of another issuer.
   */
  async signIn(request: AuthenticatedIdentity | LegacyIdentity): Promise<Result<SignedIn | MfaChallenge, Failure>> {
    return this.#signInFlow.signIn(request)
  }

  /**
   * Completes a sign-in with the code for a challenge, once. `whose`: the subject, for the audit trail. Fails with
   * `challenge_ended`, `wrong_code` or `guessed_too_often`.
   */
  async answer(
    text: string,
    code: string,
  ): Promise<Result<SignedIn & { arrival: AuthenticatedIdentity; way: MfaMethod }, Failure & { whose?: string }>> {
    return this.#signInFlow.answer(text, code)
  }

  /**
   * Exchanges a refresh token for its sign-in and the next refresh token. A token that is used twice ends the sign-in.
   * `reusedBy`: its subject.
   */
  async refresh(text: string): Promise<Result<{ signIn: SignIn; refresh: string }, Failure & { reusedBy?: string }>> {
    return this.#signInFlow.refresh(text)
  }

  /** Revokes the token `jti` until `expiresAt`, and ends the sign-in `sid`. */
  revoke(subject: string, { jti, sid }: CredentialIds, expiresAt: number): void {
    this.tables.write(() => {
      if (sid !== undefined && this.#signIns.get(sid, Date.now())?.subject === subject) this.#signIns.end(sid, 'signed out')
      if (jti !== undefined) this.#signIns.revoke(jti, expiresAt)
      this.#changes.record(subject)
    })
  }

  /** Ends a sign-in of `subject` and revokes its tokens. False: there is no such sign-in. */
  endSignIn(subject: string, sid: string): boolean {
    if (!this.tables.exist() || this.#signIns.get(sid, Date.now())?.subject !== subject) return false
    this.tables.write(() => {
      this.#signIns.end(sid, 'signed out')
      this.#changes.record(subject)
    })
    return true
  }

  /** Ends every sign-in of `subject` except `sid`. API keys stay. */
  signOutEverywhere(subject: string, sid?: string): void {
    this.tables.write(() => {
      this.#signIns.endAll(subject, 'signed out everywhere', sid)
      this.#changes.record(subject)
    })
  }

  signIns(subject: string): SignIn[] {
    return this.tables.exist() ? this.#signIns.list(subject, Date.now()) : []
  }

  // Second factors.

  requireMfa(): RequireMfa {
    return this.tables.exist() ? RequireMfa.parse(this.#sql.exec('SELECT require_mfa FROM meta').one().require_mfa) : 'none'
  }

  /** Sets which roles must use a second factor. Takes effect everywhere within a second. */
  demandMfa(rule: RequireMfa): void {
    this.tables.write(() => {
      this.#sql.exec('UPDATE meta SET require_mfa = ?', rule)
      this.#changes.recordAll()
    })
  }

  mfa(subject: string): MfaState {
    return this.tables.exist() ? this.#mfa.state(subject, Date.now()) : { since: null, pending: false, recoveryLeft: 0 }
  }

  /**
   * Starts the setup of an authenticator and returns its secret, only here. A user with a second factor must submit a code. The old factor
   * stays until the new one is confirmed.
   */
  async enrol(subject: string, code: string | null): Promise<Result<{ secret: string; uri: string }, Failure>> {
    this.tables.migrate()
    return this.#mfa.enrol(subject, code)
  }

  /**
   * Confirms a pending authenticator and returns recovery codes, only here. Or checks a code of the active one. In both cases the sign-in
   * `sid` then counts as two-factor.
   */
  async verifyMfa(
    subject: string,
    sid: string,
    code: string,
  ): Promise<Result<{ amr: string[]; recovery: readonly string[] | null }, Failure>> {
    this.tables.migrate()
    return this.#mfa.verify(subject, code, (method) => {
      const amr = withSecondFactor(this.#signIns.get(sid, Date.now())?.amr ?? [], method)
      this.#signIns.setAuthMethods(sid, amr)
      this.#changes.record(subject)
      return amr
    })
  }

  /** Replaces every recovery code. */
  async renewRecovery(subject: string, code: string): Promise<Result<readonly string[], Failure>> {
    return this.tables.exist() ? this.#mfa.renewRecovery(subject, code) : fail({ kind: 'mfa_off' })
  }

  async disableMfa(subject: string, code: string): Promise<Result<null, Failure>> {
    if (!this.tables.exist()) return fail({ kind: 'mfa_off' })
    if (mfaRequired(this.requireMfa(), this.roleOf(subject))) return fail({ kind: 'mfa_demanded' })
    return this.#mfa.disable(subject, code, () => this.#changes.record(subject))
  }

  /** Removes a lost second factor and ends every sign-in, because the finder of the device may be signed in. */
  resetMfa(by: Role, subject: Subject): Result<null, Failure> {
    const user = this.user(subject)
    if (!user?.mfa) return fail({ kind: 'not_found' })
    if (!canManage(by, user.role)) return fail({ kind: 'needs_role', role: 'owner' })
    this.tables.write(() => {
      this.#factors.remove(subject)
      this.#signIns.endAll(subject, 'second factor reset')
      this.#changes.record(subject)
    })
    return ok(null)
  }

  // Users.

  /** At most `limit` users after `after`, by subject. */
  users(after: string, limit: number): User[] {
    return this.tables.exist() ? this.#users.list(after, limit) : []
  }

  /** At most `limit` users who are found by the start of a name. */
  people(starts: string, limit: number): Pick<User, 'subject' | 'name'>[] {
    return this.tables.exist() ? this.#users.find(starts, limit) : []
  }

  user(subject: string): User | null {
    const user = this.tables.exist() ? this.#users.get(subject) : null
    return user && { ...user, issuer: this.#issuers.of(subject) }
  }

  /**
   * Sets the role of `subject`, as a user with the role `by`. May also add an unknown subject, or readmit a removed one. `issuer`: sets
   * the issuer that the subject comes from; null forgets it.
   */
  appoint(by: Role, subject: Subject, role: Role, issuer?: string | null): Result<User, Failure> {
    return this.tables.write(() => {
      const user = this.#users.setRole(by, subject, role, Date.now())
      if (!user.ok) return user
      if (issuer !== undefined) this.#issuers.set(subject, issuer)
      this.#changes.record(subject)
      return ok({ ...user.value, issuer: this.#issuers.of(subject) })
    })
  }

  /** Removes a user: ends sign-ins, API keys and the second factor at once. The user's content stays. */
  dismiss(by: Role, subject: Subject): Result<null, Failure> {
    if (!this.tables.exist()) return fail({ kind: 'not_found' })
    return this.ctx.storage.transactionSync(() => {
      const removed = this.#users.remove(by, subject, Date.now())
      if (!removed.ok) return removed
      this.#signIns.endAll(subject, 'removed')
      this.#keys.removeAll(subject)
      this.#factors.remove(subject)
      this.#instructions.remove(subject)
      this.#changes.record(subject)
      return removed
    })
  }

  // Own instructions.

  /** What `subject` tells every model. Null: nothing. */
  ownInstructions(subject: string): StoredInstructions | null {
    return this.tables.exist() ? this.#instructions.get(subject) : null
  }

  /** Replaces the own instructions of `subject`. Empty: removes them. */
  putOwnInstructions(subject: Subject, text: string): StoredInstructions | null {
    return this.tables.write(() => {
      this.#instructions.put(subject, text, Date.now())
      return this.#instructions.get(subject)
    })
  }

  // API keys.

  /** Creates an API key. `text` is the key itself, returned only here. */
  async makeKey(input: Pick<ApiKey, 'subject' | 'name' | 'scopes' | 'expiresAt'>): Promise<Result<{ key: ApiKey; text: string }, Failure>> {
    const { text, ...credential } = await createCredential('soma', this.#tenant(), await this.#checksumKey.get())
    this.tables.migrate()
    const key = this.#keys.add(credential, input, Date.now())
    return key ? ok({ key, text }) : fail({ kind: 'too_many_keys', limit: maxKeys })
  }

  /** The keys of `subject`. Null: of every subject. */
  keys(subject: string | null): ApiKey[] {
    return this.tables.exist() ? this.#keys.list(subject) : []
  }

  /** Revokes a key. With a `subject`, only a key of that subject. */
  revokeKey(id: string, subject: string | null): Result<ApiKey, Failure> {
    const key = this.tables.exist() ? this.#keys.get(id) : null
    if (!key || (subject !== null && key.subject !== subject)) return fail({ kind: 'not_found' })
    this.tables.write(() => {
      this.#keys.remove(id)
      this.#changes.record(key.subject)
    })
    return ok(key)
  }

  #tenant(): TenantId {
    return TenantId.parse(this.ctx.id.name)
  }
}
