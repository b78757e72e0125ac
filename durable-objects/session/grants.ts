/**
 * Approvals for later calls of a tool: decisions of users in the log, until they are revoked. They need no table, so an earlier release can
 * read the session. Copied and imported decisions grant nothing.
 */

/** An approval for later calls of a tool in this session. */
export interface Grant {
  readonly tool: string
  readonly granted_by: string
  readonly granted_at: number
}

interface Row extends Record<string, SqlStorageValue> {
  readonly seq: number
  readonly at: number
  readonly tool: string
  readonly granted_by: string
  readonly binding: string
}

export class Grants {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Creates the index of the decisions. Call inside the transaction that records one. */
  createIndex(): void {
    this.#sql.exec("CREATE INDEX IF NOT EXISTS decision ON event (seq) WHERE type = 'call.decided'")
    this.#sql.exec("CREATE INDEX IF NOT EXISTS revocation ON event (seq) WHERE type = 'approval.revoked'")
  }

  /** Whether calls with this binding run without another approval. `binding`: as `grantBinding` makes it. */
  has(binding: string, importedTo: number): boolean {
    return this.#current(importedTo).some((grant) => grant.binding === binding)
  }

  /** The grants, the oldest first. `importedTo`: the last imported event. */
  list(importedTo: number): Grant[] {
    return this.#current(importedTo).map(({ tool, granted_by, at }) => ({ tool, granted_by, granted_at: at }))
  }

  #current(importedTo: number): Row[] {
    const granted = this.#sql
      .exec<Row>(
        `SELECT seq, at, body ->> 'grant_tool' tool, body ->> 'by' granted_by, body ->> 'grant' binding FROM event
          WHERE type = 'call.decided' AND seq > ? AND body ->> 'remember' = 1 AND body ->> 'grant' IS NOT NULL
          AND body ->> 'origin' IS NULL ORDER BY seq`,
        importedTo,
      )
      .toArray()
    if (granted.length === 0) return []
    const revoked = new Map(
      this.#sql
        .exec<{ tool: string; seq: number }>(
          "SELECT body ->> 'tool' tool, max(seq) seq FROM event WHERE type = 'approval.revoked' GROUP BY 1",
        )
        .toArray()
        .map(({ tool, seq }) => [tool, seq]),
    )
    return granted.filter(({ tool, seq }) => seq > (revoked.get(tool) ?? 0))
  }
}
