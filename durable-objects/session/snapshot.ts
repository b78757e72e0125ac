/**
 * Exports and restores a session's tables. An export shows the tables at one instant, with the log in pages. A restore stages
 * the rows under another table name, over as many calls as it needs. The last call makes them the session in one step, so a
 * partial session never exists.
 */

import { incomingProblem, type LimitViolation } from '../../shared/events/incoming-event.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { restoreGap, type SnapshotEnd, type SnapshotLine, type SnapshotRows, type SnapshotStart } from '../../shared/session/backup.ts'
import { insertRows, lineUnits, rowUnits, storable } from '../backup/pages.ts'
import { type Migrations, migrate, storedSchema, tables } from '../migrations.ts'
import { programKeyTable, programTable } from './program-table.ts'
import { recordingTable } from './recording-table.ts'
import { checkRows, InvalidSnapshot } from './snapshot-rows.ts'

/** The name of `meta` until the restore is complete. A session exists if its `meta` does. */
export const stagingTable = 'restoring'
/** The tables of a session that are not in a backup, each with the reason. A backup has every other table. */
export const excludedSessionTables: Readonly<Record<string, string>> = {
  consumer: 'Consumers start over after a restore, because their cursors may be ahead of the restored log.',
  [recordingTable]: 'A backup would keep recordings beyond their time. A replay reads them with the snapshot of a live session.',
  [programTable]: 'A restored program starts again, and its calls keep their results.',
  [programKeyTable]: 'It seals the snapshots of programs, and never leaves the session.',
  [stagingTable]: 'The `meta` of a restore that is not complete.',
}
const excludedNames = Object.keys(excludedSessionTables)

/**
 * The lines of a snapshot. `isUnchanged` returns false if the session was deleted while it is read. `withRecordings`: for a replay; a
 * restore refuses such lines.
 */
export function* snapshot(sql: SqlStorage, start: SnapshotStart, isUnchanged: () => boolean, withRecordings = false): Generator<string> {
  const names = tables(sql).filter((table) => !excludedNames.includes(table) || (withRecordings && table === recordingTable))
  const rows: SnapshotEnd['rows'] = {}
  const countedLine = (line: SnapshotRows): string => {
    rows[line.table] = (rows[line.table] ?? 0) + line.rows.length
    return JSON.stringify(line)
  }
  // The other tables are small and change with the log, so they are read at once. The log only grows.
  const smallTables = names.filter((table) => table !== 'event').flatMap((table) => [...pages(sql, table)].map(countedLine))
  yield JSON.stringify(start)
  yield* smallTables
  for (let after = 0; after < start.seq; ) {
    const page = isUnchanged() ? pages(sql, 'event', after, start.seq).next().value : undefined
    if (!page) return yield JSON.stringify({ type: 'void' })
    after = Number(page.rows.at(-1)?.[page.columns.indexOf('seq')])
    yield countedLine(page)
  }
  yield JSON.stringify({ type: 'end', rows })
}

/** The rows of `table` in lines. For the log: the rows after `after`, up to `upTo`. Lazy: reads only what the caller consumes. */
function* pages(sql: SqlStorage, table: string, after?: number, upTo?: number): Generator<SnapshotRows, undefined> {
  const cursor =
    after === undefined
      ? sql.exec(`SELECT * FROM "${table}"`)
      : sql.exec(`SELECT * FROM "${table}" WHERE seq > ? AND seq <= ? ORDER BY seq`, after, upTo)
  const line = (rows: SnapshotRows['rows']): SnapshotRows => ({ type: 'rows', table, columns: cursor.columnNames, rows })
  let rows: SnapshotRows['rows'] = []
  let units = 0
  for (const row of cursor.raw()) {
    rows.push(row.map(storable))
    units += rowUnits(row)
    if (units < lineUnits) continue
    yield line(rows)
    rows = []
    units = 0
  }
  if (rows.length > 0) yield line(rows)
}

/**
 * Stages lines, in order. True: the restore is complete and the session exists. Call inside a transaction. A new start replaces the lines
 * of a restore that never ended. Throws `InvalidSnapshot`. `now`: Unix ms.
 */
export function stage(storage: DurableObjectStorage, lines: readonly SnapshotLine[], migrations: Migrations, now: number): boolean {
  const { sql } = storage
  for (const [index, line] of lines.entries()) {
    switch (line.type) {
      case 'session':
        dropStaged(sql)
        for (const migration of migrations.slice(0, line.schema)) migration(sql)
        sql.exec('DELETE FROM meta')
        hideTables(sql)
        break
      case 'rows':
        insert(sql, line, `/lines/${index}`, now)
        break
      case 'void':
        dropStaged(sql)
        break
      case 'end':
        if (index < lines.length - 1) throw new InvalidSnapshot(`/lines/${index}`, 'must be the last line')
        showTables(sql)
        for (const table of tables(sql)) {
          const { rows } = sql.exec<{ rows: number }>(`SELECT count(*) AS rows FROM "${table}"`).one()
          if (rows !== (line.rows[table] ?? 0)) throw new InvalidSnapshot(`/lines/${index}/rows`, `must be ${rows} for ${table}`)
          if ((table === 'meta' && rows !== 1) || (table === 'event' && rows === 0))
            throw new InvalidSnapshot('', 'must have one row of meta, and events')
          fence(sql, table)
        }
        if (storedSchema(sql) < 1 || storedSchema(sql) > migrations.length)
          throw new InvalidSnapshot('', 'must have the schema of its first line')
        migrate(storage, storedSchema(sql), migrations)
        return true
    }
  }
  return false
}

