/** Sign-ins with their refresh tokens, and revoked tokens: SQL of the accounts object. */
import type { Credential } from '../../shared/identity/credential.ts'

/** A sign-in. Times in Unix ms. */
export interface SignIn {
  readonly sid: string
  readonly subject: string
  readonly method: string
  readonly scope: string
  /** The authentication methods (RFC 8176). */
  readonly amr: readonly string[]
  /** The browser and its system, in a few words. Empty: unknown. */
  readonly agent: string
  readonly createdAt: number
  readonly expiresAt: number
}

interface Row extends Record<string, SqlStorageValue> {
  sid: string
  subject: string
  method: string
  scope: string
  created_at: number
  expires_at: number
  ended: string | null
  amr: string
  agent: string
}

/** The most sign-ins of one subject by one method; a new one ends the oldest. */
export const maxSignIns = 50

/**
 * The most used refresh tokens of one sign-in that stay as rows. A row detects the reuse of a token without a checksum. An earlier release
 * detects every reuse by a row. A token with a checksum is recognized without a row.
 */
export const maxUsedTokens = 5

/** Deletes the used tokens of each sign-in beyond `maxUsedTokens`. Which ones stay is random, because a hash has no order. */
const deleteSurplusTokens = `DELETE FROM refresh WHERE hash IN (SELECT hash FROM (
  SELECT hash, row_number() OVER (PARTITION BY sid ORDER BY hash) AS number FROM refresh WHERE used = 1
) WHERE number > ${maxUsedTokens})`

/** Adds the index, and deletes the used tokens of earlier releases. It has no schema number, so that an earlier release can still use the object. */
export function addRefreshIndex(sql: SqlStorage): void {
  if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'refresh_by_sid'").toArray().length > 0) return
  sql.exec('CREATE INDEX refresh_by_sid ON refresh (sid, used)')
  sql.exec(deleteSurplusTokens)
}

/** The tables of sign-ins and tokens. */
export const signInTables = `
  CREATE TABLE sign_in (
    sid TEXT PRIMARY KEY, subject TEXT NOT NULL, method TEXT NOT NULL, scope TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, ended TEXT
  ) WITHOUT ROWID;
  CREATE TABLE refresh (hash TEXT PRIMARY KEY, sid TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE revoked (jti TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
`

const fromRow = ({ sid, subject, method, scope, amr, agent, created_at, expires_at }: Row): SignIn => ({
  sid,
  subject,
  method,
  scope,
  amr: amr.split(' ').filter(Boolean),
  agent,
  createdAt: created_at,
  expiresAt: expires_at,
})

