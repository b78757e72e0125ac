/** What users tell every model about themselves: SQL of the accounts object. */
import type { StoredInstructions } from '../../shared/persona/own-instructions.ts'

/** Adds the table. It has no schema number, so that an earlier release can still use the object. */
export function addInstructionsTable(sql: SqlStorage): void {
  sql.exec(
    'CREATE TABLE IF NOT EXISTS own_instructions (subject TEXT PRIMARY KEY, text TEXT NOT NULL, updated_at INTEGER NOT NULL) WITHOUT ROWID',
  )
}

export class OwnInstructionsTable {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Null: the user has none. */
  get(subject: string): StoredInstructions | null {
    const [row] = this.#sql
      .exec<{ text: string; updated_at: number }>('SELECT text, updated_at FROM own_instructions WHERE subject = ?', subject)
      .toArray()
    return row ? { instructions: row.text, updated_at: row.updated_at } : null
  }

  /** Empty text removes them. */
  put(subject: string, text: string, at: number): void {
    if (text === '') this.remove(subject)
    else this.#sql.exec('INSERT OR REPLACE INTO own_instructions VALUES (?, ?, ?)', subject, text, at)
  }

  remove(subject: string): void {
    this.#sql.exec('DELETE FROM own_instructions WHERE subject = ?', subject)
  }
}
