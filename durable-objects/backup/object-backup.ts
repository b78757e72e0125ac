/**
 * Exports and restores the rows of an object. The first page of each table is read at one instant, and most objects are no larger. A
 * restore stages its lines beside the live tables, over as many calls as it needs. The last call makes them the tables in one transaction.
 */
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { ObjectLine, ObjectRef, ObjectStart, RestoreOutcome, SnapshotEnd, SnapshotRows } from '../../shared/session/backup.ts'
import { type Migrations, migrate, storedSchema, tables } from '../migrations.ts'
import { insertRows, lineUnits, type Page, page, rowUnits } from './pages.ts'
import { type BackupPlan, type RestoredRow, RestoreRefused } from './plan.ts'

/** The lines of a restore that is not complete. */
export const stagingTable = 'restoring'

/** The lines of an object, from its start to its end. A change of its stamp voids them. */
export function* objectLines(sql: SqlStorage, plan: BackupPlan, start: ObjectStart): Generator<string> {
  const stamp = plan.stamp?.(sql)
  const rows: SnapshotEnd['rows'] = {}
  const countedLines = (line: SnapshotRows | null): string[] => {
    if (!line) return []
    rows[line.table] = (rows[line.table] ?? 0) + line.rows.length
    return [JSON.stringify(line)]
  }
  const existing = new Set(tables(sql))
  const firstPages = plan.tables.filter((table) => existing.has(table)).map((table) => ({ table, page: page(sql, table, null) }))
  const firstLines = firstPages.flatMap(({ page: { line } }) => countedLines(line))
  yield JSON.stringify(start)
  yield* firstLines
  for (const { table, page: firstPage } of firstPages) {
    for (let { next }: Page = firstPage; next !== null; ) {
      if (plan.stamp?.(sql) !== stamp) return yield JSON.stringify({ type: 'void' })
      const nextPage = page(sql, table, next)
      yield* countedLines(nextPage.line)
      next = nextPage.next
    }
  }
  yield JSON.stringify({ type: 'end', rows })
}

/** Whether the object has no rows that a restore would replace. Rows of `meta` do not count. */
function isEmpty(sql: SqlStorage, plan: BackupPlan): boolean {
  const existing = new Set(tables(sql))
  return plan.tables
    .filter((table) => table !== 'meta' && existing.has(table))
    .every((table) => sql.exec(`SELECT 1 FROM "${table}" LIMIT 1`).toArray().length === 0)
}

/** A part of a restore. `overwrite`: replaces an object that has rows. */
export interface RestoreRequest {
  readonly of: ObjectRef
  readonly backup: string
  readonly overwrite: boolean
  readonly lines: readonly ObjectLine[]
}

/** Stages lines, in order. With the last one, replaces the tables. The caller records the backup that the object was restored from. */
export class ObjectRestore {
  readonly #storage: DurableObjectStorage
  readonly #plan: BackupPlan
  readonly #migrations: Migrations

  constructor(storage: DurableObjectStorage, plan: BackupPlan, migrations: Migrations) {
    this.#storage = storage
    this.#plan = plan
    this.#migrations = migrations
  }

