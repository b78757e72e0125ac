/** The bytes of entries per subject and day. SQL of the trail's object. */
import { dayMs, subjectBytesPerDay } from '../../shared/audit/repeat.ts'

/** Without a schema number, so that an earlier release can still use the trail. */
const schema = `
  CREATE TABLE IF NOT EXISTS subject_usage (day INTEGER NOT NULL, subject TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (day, subject))
    WITHOUT ROWID`

/** Entries of the platform itself, such as prunings, have no quota. */
const platform = 'system'

export class SubjectUsage {
  readonly #sql: SqlStorage
  #hasTable = false

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  isOverQuota(subject: string, now: number): boolean {
    if (subject === platform || !this.#exists()) return false
    const [row] = this.#sql
      .exec<{ bytes: number }>('SELECT bytes FROM subject_usage WHERE day = ? AND subject = ?', dayOf(now), subject)
      .toArray()
    return (row?.bytes ?? 0) >= subjectBytesPerDay
  }

  /** Adds the bytes of new entries by subject. Call inside a transaction. */
  add(bytes: ReadonlyMap<string, number>, now: number): void {
    if (!this.#exists()) this.#sql.exec(schema)
    const day = dayOf(now)
    this.#sql.exec('DELETE FROM subject_usage WHERE day < ?', day)
    for (const [subject, added] of bytes)
      this.#sql.exec(
        'INSERT INTO subject_usage VALUES (?, ?, ?) ON CONFLICT (day, subject) DO UPDATE SET bytes = bytes + excluded.bytes',
        ...[day, subject, added],
      )
  }

  #exists(): boolean {
    this.#hasTable ||= this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'subject_usage'").toArray().length > 0
    return this.#hasTable
  }
}

const dayOf = (now: number): number => Math.floor(now / dayMs)
