/** The MCP servers of a tenant: SQL of the tenant object. The audit trail has every change of an admin. */
import type { McpServerChange } from '../../shared/mcp/ports.ts'
import { listingHash, type McpListing, McpServer, mcpLimits, type StoredMcpServer, withListing } from '../../shared/mcp/server.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'

/** Creates the table of MCP servers. */
export function createMcpServerTable(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE mcp_server (id TEXT PRIMARY KEY, version INTEGER NOT NULL, updated_at INTEGER NOT NULL, updated_by TEXT NOT NULL,
      body TEXT NOT NULL) WITHOUT ROWID`,
  )
}

type Row = Omit<StoredMcpServer, 'server'> & { readonly body: string }

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })

export class TenantMcpServers {
  readonly #sql: SqlStorage
  #version = crypto.randomUUID()

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Every server, by id. One that a newer release wrote in another form is left out. */
  all(): StoredMcpServer[] {
    return this.#sql.exec<Row>('SELECT * FROM mcp_server ORDER BY id').toArray().flatMap(toStored)
  }

  /** Another one after each change, and after each restart of the object. */
  get version(): string {
    return this.#version
  }

  get(id: string): StoredMcpServer | undefined {
    return this.#sql.exec<Row>('SELECT * FROM mcp_server WHERE id = ?', id).toArray().flatMap(toStored)[0]
  }

  /** Stores what an admin set. A new address forgets what the old one listed. */
  put(id: string, change: McpServerChange, subject: string, expected: number, at: number): Result<StoredMcpServer, Failure> {
    const before = this.get(id)
    if (expected === 0 && before) return invalid('/id', 'is taken by another server')
    if (expected > 0 && !before) return fail({ kind: 'not_found' })
    if (before && before.version !== expected) return fail({ kind: 'version_conflict', seq: before.version, of: 'server' })
    const { count } = this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM mcp_server').one()
    if (!before && count >= mcpLimits.servers) return invalid('', `There may be at most ${mcpLimits.servers} servers. Delete one first.`)
    const known = before?.server.url === change.url ? before.server : unlisted
    return ok(this.#write({ id, version: expected + 1, updated_at: at, updated_by: subject, server: { ...known, ...change } }))
  }

  accept(id: string, listing: string, subject: string, at: number): Result<StoredMcpServer, Failure> {
    const before = this.get(id)
    if (!before) return fail({ kind: 'not_found' })
    const { tools } = before.server
    if (listingHash(tools) !== listing) return invalid('/accept', 'is not the current list of tools: read the server again')
    const server = { ...before.server, accepted: tools.map(({ hash }) => hash) }
    return ok(this.#write({ ...before, updated_at: at, updated_by: subject, server }))
  }

  record(id: string, url: string, listing: McpListing, at: number): StoredMcpServer | null {
    const before = this.get(id)
    if (before?.server.url !== url) return null
    const server = withListing(before.server, listing, at)
    const { units } = this.#sql
      .exec<{ units: number }>('SELECT coalesce(sum(length(body)), 0) AS units FROM mcp_server WHERE id <> ?', id)
      .one()
    const tooLarge = units + JSON.stringify(server).length > mcpLimits.totalUnits
    const detail = 'The lists of tools of all servers are too long together. Remove a server.'
    return this.#write({ ...before, server: tooLarge ? withListing(before.server, { status: 'unreachable', detail }, at) : server })
  }

  /** False: there was none. */
  remove(id: string): boolean {
    this.#version = crypto.randomUUID()
    return this.#sql.exec('DELETE FROM mcp_server WHERE id = ?', id).rowsWritten > 0
  }

  #write(stored: StoredMcpServer): StoredMcpServer {
    const { id, version, updated_at, updated_by, server } = stored
    this.#version = crypto.randomUUID()
    this.#sql.exec('INSERT OR REPLACE INTO mcp_server VALUES (?, ?, ?, ?, ?)', id, version, updated_at, updated_by, JSON.stringify(server))
    return stored
  }
}

/** A server that was never asked. */
const unlisted = {
  status: 'unreachable',
  detail: 'It was not asked yet.',
  listed_at: 0,
  ttl_ms: 0,
  tools: [],
  resources: false,
  accepted: [],
} as const satisfies Partial<McpServer>

function toStored({ body, ...row }: Row): StoredMcpServer[] {
  const parsed = McpServer.safeParse(JSON.parse(body))
  return parsed.success ? [{ ...row, server: parsed.data }] : []
}
