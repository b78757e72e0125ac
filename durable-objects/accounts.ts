/**
 * Who may act in a tenant: its users and their roles, who is signed in, API keys, and what was revoked. One object per tenant, named
 * by its id; the only writer. Each change bears a number, the stamp, by which others find out what they must ask again.
 */
import { DurableObject } from 'cloudflare:workers'
import { type Credential, makeCredential, parseCredential } from '../shared/identity/credential.ts'
import { defaultRole, governs, type Role } from '../shared/identity/role.ts'
import type { Accounts as AccountsPort, CredentialIds, Standing } from '../shared/identity/standing.ts'
import { type Subject, TenantId } from '../shared/ids.ts'
import type { Failure } from '../shared/problem.ts'
import { ok, type Result, refuse } from '../shared/result.ts'
import { type ApiKey, ApiKeys, apiKeyTables, maxKeys } from './api-keys.ts'
import { type Migrations, migrate, storedSchema } from './schema.ts'
import { type SignIn, SignIns, signInTables } from './sign-ins.ts'

/** A user as it is listed. Unix ms. */
export interface User {
  readonly subject: string
  readonly name: string
  readonly role: Role
  readonly createdAt: number
  readonly signedInAt: number | null
}

/** Somebody whose identity was just proved. */
export interface Arrival {
  readonly subject: Subject
  readonly name: string
  readonly method: 'dev' | 'oidc' | 'token'
  readonly scope: string
  readonly expiresAt: number
  /** What they become if they are new here. */
  readonly role: Role
  /** Whether a refresh token is wanted. */
  readonly refresh: boolean
}

interface UserRow extends Record<string, SqlStorageValue> {
  subject: string
  name: string
  role: string
  created_at: number
  signed_in_at: number | null
  removed_at: number | null
}

/** Above this many changed subjects, whoever asks forgets all. */
const maxChanged = 500

const migrations: Migrations = [
  (sql) => {
    sql.exec(`
      CREATE TABLE meta (schema INTEGER NOT NULL, stamp INTEGER NOT NULL);
      CREATE TABLE user (
        subject TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL,
        created_at INTEGER NOT NULL, signed_in_at INTEGER, removed_at INTEGER
      ) WITHOUT ROWID;
      CREATE TABLE changed (subject TEXT PRIMARY KEY, stamp INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX changed_by_stamp ON changed (stamp);
      ${signInTables}
      ${apiKeyTables}
    `)
    sql.exec('INSERT INTO meta VALUES (1, 0)')
  },
]

const fromRow = ({ subject, name, role, created_at, signed_in_at }: UserRow): User => ({
  subject,
  name,
  role: role as Role,
  createdAt: created_at,
  signedInAt: signed_in_at,
})

export class Accounts extends DurableObject<StateEnv> implements AsyncOf<AccountsPort> {
  readonly #sql = this.ctx.storage.sql
  readonly #signIns = new SignIns(this.#sql)
  readonly #keys = new ApiKeys(this.#sql)

  // Does a credential count, and as what?

