/**
 * The issuer of each subject: SQL of the accounts object. `sub` is unique within its issuer only (OpenID Connect Core §2). So
 * another issuer's subject of the same name is another person. Our own tokens have no issuer here: each follows a sign-in or an operator.
 */
import type { Origin } from '../../shared/identity/credential-status.ts'
import { tables } from '../migrations.ts'

/** Adds the table, with the users of earlier releases. It has no schema number, so that an earlier release can still use the object. */
export function addIssuerTable(sql: SqlStorage): void {
  if (tables(sql).includes('subject_issuer')) return
  sql.exec(`
    CREATE TABLE subject_issuer (subject TEXT PRIMARY KEY, issuer TEXT NOT NULL) WITHOUT ROWID;
    INSERT INTO subject_issuer
      SELECT subject, '' FROM user WHERE signed_in_at IS NOT NULL
      UNION SELECT subject, '' FROM sign_in WHERE method = 'oidc';
    CREATE INDEX IF NOT EXISTS sign_in_by_subject ON sign_in (subject, method);
  `)
}

/** The stored name of the identity provider, for subjects that signed in before issuers were recorded. */
const provider = ''

export class Issuers {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The issuer of `subject`; null: it is not recorded yet, or is the identity provider of an earlier release. */
  of(subject: string): string | null {
    return this.#stored(subject) || null
  }

  /** Whether `subject` comes from this origin. The first issuer that brings an unrecorded subject is recorded. Call inside a transaction. */
  accepts(subject: string, { issuer, isProvider }: Origin): boolean {
    const stored = this.#stored(subject)
    if (stored === issuer) return true
    if (stored !== undefined && !(stored === provider && isProvider)) return false
    this.set(subject, issuer)
    return true
  }

  /** Records the issuer of `subject`. Null: deletes the record, so that the next issuer that brings the subject is recorded. */
  set(subject: string, issuer: string | null): void {
    if (issuer === null) this.#sql.exec('DELETE FROM subject_issuer WHERE subject = ?', subject)
    else this.#sql.exec('INSERT OR REPLACE INTO subject_issuer VALUES (?, ?)', subject, issuer)
  }

  #stored(subject: string): string | undefined {
    return this.#sql.exec<{ issuer: string }>('SELECT issuer FROM subject_issuer WHERE subject = ?', subject).toArray()[0]?.issuer
  }
}
