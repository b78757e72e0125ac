/**
 * Who may act in a tenant: its users and their roles, who is signed in and with what second factor, API keys, and what was revoked. One
 * object per tenant, named by its id; the only writer. Each change bears a number, the stamp, by which others find out what they must ask again.
 */
import { DurableObject } from 'cloudflare:workers'
import { mfaRequired, RequireMfa, withSecondFactor } from '../../shared/identity/amr.ts'
import { type Credential, makeCredential, parseCredential } from '../../shared/identity/credential.ts'
import type { Accounts as AccountsPort, CredentialIds, CredentialStatus } from '../../shared/identity/credential-status.ts'
import { canManage, defaultRole, type Role } from '../../shared/identity/role.ts'
import { type Subject, TenantId } from '../../shared/ids.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { SecretSealer } from '../issuer/secret-sealer.ts'
import { migrate, storedSchema } from '../session/schema.ts'
import { type ApiKey, ApiKeys, maxKeys } from './api-keys.ts'
import type { AuthenticatedIdentity, LegacyIdentity, MfaChallenge, SignedIn } from './authenticated-identity.ts'
import { Factors } from './factors.ts'
import { type MfaMethod, type MfaState, SecondFactor } from './second-factor.ts'
import { type SignIn, SignIns } from './sign-ins.ts'
import { accountMigrations } from './tables.ts'
import { type User, Users } from './users.ts'

/** How long one may take to show the second factor. */
const challengeMs = 300_000
/** Above this many changed subjects, whoever asks forgets all. */
const maxChanged = 500
/** Stands for every subject where changes are noted. */
const allSubjects = ''

export class Accounts extends DurableObject<StateEnv> implements AsyncOf<AccountsPort> {
  readonly #sql = this.ctx.storage.sql
  readonly #users = new Users(this.#sql)
  readonly #signIns = new SignIns(this.#sql)
  readonly #keys = new ApiKeys(this.#sql)
  readonly #factors = new Factors(this.#sql)
  readonly #mfa = new SecondFactor(
    this.#factors,
    this.ctx.storage,
    new SecretSealer(`/accounts/${this.ctx.id.name}`, this.#factors, () => this.env.SOMA_ISSUER_ROOT_KEYS ?? ''),
    () => this.#tenant(),
  )

  // Does a credential count, and as what?

  /** What `subject` is here now. Null: nobody any more. Whom nobody appointed is a member. */
  roleOf(subject: string): Role | null {
    return this.#exists() ? this.#users.roleOf(subject) : defaultRole
  }