  restore({ of: ref, overwrite, lines }: RestoreRequest): Result<RestoreOutcome, Failure> {
    const valid = this.#validate(ref, lines)
    if (!valid.ok) return valid
    return this.#storage.transactionSync(() => {
      if (!overwrite && !this.#plan.carriedRows && !isEmpty(this.#sql, this.#plan)) return fail({ kind: 'not_empty' })
      for (const line of lines) this.#stage(line)
      return lines.at(-1)?.type === 'end' ? this.#complete(overwrite) : ok('staged')
    })
  }

  get #sql(): SqlStorage {
    return this.#storage.sql
  }

  get #isStaged(): boolean {
    return tables(this.#sql).includes(stagingTable)
  }

  #validate({ kind, tenant, subject }: ObjectRef, lines: readonly ObjectLine[]): Result<null, Failure> {
    if (lines[0]?.type !== 'object' && !this.#isStaged) return invalid('/lines/0', 'must start with the line of the object')
    for (const [index, line] of lines.entries()) {
      const pointer = `/lines/${index}`
      if (line.type === 'rows' && !this.#plan.tables.includes(line.table)) return invalid(`${pointer}/table`, 'must be a table of a backup')
      if (line.type === 'rows' && line.rows.length > 1 && line.rows.reduce((units, row) => units + rowUnits(row), 0) > 3 * lineUnits)
        return invalid(`${pointer}/rows`, `must have at most ${3 * lineUnits} UTF-16 units, or one row`)
      if (line.type === 'end' && index < lines.length - 1) return invalid(pointer, 'must be the last line')
      if (line.type !== 'object') continue
      if (index > 0) return invalid(pointer, 'must be the first line of its request')
      if (line.kind !== kind || line.tenant !== tenant || line.subject !== subject)
        return invalid(pointer, 'must belong to the object of the request')
      if (line.schema > this.#migrations.length)
        return invalid(`${pointer}/schema`, `must be at most ${this.#migrations.length}: newer software wrote this`)
    }
    return ok(null)
  }

  #stage(line: ObjectLine): void {
    if (line.type === 'object' || line.type === 'void') this.#sql.exec(`DROP TABLE IF EXISTS ${stagingTable}`)
    if (line.type === 'void') return
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS ${stagingTable} (n INTEGER PRIMARY KEY, line TEXT NOT NULL)`)
    this.#sql.exec(`INSERT INTO ${stagingTable} (line) VALUES (?)`, JSON.stringify(line))
  }

  *#lines(): Generator<ObjectLine> {
    for (const { line } of this.#sql.exec<{ line: string }>(`SELECT line FROM ${stagingTable} ORDER BY n`)) yield JSON.parse(line)
  }

  *#rows(): Generator<RestoredRow> {
    for (const line of this.#lines()) {
      if (line.type !== 'rows') continue
      for (const row of line.rows)
        yield { table: line.table, row: Object.fromEntries(line.columns.map((column, index) => [column, row[index] ?? null])) }
    }
  }

  /** Replaces the tables by the staged lines. Throws if a row is missing; the transaction then rolls back. */
  #complete(overwrite: boolean): Result<RestoreOutcome, Failure> {
    const sql = this.#sql
    const hasTables = storedSchema(sql) > 0
    let carried: ReturnType<NonNullable<BackupPlan['carriedRows']>> = []
    try {
      if (this.#plan.carriedRows && hasTables && !overwrite) carried = this.#plan.carriedRows(sql, () => this.#rows())
    } catch (error) {
      if (error instanceof RestoreRefused) return fail({ kind: 'not_empty' })
      throw error
    }
    if (carried === null) {
      sql.exec(`DROP TABLE ${stagingTable}`)
      return ok('already')
    }
    const keepsTables = hasTables && this.#plan.keepsOtherTables === true
    if (!keepsTables) dropTables(sql)
    const rows = this.#fill(!keepsTables)
    const created = new Set(tables(sql))
    for (const table of this.#plan.tables) {
      // Some tables are created on first use.
      if (!created.has(table) && !rows[table]) continue
      const { found } = sql.exec<{ found: number }>(`SELECT count(*) AS found FROM "${table}"`).one()
      if (found !== (rows[table] ?? 0)) throw new Error(`a backup has ${found} rows of ${table}, expected ${rows[table] ?? 0}`)
    }
    sql.exec(`DROP TABLE ${stagingTable}`)
    migrate(this.#storage, storedSchema(sql), this.#migrations)
    this.#plan.onRestored?.(sql, carried)
    return ok('restored')
  }

  /** Inserts the rows of the backup. `creates`: the tables of its schema first. Returns the row counts that the backup states. */
  #fill(creates: boolean): SnapshotEnd['rows'] {
    let rows: SnapshotEnd['rows'] = {}
    for (const line of this.#lines()) {
      if (line.type === 'object') {
        if (creates) for (const migration of this.#migrations.slice(0, line.schema)) migration(this.#sql)
        this.#plan.addTables?.(this.#sql)
        const existing = new Set(tables(this.#sql))
        for (const table of this.#plan.tables) if (existing.has(table)) this.#sql.exec(`DELETE FROM "${table}"`)
      } else if (line.type === 'rows') insertRows(this.#sql, line)
      else if (line.type === 'end') rows = line.rows
    }
    return rows
  }
}

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })

/** Drops the object's tables, and keeps the staged lines. A full-text index drops its own tables with it. */
function dropTables(sql: SqlStorage): void {
  for (const table of tables(sql)) if (table !== stagingTable) sql.exec(`DROP TABLE IF EXISTS "${table}"`)
}
