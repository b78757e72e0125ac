/** Converts the rows of a table to lines of a backup, and back. A page of rows, by primary key, is read at one instant. */
import type { SnapshotRows } from '../../shared/session/backup.ts'

/** UTF-16 units of values after which a line ends. A larger row has its own line. */
export const lineUnits = 200_000

/** A page of a table. `line` is null for a table without rows. */
export interface Page {
  readonly line: SnapshotRows | null
  /** The key of the last row, if more rows may follow. */
  readonly next: readonly SqlStorageValue[] | null
}

/** The columns that order a table: its primary key, or SQLite's `rowid`. */
export function keyOf(sql: SqlStorage, table: string): readonly string[] {
  const [{ text } = { text: '' }] = sql.exec<{ text: string }>('SELECT sql AS text FROM sqlite_master WHERE name = ?', table).toArray()
  if (!/WITHOUT ROWID\s*$/i.test(text)) return ['rowid']
  const columns = sql.exec<{ name: string }>(`SELECT name FROM pragma_table_info('${table}') WHERE pk > 0 ORDER BY pk`).toArray()
  return columns.map(({ name }) => `"${name}"`)
}

/** The rows of `table` after `after`, up to a line's worth. Lazy: reads only what fits. */
export function page(sql: SqlStorage, table: string, after: readonly SqlStorageValue[] | null): Page {
  const key = keyOf(sql, table)
  const where = after ? `WHERE (${key.join()}) > (${key.map(() => '?').join()})` : ''
  const cursor = sql.exec(`SELECT ${key.join()}, * FROM "${table}" ${where} ORDER BY ${key.join()}`, ...(after ?? []))
  const columns = cursor.columnNames.slice(key.length)
  const rows: SnapshotRows['rows'] = []
  let units = 0
  let last: readonly SqlStorageValue[] = []
  for (const row of cursor.raw()) {
    last = row.slice(0, key.length)
    rows.push(row.slice(key.length).map(storable))
    units += rowUnits(row)
    if (units >= lineUnits) return { line: { type: 'rows', table, columns, rows }, next: last }
  }
  return { line: rows.length > 0 ? { type: 'rows', table, columns, rows } : null, next: null }
}

/** The approximate UTF-16 units of a row in a line. */
export const rowUnits = (row: readonly SqlStorageValue[]): number =>
  row.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 10), 0)

/** Inserts the rows of a line. */
export function insertRows(sql: SqlStorage, { table, columns, rows }: Omit<SnapshotRows, 'type'>): void {
  const statement = `INSERT INTO "${table}" (${columns.map((column) => `"${column}"`)}) VALUES (${columns.map(() => '?')})`
  for (const row of rows) sql.exec(statement, ...row)
}

/** A value that JSON holds. Throws for bytes. */
export function storable(value: SqlStorageValue): string | number | null {
  if (value instanceof ArrayBuffer) throw new Error('a backup cannot hold bytes')
  return value
}