  standing(subject: string, { jti, sid, key }: CredentialIds): CredentialStatus & { readonly stamp: number } {
    const role = this.roleOf(subject)
    // Whoever knows nothing has revoked nothing; but a sign-in or a key of which nothing is known is none.
    if (!this.#exists()) return { role, revoked: sid !== undefined || key !== undefined, demandsMfa: false, stamp: 0 }
    const revoked =
      (jti !== undefined && this.#signIns.isRevoked(jti)) ||
      (sid !== undefined && this.#signIns.get(sid, Date.now())?.subject !== subject) ||
      (key !== undefined && this.#keys.get(key)?.subject !== subject)
    return { role, revoked, demandsMfa: mfaRequired(this.requireMfa(), role), stamp: this.#stamp() }
  }

  changedSince(stamp: number): { stamp: number; subjects: string[] | null } {
    if (!this.#exists()) return { stamp: 0, subjects: [] }
    const rows = this.#sql.exec<{ subject: string }>('SELECT subject FROM changed WHERE stamp > ? LIMIT ?', stamp, maxChanged + 1).toArray()
    const subjects = rows.map(({ subject }) => subject)
    return { stamp: this.#stamp(), subjects: subjects.length > maxChanged || subjects.includes(allSubjects) ? null : subjects }
  }

  /** The key that `credential` opens, and what its owner is. Null: none, or not any more. */
  useKey(credential: Credential): { key: ApiKey; role: Role } | null {
    if (!this.#exists()) return null
    const key = this.#keys.use(credential, Date.now())
    const role = key && this.roleOf(key.subject)
    return key && role ? { key, role } : null
  }

  // Sign-ins.

  /** Signs somebody in; new ones become users. Whoever has a second factor must show it first. Refused to whom was removed. */
  async signIn(asked: AuthenticatedIdentity | LegacyIdentity): Promise<Result<SignedIn | MfaChallenge, Failure>> {
    const arrival: AuthenticatedIdentity = { amr: [], agent: '', ...asked }
    const challenge = await makeCredential('somachallenge', this.#tenant())
    const credential = await makeCredential('somarefresh', this.#tenant())
    this.#migrate()
    const now = Date.now()
    return this.ctx.storage.transactionSync(() => {
      // A gateway from before does not know what a challenge is, and must not take it for a sign-in.
      if (!('amr' in asked) && this.#mfa.isOn(arrival.subject)) return fail({ kind: 'unauthenticated' })
      // What somebody who is signed in gives to a program is not asked again.
      if (arrival.method === 'token' || !this.#mfa.isOn(arrival.subject) || !this.roleOf(arrival.subject))
        return this.#enter(arrival, credential, now)
      const expiresAt = now + challengeMs
      this.#factors.challenge({ id: challenge.id, hash: challenge.hash, arrival, expiresAt }, now)
      return ok({ kind: 'challenge', text: challenge.text, expiresAt } as const)
    })
  }

  /** Signs in whoever answers a challenge with a code, once. `whose` it is, for the trail. */
  async answer(
    text: string,
    code: string,
  ): Promise<Result<SignedIn & { arrival: AuthenticatedIdentity; way: MfaMethod }, Failure & { whose?: string }>> {
    const named = await parseCredential('somachallenge', text)
    const ended: Failure = { kind: 'challenge_ended' }
    if (!named || named.tenant !== this.#tenant() || !this.#exists()) return fail(ended)
    const asked = this.#factors.challenged(named, Date.now())
    if (!asked) return fail(ended)
    const said = await this.#mfa.hear(asked.subject, code, Date.now())
    const credential = await makeCredential('somarefresh', this.#tenant())
    const now = Date.now()
    return this.ctx.storage.transactionSync(() => {
      const arrival = this.#factors.challenged(named, now)
      if (!arrival) return fail(ended)
      const way = this.#mfa.consumeCode(arrival.subject, said, now)
      if (!way.ok) return fail({ ...way.error, whose: arrival.subject })
      this.#factors.answered(named.id)
      const entered = this.#enter({ ...arrival, amr: withSecondFactor(arrival.amr, way.value) }, credential, now)
      return entered.ok ? ok({ ...entered.value, arrival, way: way.value }) : entered
    })
  }

  #enter(arrival: AuthenticatedIdentity, { id: sid, hash, text }: Credential & { text: string }, now: number): Result<SignedIn, Failure> {
    const { subject, name, method, scope, amr, agent, expiresAt, refresh } = arrival
    if (!this.roleOf(subject)) return fail({ kind: 'unauthenticated' })
    this.#users.arrived(subject, name, arrival.role, now)
    this.#signIns.begin({ sid, subject, method, scope, amr, agent, createdAt: now, expiresAt }, refresh ? hash : null)
    this.#changed(subject)
    const role = this.roleOf(subject) ?? defaultRole
    return ok({ kind: 'in', sid, role, amr, demandsMfa: mfaRequired(this.requireMfa(), role), refresh: refresh ? text : null })
  }

  /** The sign-in that a refresh token belongs to, and the next refresh token. One that comes twice ends the sign-in. */
  async refresh(text: string): Promise<Result<{ signIn: SignIn; refresh: string }, Failure & { reusedBy?: string }>> {
    const used = await parseCredential('somarefresh', text)
    if (!used || used.tenant !== this.#tenant() || !this.#exists()) return fail({ kind: 'unauthenticated' })
    const next = await makeCredential('somarefresh', used.tenant, used.id)
    return this.ctx.storage.transactionSync(() => {
      const signIn = this.#signIns.refresh(used, next.hash, Date.now())
      if (signIn === 'unknown') return fail({ kind: 'unauthenticated' })
      if ('reusedBy' in signIn) {
        this.#changed(signIn.reusedBy)
        return fail({ kind: 'unauthenticated', reusedBy: signIn.reusedBy })
      }
      return this.roleOf(signIn.subject) ? ok({ signIn, refresh: next.text }) : fail({ kind: 'unauthenticated' })
    })
  }

  /** Ends what `ids` name: the sign-in, and the token itself until `expiresAt`. */
  revoke(subject: string, { jti, sid }: CredentialIds, expiresAt: number): void {
    this.#write(() => {
      if (sid !== undefined && this.#signIns.get(sid, Date.now())?.subject === subject) this.#signIns.end(sid, 'signed out')
      if (jti !== undefined) this.#signIns.revoke(jti, expiresAt)
      this.#changed(subject)
    })
  }

  /** Ends one of `subject`'s sign-ins, with every token of it. */
  endSignIn(subject: string, sid: string): boolean {
    if (!this.#exists() || this.#signIns.get(sid, Date.now())?.subject !== subject) return false
    this.#write(() => {
      this.#signIns.end(sid, 'signed out')
      this.#changed(subject)
    })
    return true
  }

  /** Signs `subject` out everywhere; but for `sid`, if one is named. API keys stay. */
  signOutEverywhere(subject: string, sid?: string): void {
    this.#write(() => {
      this.#signIns.endAll(subject, 'signed out everywhere', sid)
      this.#changed(subject)
    })
  }

  signIns(subject: string): SignIn[] {
    return this.#exists() ? this.#signIns.of(subject, Date.now()) : []
  }

  // Second factors.

  requireMfa(): RequireMfa {
    return this.#exists() ? RequireMfa.parse(this.#sql.exec('SELECT require_mfa FROM meta').one().require_mfa) : 'none'
  }

  /** Of whom a second factor is demanded. In force everywhere a second later. */
  demandMfa(rule: RequireMfa): void {
    this.#write(() => {
      this.#sql.exec('UPDATE meta SET require_mfa = ?', rule)
      this.#changed(allSubjects)
    })
  }

  mfa(subject: string): MfaState {
    return this.#exists() ? this.#mfa.state(subject, Date.now()) : { since: null, pending: false, recoveryLeft: 0 }
  }

  /** Begins to set one up; the secret is told this once. Whoever has one shows it first, and keeps it until the new one is proved. */
  async enrol(subject: string, code: string | null): Promise<Result<{ secret: string; uri: string }, Failure>> {
    this.#migrate()
    return this.#mfa.enrol(subject, code)
  }

  /**
   * Puts in force what was set up, and tells the recovery codes this once; or shows what is in force. Either way the sign-in `sid` has
   * shown a second factor from then on.
   */
  async verifyMfa(
    subject: string,
    sid: string,
    code: string,
  ): Promise<Result<{ amr: string[]; recovery: readonly string[] | null }, Failure>> {
    this.#migrate()
    return this.#mfa.verify(subject, code, (way) => {
      const amr = withSecondFactor(this.#signIns.get(sid, Date.now())?.amr ?? [], way)
      this.#signIns.setAuthMethods(sid, amr)
      this.#changed(subject)
      return amr
    })
  }

  /** New recovery codes in place of all there were. */
  async renewRecovery(subject: string, code: string): Promise<Result<readonly string[], Failure>> {
    return this.#exists() ? this.#mfa.renewRecovery(subject, code) : fail({ kind: 'mfa_off' })
  }

  async disableMfa(subject: string, code: string): Promise<Result<null, Failure>> {
    if (!this.#exists()) return fail({ kind: 'mfa_off' })
    if (mfaRequired(this.requireMfa(), this.roleOf(subject))) return fail({ kind: 'mfa_demanded' })
    return this.#mfa.disable(subject, code, () => this.#changed(subject))
  }

  /** Takes away a second factor that is lost, and every sign-in with it: whoever has the device may be somebody else. */
  resetMfa(by: Role, subject: Subject): Result<null, Failure> {
    const user = this.user(subject)
    if (!user?.mfa) return fail({ kind: 'not_found' })
    if (!canManage(by, user.role)) return fail({ kind: 'needs_role', role: 'owner' })
    this.#write(() => {
      this.#factors.remove(subject)
      this.#signIns.endAll(subject, 'second factor reset')
      this.#changed(subject)
    })
    return ok(null)
  }

  // Users.

  /** At most `limit` users after `after`, by subject. */
  users(after: string, limit: number): User[] {
    return this.#exists() ? this.#users.list(after, limit) : []
  }

  user(subject: string): User | null {
    return this.#exists() ? this.#users.get(subject) : null
  }

  /** Gives `subject` a role, as somebody whose own is `by`; whoever is unknown or was removed may come (back) as that. */
  appoint(by: Role, subject: Subject, role: Role): Result<User, Failure> {
    this.#migrate()
    return this.ctx.storage.transactionSync(() => {
      const appointed = this.#users.appoint(by, subject, role, Date.now())
      if (appointed.ok) this.#changed(subject)
      return appointed
    })
  }

  /** Ends all that `subject` may do here, at once: sign-ins, API keys, the second factor. What they made stays. */
  dismiss(by: Role, subject: Subject): Result<null, Failure> {
    if (!this.#exists()) return fail({ kind: 'not_found' })
    return this.ctx.storage.transactionSync(() => {
      const dismissed = this.#users.dismiss(by, subject, Date.now())
      if (!dismissed.ok) return dismissed
      this.#signIns.endAll(subject, 'removed')
      this.#keys.removeAll(subject)
      this.#factors.remove(subject)
      this.#changed(subject)
      return dismissed
    })
  }

  // API keys.

  /** `text` is the key itself, told this once. */
  async makeKey(made: Pick<ApiKey, 'subject' | 'name' | 'scopes' | 'expiresAt'>): Promise<Result<{ key: ApiKey; text: string }, Failure>> {
    const { text, ...credential } = await makeCredential('soma', this.#tenant())
    this.#migrate()
    const key = this.#keys.add(credential, made, Date.now())
    return key ? ok({ key, text }) : fail({ kind: 'too_many_keys', limit: maxKeys })
  }

  /** Of everybody without `subject`. */
  keys(subject: string | null): ApiKey[] {
    return this.#exists() ? this.#keys.list(subject) : []
  }

  /** Revokes a key; with `subject`, only theirs. */
  revokeKey(id: string, subject: string | null): Result<ApiKey, Failure> {
    const key = this.#exists() ? this.#keys.get(id) : null
    if (!key || (subject !== null && key.subject !== subject)) return fail({ kind: 'not_found' })
    this.#write(() => {
      this.#keys.remove(id)
      this.#changed(key.subject)
    })
    return ok(key)
  }

  #stamp(): number {
    return this.#sql.exec<{ stamp: number }>('SELECT stamp FROM meta').one().stamp
  }

  /** What anybody remembers of `subject` is to be asked again. */
  #changed(subject: string): void {
    this.#sql.exec('UPDATE meta SET stamp = stamp + 1')
    this.#sql.exec('INSERT OR REPLACE INTO changed SELECT ?, stamp FROM meta', subject)
  }

  #write(change: () => void): void {
    this.#migrate()
    this.ctx.storage.transactionSync(change)
  }

  #tenant(): TenantId {
    return TenantId.parse(this.ctx.id.name)
  }

  /** Whether there are tables; if so, they are as this code knows them. */
  #exists(): boolean {
    if (storedSchema(this.#sql) === 0) return false
    this.#migrate()
    return true
  }

  #migrate(): void {
    migrate(this.ctx.storage, storedSchema(this.#sql), accountMigrations)
  }
}

/** A port whose methods need not wait: over RPC every call does. */
type AsyncOf<P> = { [K in keyof P]: P[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => R | Promise<R> : never }
