/** The stamp of a tenant's accounts, and the subjects that changed since an earlier stamp. Workers drop their cached credentials by it. */

/** Above this many changed subjects, Workers drop every cached credential. */
const maxChanged = 500
/** The stored name for "every subject" in the table of changes. */
export const allSubjects = ''

export class Changes {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  get stamp(): number {
    return this.#sql.exec<{ stamp: number }>('SELECT stamp FROM meta').one().stamp
  }

  /** The subjects that changed after `stamp`. Null: every subject. */
  since(stamp: number): { stamp: number; subjects: string[] | null } {
    const rows = this.#sql.exec<{ subject: string }>('SELECT subject FROM changed WHERE stamp > ? LIMIT ?', stamp, maxChanged + 1).toArray()
    const subjects = rows.map(({ subject }) => subject)
    return { stamp: this.stamp, subjects: subjects.length > maxChanged || subjects.includes(allSubjects) ? null : subjects }
  }

  /** Invalidates what Workers cache about `subject`. */
  record(subject: string): void {
    this.#sql.exec('UPDATE meta SET stamp = stamp + 1')
    this.#sql.exec('INSERT OR REPLACE INTO changed SELECT ?, stamp FROM meta', subject)
  }

  /** Invalidates what Workers cache about every subject. */
  recordAll(): void {
    this.record(allSubjects)
  }
}
