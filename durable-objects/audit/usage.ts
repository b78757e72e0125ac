/** The bytes of entries per subject and day. SQL of the trail's object. */
import { dayMs, subjectBytesPerDay } from '../../shared/audit/repeat.ts'
import { BoundedMap } from '../../shared/lib/bounded-map.ts'

/** The most subjects with their bytes in memory. */
const maxSubjects = 10_000

/** Without a schema number, so that an earlier release can still use the trail. */
const schema = `
  CREATE TABLE IF NOT EXISTS subject_usage (day INTEGER NOT NULL, subject TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (day, subject))
    WITHOUT ROWID`

/** Entries of the platform itself, such as prunings, have no quota. */
const platform = 'system'

export class SubjectUsage {
  readonly #sql: SqlStorage
  #hasTable = false
  /** The day of `#bytes`. Rows of earlier days are deleted. */
  #day = 0
  /** The bytes of this day by subject, as they are on disk. */
  #bytes = new BoundedMap<string, number>(maxSubjects)

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  isOverQuota(subject: string, now: number): boolean {
    if (subject === platform || !this.#exists()) return false
    const day = this.#startDay(now)
    const bytes = this.#bytes.get(subject) ?? this.#read(day, subject)
    this.#bytes.set(subject, bytes)
    return bytes >= subjectBytesPerDay
  }

  /** Adds the bytes of new entries by subject. Call inside a transaction. */
  add(bytes: ReadonlyMap<string, number>, now: number): void {
    if (!this.#exists()) this.#sql.exec(schema)
    const day = this.#startDay(now)
    for (const [subject, added] of bytes) {
      const row = this.#sql.exec<{ bytes: number }>(
        'INSERT INTO subject_usage VALUES (?, ?, ?) ON CONFLICT (day, subject) DO UPDATE SET bytes = bytes + excluded.bytes RETURNING bytes',
        ...[day, subject, added],
      )
      this.#bytes.set(subject, row.one().bytes)
    }
  }

  /** The number of the day at `now`. The first call of a day deletes the rows of earlier ones. */
  #startDay(now: number): number {
    const day = Math.floor(now / dayMs)
    if (day === this.#day) return day
    this.#sql.exec('DELETE FROM subject_usage WHERE day < ?', day)
    this.#bytes = new BoundedMap(maxSubjects)
    this.#day = day
    return day
  }

  #read(day: number, subject: string): number {
    const rows = this.#sql.exec<{ bytes: number }>('SELECT bytes FROM subject_usage WHERE day = ? AND subject = ?', day, subject)
    return rows.toArray()[0]?.bytes ?? 0
  }

  #exists(): boolean {
    this.#hasTable ||= this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'subject_usage'").toArray().length > 0
    return this.#hasTable
  }
}