export class SignIns {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  start({ sid, subject, method, scope, amr, agent, createdAt, expiresAt }: SignIn, refreshHash: string | null): void {
    this.#deleteExpired(createdAt)
    this.#sql.exec(
      'INSERT INTO sign_in VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?)',
      sid,
      subject,
      method,
      scope,
      createdAt,
      expiresAt,
      amr.join(' '),
      agent,
    )
    if (refreshHash !== null) this.#sql.exec('INSERT INTO refresh VALUES (?, ?, 0)', refreshHash, sid)
    this.#deleteOldest(subject, method, sid)
  }

  /** Deletes the oldest sign-ins of a subject by one method, down to `maxSignIns` with the newest, `sid`. */
  #deleteOldest(subject: string, method: string, sid: string): void {
    const surplus = this.#sql
      .exec<{ sid: string }>(
        `SELECT sid FROM sign_in WHERE subject = ? AND method = ? AND sid <> ? ORDER BY ended IS NULL DESC, created_at DESC, sid
         LIMIT -1 OFFSET ${maxSignIns - 1}`,
        subject,
        method,
        sid,
      )
      .toArray()
    for (const { sid: old } of surplus) {
      this.#sql.exec('DELETE FROM refresh WHERE sid = ?', old)
      this.#sql.exec('DELETE FROM sign_in WHERE sid = ?', old)
    }
  }

  /** Null: the sign-in has ended, or never existed. */
  get(sid: string, now: number): SignIn | null {
    const [row] = this.#sql.exec<Row>('SELECT * FROM sign_in WHERE sid = ?', sid).toArray()
    return row && row.ended === null && row.expires_at > now ? fromRow(row) : null
  }

  list(subject: string, now: number): SignIn[] {
    const rows = this.#sql.exec<Row>(
      'SELECT * FROM sign_in WHERE subject = ? AND ended IS NULL AND expires_at > ? ORDER BY created_at DESC, sid',
      subject,
      now,
    )
    return rows.toArray().map(fromRow)
  }

  /**
   * Replaces a refresh token by the next one. A token that was used before has leaked, so its sign-in ends. `isIssued`: its checksum shows
   * that this deployment issued it for this sign-in. Such a token is the current one, or was once.
   */
  refresh(
    { id: sid, hash }: Credential,
    isIssued: boolean,
    nextHash: string,
    now: number,
  ): SignIn | 'unknown' | { readonly reusedBy: string } {
    const [token] = this.#sql.exec<{ used: number }>('SELECT used FROM refresh WHERE hash = ? AND sid = ?', hash, sid).toArray()
    const signIn = this.get(sid, now)
    if (!signIn || !(token || (isIssued && this.#isRefreshable(sid)))) return 'unknown'
    if (token?.used !== 0) {
      this.end(sid, 'reuse')
      return { reusedBy: signIn.subject }
    }
    this.#deleteUsedTokens(sid)
    this.#sql.exec('UPDATE refresh SET used = 1 WHERE hash = ?', hash)
    this.#sql.exec('INSERT INTO refresh VALUES (?, ?, 0)', nextHash, sid)
    return signIn
  }

  /** Whether refresh tokens of the sign-in were issued to a client. */
  #isRefreshable(sid: string): boolean {
    return this.#sql.exec('SELECT 1 FROM refresh WHERE sid = ? LIMIT 1', sid).toArray().length > 0
  }

  /** Leaves room for one more used token of the sign-in. */
  #deleteUsedTokens(sid: string): void {
    this.#sql.exec(
      'DELETE FROM refresh WHERE hash IN (SELECT hash FROM refresh WHERE sid = ? AND used = 1 LIMIT -1 OFFSET ?)',
      sid,
      maxUsedTokens - 1,
    )
  }

  end(sid: string, reason: string): void {
    this.#sql.exec('UPDATE sign_in SET ended = ? WHERE sid = ? AND ended IS NULL', reason, sid)
  }

  /** Ends every sign-in of `subject` except the sign-in `except`. */
  endAll(subject: string, reason: string, except = ''): void {
    this.#sql.exec('UPDATE sign_in SET ended = ? WHERE subject = ? AND ended IS NULL AND sid <> ?', reason, subject, except)
  }

  /** Replaces the authentication methods of a sign-in. */
  setAuthMethods(sid: string, amr: readonly string[]): void {
    this.#sql.exec('UPDATE sign_in SET amr = ? WHERE sid = ?', amr.join(' '), sid)
  }

  /** Revokes one token until it expires. */
  revoke(jti: string, expiresAt: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO revoked VALUES (?, ?)', jti, expiresAt)
  }

  isRevoked(jti: string): boolean {
    return this.#sql.exec('SELECT 1 FROM revoked WHERE jti = ?', jti).toArray().length > 0
  }

  /** Deletes expired rows. */
  #deleteExpired(now: number): void {
    this.#sql.exec('DELETE FROM revoked WHERE expires_at < ?', now)
    this.#sql.exec('DELETE FROM refresh WHERE sid IN (SELECT sid FROM sign_in WHERE expires_at < ?)', now)
    this.#sql.exec('DELETE FROM sign_in WHERE expires_at < ?', now)
  }
}
