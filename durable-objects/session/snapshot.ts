/**
 * A session's tables, out and in. Going out, they are as they lay on disk at one instant, the log in pages. Coming in, they are laid
 * aside under another name, however many calls that takes, and become the session's in one step, so that there is never half of one.
 */

import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { restoreGap, type SnapshotEnd, type SnapshotLine, type SnapshotRows, type SnapshotStart } from '../../shared/session/backup.ts'
import { type Migrations, migrate, storedSchema, tables } from './schema.ts'

/** UTF-16 units of values after which a line ends. One larger row is a line of its own. */
const lineUnits = 200_000
/** What `meta` is called until the rest is there: a session exists if its `meta` does. */
const aside = 'restoring'
/** Left out: who copies a log starts over with it, for its own place may be ahead of the restored log. */
const leftOut = ['consumer', aside]

/** The session as it is now, line by line, ready to be sent. `unchanged` says whether the log is still there when it is read on. */
export function* snapshot(sql: SqlStorage, start: SnapshotStart, unchanged: () => boolean): Generator<string> {
  const names = tables(sql).filter((table) => !leftOut.includes(table))
  const rows: SnapshotEnd['rows'] = {}
  const count = (line: SnapshotRows): string => {
    rows[line.table] = (rows[line.table] ?? 0) + line.rows.length
    return JSON.stringify(line)
  }
  // Small, and they change with the log: read at once. The log itself only grows.
  const atOnce = names.filter((table) => table !== 'event').flatMap((table) => [...pages(sql, table)].map(count))
  yield JSON.stringify(start)
  yield* atOnce
  for (let after = 0; after < start.seq; ) {
    const page = unchanged() ? pages(sql, 'event', after, start.seq).next().value : undefined
    if (!page) return yield JSON.stringify({ type: 'void' })
    after = Number(page.rows.at(-1)?.[page.columns.indexOf('seq')])
    yield count(page)
  }
  yield JSON.stringify({ type: 'end', rows })
}

/** The rows of `table` in lines; of the log, those after `after` up to `upTo`. Read only as far as it is asked for. */
function* pages(sql: SqlStorage, table: string, after?: number, upTo?: number): Generator<SnapshotRows, undefined> {
  const found =
    after === undefined
      ? sql.exec(`SELECT * FROM "${table}"`)
      : sql.exec(`SELECT * FROM "${table}" WHERE seq > ? AND seq <= ? ORDER BY seq`, after, upTo)
  const line = (rows: SnapshotRows['rows']): SnapshotRows => ({ type: 'rows', table, columns: found.columnNames, rows })
  let rows: SnapshotRows['rows'] = []
  let units = 0
  for (const row of found.raw()) {
    rows.push(row.map(storable))
    units += row.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 10), 0)
    if (units < lineUnits) continue
    yield line(rows)
    rows = []
    units = 0
  }
  if (rows.length > 0) yield line(rows)
}

function storable(value: SqlStorageValue): string | number | null {
  if (value instanceof ArrayBuffer) throw new Error('a snapshot cannot hold bytes')
  return value
}

/**
 * Takes lines in, in order; true when a session has become of them. Belongs into a transaction. Lines that were laid aside and
 * never ended make room for the next beginning.
 */
export function stage(storage: DurableObjectStorage, lines: readonly SnapshotLine[], migrations: Migrations): boolean {
  const { sql } = storage
  for (const [index, line] of lines.entries()) {
    switch (line.type) {
      case 'session':
        dropStaged(sql)
        for (const step of migrations.slice(0, line.schema)) step(sql)
        sql.exec('DELETE FROM meta')
        sql.exec(`ALTER TABLE meta RENAME TO ${aside}`)
        break
      case 'rows':
        insert(sql, line)
        break
      case 'void':
        dropStaged(sql)
        break
      case 'end':
        if (index < lines.length - 1) throw new Error('lines after the end of a snapshot')
        sql.exec(`ALTER TABLE ${aside} RENAME TO meta`)
        for (const table of tables(sql)) {
          const { rows } = sql.exec<{ rows: number }>(`SELECT count(*) AS rows FROM "${table}"`).one()
          if (rows !== (line.rows[table] ?? 0)) throw new Error(`a snapshot with ${rows} rows of ${table}, not ${line.rows[table] ?? 0}`)
          fence(sql, table)
        }
        migrate(storage, storedSchema(sql), migrations)
        return true
    }
  }
  return false
}

/** Whether `lines` may be taken in by the object that is `tenant`'s `session`, which does not exist yet. */
export function validateLines(
  sql: SqlStorage,
  { tenant, session }: Pick<SnapshotStart, 'tenant' | 'session'>,
  lines: readonly SnapshotLine[],
  newest: number,
): Result<null, Failure> {
  const begun = tables(sql).includes(aside)
  const [first] = lines
  if (!begun && first?.type !== 'session') return wrong('/lines/0', 'must begin a session, for none was begun here')
  for (const [index, line] of lines.entries()) {
    if (line.type !== 'session') continue
    if (index > 0) return wrong(`/lines/${index}`, 'must be handed over on its own')
    if (line.tenant !== tenant || line.session !== session) return wrong(`/lines/${index}`, 'must be of the session it is handed to')
    if (line.schema > newest) return wrong(`/lines/${index}/schema`, `must be at most ${newest}: newer software wrote this`)
  }
  return ok(null)
}

const wrong = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })

function insert(sql: SqlStorage, { table, columns, rows }: SnapshotRows): void {
  const name = table === 'meta' ? aside : table
  if (leftOut.includes(table) || !tables(sql).includes(name)) throw new Error(`a snapshot with a table ${table}`)
  const statement = `INSERT INTO "${name}" (${columns.map((column) => `"${column}"`)}) VALUES (${columns.map(() => '?')})`
  for (const row of rows) sql.exec(statement, ...row)
}

/** Whoever holds a token from the part that was lost holds none that will be given out again. */
function fence(sql: SqlStorage, table: string): void {
  if (sql.exec(`SELECT 1 FROM pragma_table_info('${table}') WHERE name = 'token'`).toArray().length === 0) return
  sql.exec(`UPDATE "${table}" SET token = token + ${restoreGap}`)
}

/** What was laid aside, if anything was. */
export function dropStaged(sql: SqlStorage): void {
  if (!tables(sql).includes(aside)) return
  for (const table of tables(sql)) sql.exec(`DROP TABLE "${table}"`)
}

/** Lines as the bytes of NDJSON, made as they are read. */
export function snapshotBytes(lines: Iterator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    type: 'bytes',
    pull(controller: ReadableByteStreamController) {
      const { value, done } = lines.next()
      if (!done) return controller.enqueue(encoder.encode(`${value}\n`))
      controller.close()
      controller.byobRequest?.respond(0)
    },
  })
}
