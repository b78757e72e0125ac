/** The tool catalog of a tenant: SQL of the tenant object. The audit trail has every change. */
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { type Catalog, CatalogEntry, catalogLimits, type StoredEntry } from '../../shared/tool/catalog.ts'

/** Creates the table of changed tools. */
export function createToolTable(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE tool (name TEXT PRIMARY KEY, version INTEGER NOT NULL, updated_at INTEGER NOT NULL, updated_by TEXT NOT NULL,
      body TEXT NOT NULL) WITHOUT ROWID`,
  )
}

type Row = Omit<StoredEntry, 'entry'> & { readonly body: string }

const Stored = CatalogEntry.strip()
/** For an entry that a newer release wrote in another form: what we cannot read may forbid the tool. */
const unreadable = CatalogEntry.parse({ enabled: false })

export class TenantTools {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The version of the newest change. No entry is ever removed, so it only grows. */
  version(): number {
    return this.#sql.exec<{ version: number }>('SELECT coalesce(max(version), 0) AS version FROM tool').one().version
  }

  /** Every changed tool, by name. */
  catalog(): Catalog {
    const rows = this.#sql.exec<Row>('SELECT * FROM tool ORDER BY name').toArray()
    return { version: this.version(), entries: rows.map(toEntry) }
  }

  /** Replaces the entry of a tool. Fails if its version is not `expected`, or if the catalog is too large. */
  put(name: string, entry: CatalogEntry, subject: string, expected: number | undefined, at: number): Result<StoredEntry, Failure> {
    const [before] = this.#sql.exec<Row>('SELECT * FROM tool WHERE name = ?', name).toArray()
    const current = before?.version ?? 0
    if (expected !== undefined && expected !== current) return fail({ kind: 'version_conflict', seq: current, of: 'tool' })
    const body = JSON.stringify(entry)
    const { count, units } = this.#sql
      .exec<{ count: number; units: number }>(
        'SELECT count(*) AS count, coalesce(sum(length(body)), 0) AS units FROM tool WHERE name <> ?',
        name,
      )
      .one()
    if (count >= catalogLimits.entries || units + body.length > catalogLimits.units)
      return fail({
        kind: 'invalid',
        errors: [
          {
            pointer: '',
            detail: `There may be at most ${catalogLimits.entries} changed tools, with ${catalogLimits.units} characters together. Shorten another entry first.`,
          },
        ],
      })
    const stored = { name, version: this.version() + 1, updated_at: at, updated_by: subject, entry }
    this.#sql.exec('INSERT OR REPLACE INTO tool VALUES (?, ?, ?, ?, ?)', name, stored.version, at, subject, body)
    return ok(stored)
  }
}

function toEntry({ body, ...row }: Row): StoredEntry {
  const parsed = Stored.safeParse(JSON.parse(body))
  return { ...row, entry: parsed.success ? parsed.data : unreadable }
}
