/** The table of approvals for later calls of a tool. No event grants one by itself, so a fork or an import starts without them. */

/** An approval for later calls of a tool in this session. */
export interface Grant extends Record<string, SqlStorageValue> {
  readonly tool: string
  readonly granted_by: string
  readonly granted_at: number
}

/** The most grants of a session. */
const maxGrants = 256

export class GrantTable {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  static readonly schema =
    'CREATE TABLE tool_grant (binding TEXT PRIMARY KEY, tool TEXT NOT NULL, granted_by TEXT NOT NULL, granted_at INTEGER NOT NULL) WITHOUT ROWID'

  /** Whether calls with this binding run without another approval. `binding`: as `grantBinding` makes it. */
  has(binding: string): boolean {
    return this.#sql.exec('SELECT 1 FROM tool_grant WHERE binding = ?', binding).toArray().length > 0
  }

  /** Stores a grant, up to the limit. Call inside a transaction. */
  add(binding: string, tool: string, by: string, at: number): void {
    const { count } = this.#sql.exec<{ count: number }>('SELECT count(*) count FROM tool_grant').one()
    if (count < maxGrants) this.#sql.exec('INSERT OR REPLACE INTO tool_grant VALUES (?, ?, ?, ?)', binding, tool, by, at)
  }

  /** The grants, the oldest first. */
  list(): Grant[] {
    return this.#sql.exec<Grant>('SELECT tool, granted_by, granted_at FROM tool_grant ORDER BY granted_at, tool').toArray()
  }

  /** Revokes every grant of a tool. Call inside a transaction. */
  revoke(tool: string): void {
    this.#sql.exec('DELETE FROM tool_grant WHERE tool = ?', tool)
  }
}
