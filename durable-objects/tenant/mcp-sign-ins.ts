/** Sign-ins of a tenant at its MCP servers: SQL of the tenant object. Ciphertext only. */
import type { RefreshClaim, StoredMcpGrant, StoredMcpSignIn } from '../../shared/mcp/sign-in.ts'

/** Started sign-ins of a tenant; the oldest ends when there is one more. */
const maxStarted = 20

/** Creates the tables of sign-ins at MCP servers. */
export function createMcpSignInTables(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE mcp_grant (server TEXT PRIMARY KEY, url TEXT NOT NULL, version INTEGER NOT NULL, sealed TEXT NOT NULL,
      lease_until INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE mcp_sign_in (state TEXT PRIMARY KEY, server TEXT NOT NULL, url TEXT NOT NULL, holder TEXT NOT NULL, sealed TEXT NOT NULL,
      expires_at INTEGER NOT NULL) WITHOUT ROWID`,
  )
}

const columns = 'server, url, version, sealed'

export class TenantMcpSignIns {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  grant(server: string): StoredMcpGrant | null {
    return this.#sql.exec<StoredMcpGrant>(`SELECT ${columns} FROM mcp_grant WHERE server = ?`, server).toArray()[0] ?? null
  }

  grants(): StoredMcpGrant[] {
    return this.#sql.exec<StoredMcpGrant>(`SELECT ${columns} FROM mcp_grant ORDER BY server`).toArray()
  }

  /** One refresh at a time: the holder of the claim asks for new tokens, the others wait for them. */
  claim(server: string, version: number, at: number, until: number): RefreshClaim {
    if (this.grant(server)?.version !== version) return 'changed'
    const claimed = this.#sql.exec('UPDATE mcp_grant SET lease_until = ? WHERE server = ? AND lease_until <= ?', until, server, at)
    return claimed.rowsWritten > 0 ? 'claimed' : 'busy'
  }

  release(server: string, version: number): void {
    this.#sql.exec('UPDATE mcp_grant SET lease_until = 0 WHERE server = ? AND version = ?', server, version)
  }

  put({ server, url, sealed }: Omit<StoredMcpGrant, 'version'>, expected: number | null): boolean {
    const version = this.grant(server)?.version ?? 0
    if (expected !== null && expected !== version) return false
    this.#sql.exec('INSERT OR REPLACE INTO mcp_grant VALUES (?, ?, ?, ?, 0)', server, url, version + 1, sealed)
    return true
  }

  /** Replaces the sealed tokens `before` by `after`. False: other tokens are stored by now. */
  reseal(server: string, before: string, after: string): boolean {
    return this.#sql.exec('UPDATE mcp_grant SET sealed = ? WHERE server = ? AND sealed = ?', after, server, before).rowsWritten > 0
  }

  begin({ state, server, url, holder, sealed, expires_at }: StoredMcpSignIn, at: number): void {
    this.#sql.exec('DELETE FROM mcp_sign_in WHERE expires_at <= ?', at)
    this.#sql.exec(
      'DELETE FROM mcp_sign_in WHERE state NOT IN (SELECT state FROM mcp_sign_in ORDER BY expires_at DESC LIMIT ?)',
      maxStarted - 1,
    )
    this.#sql.exec('INSERT INTO mcp_sign_in VALUES (?, ?, ?, ?, ?, ?)', state, server, url, holder, sealed, expires_at)
  }

  take(state: string, at: number): StoredMcpSignIn | null {
    const [taken] = this.#sql.exec<StoredMcpSignIn>('DELETE FROM mcp_sign_in WHERE state = ? RETURNING *', state).toArray()
    return taken && taken.expires_at > at ? taken : null
  }

  /** Forgets the sign-ins at the server, except those at `url`. */
  forget(server: string, url: string | null): void {
    this.#sql.exec("DELETE FROM mcp_grant WHERE server = ? AND url <> coalesce(?, '')", server, url)
    this.#sql.exec("DELETE FROM mcp_sign_in WHERE server = ? AND url <> coalesce(?, '')", server, url)
  }
}
