/** A tenant's users and their roles: SQL of the accounts object. A subject without a role that never signed in has no row. */
import { canManage, defaultRole, type Role } from '../../shared/identity/role.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'

/** A user as lists show it. Times in Unix ms. */
export interface User {
  readonly subject: string
  readonly name: string
  readonly role: Role
  readonly createdAt: number
  readonly signedInAt: number | null
  /** Whether the user has an active second factor. */
  readonly mfa: boolean
  /** The issuer that the user comes from. Null: not recorded. Absent in lists. */
  readonly issuer?: string | null
}

interface Row extends Record<string, SqlStorageValue> {
  subject: string
  name: string
  role: string
  created_at: number
  signed_in_at: number | null
  removed_at: number | null
  mfa: number
}

/** The table of users. */
export const userTables = `
  CREATE TABLE user (
    subject TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL,
    created_at INTEGER NOT NULL, signed_in_at INTEGER, removed_at INTEGER
  ) WITHOUT ROWID;
`

const selectUsers = "SELECT user.*, EXISTS (SELECT 1 FROM factor WHERE factor.subject = user.subject AND state = 'on') AS mfa FROM user"

const fromRow = ({ subject, name, role, created_at, signed_in_at, mfa }: Row): User => ({
  subject,
  name,
  role: role as Role,
  createdAt: created_at,
  signedInAt: signed_in_at,
  mfa: mfa === 1,
})

/** The most users whose names a search reads. */
const namedUsers = 2_000

export class Users {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The role of a subject. Null: removed. A subject without an assigned role is a member. */
  roleOf(subject: string): Role | null {
    const [row] = this.#sql
      .exec<{ role: string; removed_at: number | null }>('SELECT role, removed_at FROM user WHERE subject = ?', subject)
      .toArray()
    return row ? (row.removed_at === null ? (row.role as Role) : null) : defaultRole
  }

  get(subject: string): User | null {
    const row = this.#row(subject)
    return row && row.removed_at === null ? fromRow(row) : null
  }

  /** At most `limit` users after `after`, ordered by subject. */
  list(after: string, limit: number): User[] {
    const rows = this.#sql.exec<Row>(`${selectUsers} WHERE removed_at IS NULL AND subject > ? ORDER BY subject LIMIT ?`, after, limit)
    return rows.toArray().map(fromRow)
  }

  /**
   * At most `limit` users whose subject starts with `starts`, then those with a word of their name that does. Case does not matter. A word
   * is looked for among the first `namedUsers` users only.
   */
  find(starts: string, limit: number): Pick<User, 'subject' | 'name'>[] {
    const select = (where: string, ...bound: (string | number)[]) =>
      this.#sql.exec<{ subject: string; name: string }>(`SELECT subject, name ${where} LIMIT ?`, ...bound, limit).toArray()
    const bySubject = select(
      'FROM user WHERE removed_at IS NULL AND subject >= ? AND substr(subject, 1, length(?)) = ? AND subject < ? ORDER BY subject',
      starts,
      starts,
      starts,
      `${starts}\u{10ffff}`,
    )
    if (starts === '' || bySubject.length === limit) return bySubject
    const word = ` ${starts.toLowerCase()}`
    const byName = select(
      `FROM (SELECT * FROM user WHERE removed_at IS NULL ORDER BY subject LIMIT ${namedUsers})
       WHERE instr(lower(' ' || subject || ' ' || name), ?) > 0 ORDER BY subject`,
      word,
    )
    const found = new Map([...bySubject, ...byName].map((person) => [person.subject, person]))
    return [...found.values()].slice(0, limit)
  }

  /** Records a sign-in. A new subject becomes a user with this role. */
  recordSignIn(subject: string, name: string, role: Role, now: number): void {
    this.#sql.exec(
      `INSERT INTO user VALUES (?, ?, ?, ?, ?, NULL)
       ON CONFLICT (subject) DO UPDATE SET name = coalesce(nullif(excluded.name, ''), name), signed_in_at = excluded.signed_in_at`,
      subject,
      name,
      role,
      now,
      now,
    )
  }

  /** Sets a role, as a user with the role `by`. Fails with `needs_role` or `last_owner`. */
  setRole(by: Role, subject: string, role: Role, now: number): Result<User, Failure> {
    const previousRole = this.get(subject)?.role ?? null
    if (!canManage(by, role) || (previousRole && !canManage(by, previousRole))) return fail({ kind: 'needs_role', role: 'owner' })
    if (previousRole === 'owner' && role !== 'owner' && this.#countOwners() === 1) return fail({ kind: 'last_owner' })
    this.#sql.exec(
      `INSERT INTO user VALUES (?, '', ?, ?, NULL, NULL) ON CONFLICT (subject) DO UPDATE SET role = excluded.role, removed_at = NULL`,
      subject,
      role,
      now,
    )
    const user = this.get(subject)
    if (!user) throw new Error('a user that was just written is missing')
    return ok(user)
  }

  remove(by: Role, subject: string, now: number): Result<null, Failure> {
    const user = this.get(subject)
    if (!user) return fail({ kind: 'not_found' })
    if (!canManage(by, user.role)) return fail({ kind: 'needs_role', role: 'owner' })
    if (user.role === 'owner' && this.#countOwners() === 1) return fail({ kind: 'last_owner' })
    this.#sql.exec('UPDATE user SET removed_at = ? WHERE subject = ?', now, subject)
    return ok(null)
  }

  #row(subject: string): Row | undefined {
    return this.#sql.exec<Row>(`${selectUsers} WHERE subject = ?`, subject).toArray()[0]
  }

  #countOwners(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM user WHERE role = 'owner' AND removed_at IS NULL").one().n
  }
}
