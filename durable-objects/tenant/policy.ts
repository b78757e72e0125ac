/** The tenant's own policy: SQL of the tenant object. It has the accepted uploads, newest last. */
import type { PolicyStamp } from '../../shared/policy/decision-result.ts'

/** The number of newest revisions to keep. */
const maxRevisions = 10

/** Creates the table of policies. */
export function createPolicyTable(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE policy (revision INTEGER PRIMARY KEY, hash TEXT NOT NULL, at INTEGER NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL)`,
  )
}

export class TenantPolicy {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  stamp(): (PolicyStamp & { readonly at: number; readonly subject: string }) | null {
    type Row = { revision: number; hash: string; at: number; subject: string }
    return this.#sql.exec<Row>('SELECT revision, hash, at, subject FROM policy ORDER BY revision DESC LIMIT 1').toArray()[0] ?? null
  }

  text(): string | null {
    return this.#sql.exec<{ text: string }>('SELECT text FROM policy ORDER BY revision DESC LIMIT 1').toArray()[0]?.text ?? null
  }

  /** Activates a policy. False: the active one is as new or newer. */
  put({ revision, hash }: PolicyStamp, text: string, subject: string): boolean {
    if ((this.stamp()?.revision ?? 0) >= revision) return false
    this.#sql.exec('INSERT INTO policy VALUES (?, ?, ?, ?, ?)', revision, hash, Date.now(), subject, text)
    this.#sql.exec('DELETE FROM policy WHERE revision NOT IN (SELECT revision FROM policy ORDER BY revision DESC LIMIT ?)', maxRevisions)
    return true
  }
}