  /** What `subject` is here now. Null: nobody any more. Whom nobody appointed is a member. */
  roleOf(subject: string): Role | null {
    if (!this.#exists()) return defaultRole
    const row = this.#user(subject)
    return row ? (row.removed_at === null ? (row.role as Role) : null) : defaultRole
  }

  standing(subject: string, { jti, sid, key }: CredentialIds): Standing & { readonly stamp: number } {
    const role = this.roleOf(subject)
    // Whoever knows nothing has revoked nothing; but a sign-in or a key of which nothing is known is none.
    if (!this.#exists()) return { role, revoked: sid !== undefined || key !== undefined, stamp: 0 }
    const revoked =
      (jti !== undefined && this.#signIns.isRevoked(jti)) ||
      (sid !== undefined && this.#signIns.get(sid, Date.now())?.subject !== subject) ||
      (key !== undefined && this.#keys.get(key)?.subject !== subject)
    return { role, revoked, stamp: this.#stamp() }
  }

  changedSince(stamp: number): { stamp: number; subjects: string[] | null } {
    if (!this.#exists()) return { stamp: 0, subjects: [] }
    const rows = this.#sql.exec<{ subject: string }>('SELECT subject FROM changed WHERE stamp > ? LIMIT ?', stamp, maxChanged + 1).toArray()
    return { stamp: this.#stamp(), subjects: rows.length > maxChanged ? null : rows.map(({ subject }) => subject) }
  }

  /** The key that `credential` opens, and what its owner is. Null: none, or not any more. */
  useKey(credential: Credential): { key: ApiKey; role: Role } | null {
    if (!this.#exists()) return null
    const key = this.#keys.use(credential, Date.now())
    const role = key && this.roleOf(key.subject)
    return key && role ? { key, role } : null
  }

  // Sign-ins.

  /** Signs somebody in; new ones become users. Refused to whom was removed. */
  async signIn(arrival: Arrival): Promise<Result<{ sid: string; role: Role; refresh: string | null }, Failure>> {
    const { id: sid, hash, text } = await makeCredential('somarefresh', this.#tenant())
    this.#migrate()
    const now = Date.now()
    const { subject, name, method, scope, expiresAt } = arrival
    return this.ctx.storage.transactionSync(() => {
      if (this.#user(subject)?.removed_at) return refuse({ kind: 'unauthenticated' })
      this.#sql.exec(
        `INSERT INTO user VALUES (?, ?, ?, ?, ?, NULL)
         ON CONFLICT (subject) DO UPDATE SET name = coalesce(nullif(excluded.name, ''), name), signed_in_at = excluded.signed_in_at`,
        subject,
        name,
        arrival.role,
        now,
        now,
      )
      this.#signIns.begin({ sid, subject, method, scope, createdAt: now, expiresAt }, arrival.refresh ? hash : null)
      this.#changed(subject)
      return ok({ sid, role: this.roleOf(subject) ?? defaultRole, refresh: arrival.refresh ? text : null })
    })
  }

  /** The sign-in that a refresh token belongs to, and the next refresh token. One that comes twice ends the sign-in. */
  async refresh(text: string): Promise<Result<{ signIn: SignIn; refresh: string }, Failure & { reusedBy?: string }>> {
    const used = await parseCredential('somarefresh', text)
    if (!used || used.tenant !== this.#tenant() || !this.#exists()) return refuse({ kind: 'unauthenticated' })
    const next = await makeCredential('somarefresh', used.tenant, used.id)
    return this.ctx.storage.transactionSync(() => {
      const signIn = this.#signIns.refresh(used, next.hash, Date.now())
      if (signIn === 'unknown') return refuse({ kind: 'unauthenticated' })
      if ('reusedBy' in signIn) {
        this.#changed(signIn.reusedBy)
        return refuse({ kind: 'unauthenticated', reusedBy: signIn.reusedBy })
      }
      return this.roleOf(signIn.subject) ? ok({ signIn, refresh: next.text }) : refuse({ kind: 'unauthenticated' })
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

  /** Signs `subject` out everywhere. API keys stay. */
  signOutEverywhere(subject: string): void {
    this.#write(() => {
      this.#signIns.endAll(subject, 'signed out everywhere')
      this.#changed(subject)
    })
  }

  signIns(subject: string): SignIn[] {
    return this.#exists() ? this.#signIns.of(subject, Date.now()) : []
  }

  // Users.

  /** At most `limit` users after `after`, by subject. */
  users(after: string, limit: number): User[] {
    if (!this.#exists()) return []
    const rows = this.#sql.exec<UserRow>(
      'SELECT * FROM user WHERE removed_at IS NULL AND subject > ? ORDER BY subject LIMIT ?',
      after,
      limit,
    )
    return rows.toArray().map(fromRow)
  }

  user(subject: string): User | null {
    const row = this.#exists() ? this.#user(subject) : undefined
    return row && row.removed_at === null ? fromRow(row) : null
  }

  /** Gives `subject` a role, as somebody whose own is `by`; whoever is unknown or was removed may come (back) as that. */
  appoint(by: Role, subject: Subject, role: Role): Result<User, Failure> {
    this.#migrate()
    return this.ctx.storage.transactionSync(() => {
      const row = this.#user(subject)
      const before = row && row.removed_at === null ? (row.role as Role) : null
      if (!governs(by, role) || (before && !governs(by, before))) return refuse({ kind: 'needs_role', role: 'owner' })
      if (before === 'owner' && role !== 'owner' && this.#owners() === 1) return refuse({ kind: 'last_owner' })
      this.#sql.exec(
        `INSERT INTO user VALUES (?, '', ?, ?, NULL, NULL) ON CONFLICT (subject) DO UPDATE SET role = excluded.role, removed_at = NULL`,
        subject,
        role,
        Date.now(),
      )
      this.#changed(subject)
      const appointed = this.#user(subject)
      if (!appointed) throw new Error('a user that was just written is not there')
      return ok(fromRow(appointed))
    })
  }

  /** Ends all that `subject` may do here, at once: sign-ins and API keys too. What they made stays. */
  dismiss(by: Role, subject: Subject): Result<null, Failure> {
    if (!this.#exists()) return refuse({ kind: 'not_found' })
    return this.ctx.storage.transactionSync(() => {
      const row = this.#user(subject)
      if (!row || row.removed_at !== null) return refuse({ kind: 'not_found' })
      if (!governs(by, row.role as Role)) return refuse({ kind: 'needs_role', role: 'owner' })
      if (row.role === 'owner' && this.#owners() === 1) return refuse({ kind: 'last_owner' })
      this.#sql.exec('UPDATE user SET removed_at = ? WHERE subject = ?', Date.now(), subject)
      this.#signIns.endAll(subject, 'removed')
      this.#keys.removeAll(subject)
      this.#changed(subject)
      return ok(null)
    })
  }

  // API keys.

  /** `text` is the key itself, told this once. */
  async makeKey(made: Pick<ApiKey, 'subject' | 'name' | 'scopes' | 'expiresAt'>): Promise<Result<{ key: ApiKey; text: string }, Failure>> {
    const { text, ...credential } = await makeCredential('soma', this.#tenant())
    this.#migrate()
    const key = this.#keys.add(credential, made, Date.now())
    return key ? ok({ key, text }) : refuse({ kind: 'too_many_keys', limit: maxKeys })
  }

  /** Of everybody without `subject`. */
  keys(subject: string | null): ApiKey[] {
    return this.#exists() ? this.#keys.list(subject) : []
  }

  /** Revokes a key; with `subject`, only theirs. */
  revokeKey(id: string, subject: string | null): Result<ApiKey, Failure> {
    const key = this.#exists() ? this.#keys.get(id) : null
    if (!key || (subject !== null && key.subject !== subject)) return refuse({ kind: 'not_found' })
    this.#write(() => {
      this.#keys.remove(id)
      this.#changed(key.subject)
    })
    return ok(key)
  }

  #user(subject: string): UserRow | undefined {
    return this.#sql.exec<UserRow>('SELECT * FROM user WHERE subject = ?', subject).toArray()[0]
  }

  #owners(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM user WHERE role = 'owner' AND removed_at IS NULL").one().n
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
    migrate(this.ctx.storage, storedSchema(this.#sql), migrations)
  }
}

/** A port whose methods need not wait: over RPC every call does. */
type AsyncOf<P> = { [K in keyof P]: P[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => R | Promise<R> : never }
