/** Second factors, recovery codes, lockouts and challenges: SQL of the accounts object. */
import type { Lockout } from '../../shared/identity/lockout.ts'
import { noLockout } from '../../shared/identity/lockout.ts'
import type { AuthenticatedIdentity } from './authenticated-identity.ts'

/** An authenticator. `sealed`: its secret. `madeAt` in Unix ms. `lastStep`: codes up to this time step are used. */
export interface Factor {
  readonly id: string
  readonly sealed: string
  readonly madeAt: number
  readonly lastStep: number
}

/** `pending`: not confirmed yet. `on`: active. Stored values. */
export type FactorState = 'pending' | 'on'

/** A subject that has passed the first factor and not the second. */
export interface Challenge {
  readonly id: string
  readonly hash: string
  readonly identity: AuthenticatedIdentity
  readonly expiresAt: number
}

interface Row extends Record<string, SqlStorageValue> {
  id: string
  sealed: string
  made_at: number
  last_step: number
}

/** The most open challenges of one subject. */
const maxChallenges = 10

/** The tables of second factors. */
export const factorTables = `
  CREATE TABLE factor (
    subject TEXT NOT NULL, state TEXT NOT NULL, id TEXT NOT NULL, sealed TEXT NOT NULL, made_at INTEGER NOT NULL,
    last_step INTEGER NOT NULL, PRIMARY KEY (subject, state)
  ) WITHOUT ROWID;
  CREATE TABLE recovery (subject TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (subject, hash)) WITHOUT ROWID;
  CREATE TABLE guess (subject TEXT PRIMARY KEY, wrong INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE challenge (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL, subject TEXT NOT NULL, arrival TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE seal_key (id TEXT PRIMARY KEY, wrapped TEXT NOT NULL) WITHOUT ROWID;
`

export class Factors {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  get(subject: string, state: FactorState): Factor | null {
    const [row] = this.#sql.exec<Row>('SELECT * FROM factor WHERE subject = ? AND state = ?', subject, state).toArray()
    return row ? { id: row.id, sealed: row.sealed, madeAt: row.made_at, lastStep: row.last_step } : null
  }

  setPending(subject: string, { id, sealed, madeAt, lastStep }: Factor): void {
    this.#sql.exec("INSERT OR REPLACE INTO factor VALUES (?, 'pending', ?, ?, ?, ?)", subject, id, sealed, madeAt, lastStep)
  }

  /** The pending factor replaces the active one. */
  confirm(subject: string, now: number): void {
    this.#sql.exec("DELETE FROM factor WHERE subject = ? AND state = 'on'", subject)
    this.#sql.exec("UPDATE factor SET state = 'on', made_at = ? WHERE subject = ? AND state = 'pending'", now, subject)
  }

  useStep(subject: string, state: FactorState, step: number): void {
    this.#sql.exec('UPDATE factor SET last_step = ? WHERE subject = ? AND state = ?', step, subject, state)
  }

  /** Removes the factors, recovery codes and challenges of `subject`. The lockout stays. */
  remove(subject: string): void {
    for (const table of ['factor', 'recovery', 'challenge']) this.#sql.exec(`DELETE FROM ${table} WHERE subject = ?`, subject)
  }

  recoveryLeft(subject: string): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM recovery WHERE subject = ?', subject).one().n
  }

  setRecovery(subject: string, hashes: readonly string[]): void {
    this.#sql.exec('DELETE FROM recovery WHERE subject = ?', subject)
    for (const hash of hashes) this.#sql.exec('INSERT INTO recovery VALUES (?, ?)', subject, hash)
  }

  /** Uses up a recovery code. False: there is no such code. */
  useRecovery(subject: string, hash: string): boolean {
    return this.#sql.exec('DELETE FROM recovery WHERE subject = ? AND hash = ?', subject, hash).rowsWritten > 0
  }

  lockout(subject: string): Lockout {
    return (
      this.#sql.exec<Lockout & Record<string, SqlStorageValue>>('SELECT wrong, until FROM guess WHERE subject = ?', subject).toArray()[0] ??
      noLockout
    )
  }

  setLockout(subject: string, { wrong, until }: Lockout): void {
    if (wrong === 0) this.#sql.exec('DELETE FROM guess WHERE subject = ?', subject)
    else this.#sql.exec('INSERT OR REPLACE INTO guess VALUES (?, ?, ?)', subject, wrong, until)
  }

  addChallenge({ id, hash, identity, expiresAt }: Challenge, now: number): void {
    this.#sql.exec('DELETE FROM challenge WHERE expires_at <= ?', now)
    this.#sql.exec('INSERT INTO challenge VALUES (?, ?, ?, ?, ?)', id, hash, identity.subject, JSON.stringify(identity), expiresAt)
    this.#sql.exec(
      `DELETE FROM challenge WHERE subject = ?1 AND id NOT IN
         (SELECT id FROM challenge WHERE subject = ?1 ORDER BY expires_at DESC, id LIMIT ${maxChallenges})`,
      identity.subject,
    )
  }

  /** The identity of an open challenge. Null: unknown, or expired. */
  openChallenge({ id, hash }: { readonly id: string; readonly hash: string }, now: number): AuthenticatedIdentity | null {
    const [row] = this.#sql
      .exec<{ hash: string; arrival: string; expires_at: number }>('SELECT hash, arrival, expires_at FROM challenge WHERE id = ?', id)
      .toArray()
    return row && row.hash === hash && row.expires_at > now ? (JSON.parse(row.arrival) as AuthenticatedIdentity) : null
  }

  removeChallenge(id: string): void {
    this.#sql.exec('DELETE FROM challenge WHERE id = ?', id)
  }

  dataKey(): { id: string; wrapped: string } | null {
    return this.#sql.exec<{ id: string; wrapped: string }>('SELECT id, wrapped FROM seal_key').toArray()[0] ?? null
  }

  setDataKey(id: string, wrapped: string): void {
    this.#sql.exec('INSERT OR REPLACE INTO seal_key VALUES (?, ?)', id, wrapped)
  }
}