/**
 * Checks that `lines` fit this object, `session` of `tenant`, which does not exist yet. Checks that their events meet the limits of an
 * import. `newestSchema`: the newest schema of this code. `now`: Unix ms.
 */
export function validateLines(
  sql: SqlStorage,
  { tenant, session }: Pick<SnapshotStart, 'tenant' | 'session'>,
  lines: readonly SnapshotLine[],
  newestSchema: number,
  now: number,
): Result<null, Failure> {
  const isStaged = tables(sql).includes(stagingTable)
  const [first] = lines
  if (!isStaged && first?.type !== 'session') return invalid('/lines/0', 'must start with the line of the session')
  for (const [index, line] of lines.entries()) {
    if (line.type === 'rows' && !isOf(line, { tenant, session }))
      return invalid(`/lines/${index}`, 'must belong to the session of the request')
    const problem = line.type === 'rows' ? rowProblem(line, now) : undefined
    if (problem) return invalid(`/lines/${index}/rows/${problem.path.join('/')}`, problem.message)
    if (line.type !== 'session') continue
    if (index > 0) return invalid(`/lines/${index}`, 'must be the first line of its request')
    if (line.tenant !== tenant || line.session !== session) return invalid(`/lines/${index}`, 'must belong to the session of the request')
    if (line.schema > newestSchema) return invalid(`/lines/${index}/schema`, `must be at most ${newestSchema}: newer software wrote this`)
  }
  return ok(null)
}

/** Whether the rows of `meta` name `of`. Other tables name no session. */
const isOf = ({ table, columns, rows }: SnapshotRows, of: Pick<SnapshotStart, 'tenant' | 'session'>): boolean =>
  table !== 'meta' || (['tenant', 'session'] as const).every((name) => rows.every((row) => row[columns.indexOf(name)] === of[name]))

/** Why an event of the rows may not be imported. The path starts with the row. Undefined: all may be. */
function rowProblem({ table, columns, rows }: SnapshotRows, now: number): LimitViolation | undefined {
  if (table !== 'event') return undefined
  for (const [index, row] of rows.entries()) {
    const { seq, at, type, body } = Object.fromEntries(columns.map((column, position) => [column, row[position]]))
    const event = parseObject(String(body))
    if (!event || event.type !== type) return { path: [index, 'body'], message: 'must be an event of its type' }
    const problem = incomingProblem({ ...event, seq, at }, now)
    if (problem) return { ...problem, path: [index, ...problem.path] }
  }
  return undefined
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })

function insert(sql: SqlStorage, { table, columns, rows }: SnapshotRows, pointer: string, now: number): void {
  const name = table === 'meta' ? stagingTable : table
  if (excludedNames.includes(table) || !tables(sql).includes(name))
    throw new InvalidSnapshot(`${pointer}/table`, 'must be a table of a session')
  checkRows(sql, { table: name, columns, rows }, pointer, now)
  try {
    insertRows(sql, { table: name, columns, rows })
  } catch (error) {
    if (!/constraint/i.test(error instanceof Error ? error.message : '')) throw error
    throw new InvalidSnapshot(`${pointer}/rows`, 'must meet the constraints of the table')
  }
}

/** Tokens skip ahead, so a token from the lost part of the log is never issued again. */
function fence(sql: SqlStorage, table: string): void {
  if (sql.exec(`SELECT 1 FROM pragma_table_info('${table}') WHERE name = 'token'`).toArray().length === 0) return
  sql.exec(`UPDATE "${table}" SET token = token + ${restoreGap}`)
}

/** Renames `meta`, so the session does not exist for other requests. */
export const hideTables = (sql: SqlStorage): void => void sql.exec(`ALTER TABLE meta RENAME TO ${stagingTable}`)

/** Undoes `hideTables`. */
export const showTables = (sql: SqlStorage): void => void sql.exec(`ALTER TABLE ${stagingTable} RENAME TO meta`)

/** Drops the tables of a restore that never ended. */
export function dropStaged(sql: SqlStorage): void {
  if (!tables(sql).includes(stagingTable)) return
  for (const table of tables(sql)) sql.exec(`DROP TABLE "${table}"`)
}
