/**
 * The bytes of entries per subject and day. SQL of the trail's object. Bytes are written in portions. If the object stops, it loses at
 * most one portion of each subject.
 */
import { dayMs, subjectBytesPerDay } from '../../shared/audit/repeat.ts'
import { BoundedMap } from '../../shared/lib/bounded-map.ts'

/** The most subjects with their bytes in memory. */
const maxSubjects = 10_000

/** Without a schema number, so that an earlier release can still use the trail. */
const schema = `
  CREATE TABLE IF NOT EXISTS subject_usage (day INTEGER NOT NULL, subject TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (day, subject))
    WITHOUT ROWID`

/** The bytes of a subject that are written at once. */
const portionBytes = 64 * 1024

/** Entries of the platform itself, such as prunings, have no quota. */
const platformSubject = 'system'

export class SubjectUsage {
  readonly #sql: SqlStorage
  /** Undefined: not checked yet. Only this object creates the table. */
  #hasTable: boolean | undefined
  /** The day of `#bytes`. Rows of earlier days are deleted. */
  #day = 0
  /** The bytes of this day by subject, and those of them that are on disk. */
  #bytes = new BoundedMap<string, { readonly total: number; readonly written: number }>(maxSubjects)

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  isOverQuota(subject: string, now: number): boolean {
    return subject !== platformSubject && this.#usageOf(subject, this.#currentDay(now)).total >= subjectBytesPerDay
  }

  /** Adds the bytes of new entries by subject. Call inside a transaction. */
  add(bytes: ReadonlyMap<string, number>, now: number): void {
    const day = this.#currentDay(now)
    for (const [subject, added] of bytes) {
      const { total: before, written } = this.#usageOf(subject, day)
      const total = before + added
      const isDue = total - written >= portionBytes
      if (isDue) this.#write(day, subject, total)
      this.#bytes.set(subject, { total, written: isDue ? total : written })
    }
  }

  #usageOf(subject: string, day: number): { readonly total: number; readonly written: number } {
    const cached = this.#bytes.get(subject)
    if (cached) return cached
    const bytes = this.#read(day, subject)
    return { total: bytes, written: bytes }
  }

  #write(day: number, subject: string, bytes: number): void {
    if (!this.#exists()) this.#sql.exec(schema)
    this.#hasTable = true
    this.#sql.exec('INSERT OR REPLACE INTO subject_usage VALUES (?, ?, ?)', day, subject, bytes)
  }

  /** The number of the day at `now`. The first call of a day deletes the rows of earlier ones. */
  #currentDay(now: number): number {
    const day = Math.floor(now / dayMs)
    if (day === this.#day) return day
    if (this.#exists()) this.#sql.exec('DELETE FROM subject_usage WHERE day < ?', day)
    this.#bytes = new BoundedMap(maxSubjects)
    this.#day = day
    return day
  }

  #read(day: number, subject: string): number {
    if (!this.#exists()) return 0
    const rows = this.#sql.exec<{ bytes: number }>('SELECT bytes FROM subject_usage WHERE day = ? AND subject = ?', day, subject)
    return rows.toArray()[0]?.bytes ?? 0
  }

  #exists(): boolean {
    this.#hasTable ??= this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'subject_usage'").toArray().length > 0
    return this.#hasTable
  }
}
