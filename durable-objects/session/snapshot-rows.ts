/** Checks the rows of a snapshot against the tables that they restore: columns, types, and the ranges of numbers. */
import type { SnapshotRows } from '../../shared/session/backup.ts'

/** The lines do not fit the tables of a session. The message has no content. */
export class InvalidSnapshot extends Error {
  /** Points into the lines of the request; '' if no single line is wrong. */
  readonly pointer: string

  constructor(pointer: string, message: string) {
    super(message)
    this.pointer = pointer
  }
}

/** A column as SQLite describes it. */
interface Column extends Record<string, SqlStorageValue> {
  readonly name: string
  readonly type: string
  readonly notnull: number
}

/** The largest number that is no time: a seq, a token or a count. It leaves room to count on. */
const maxNumber = 2 ** 40
const earliestAt = Date.UTC(2000)
/** How far ahead a timer may be due. Milliseconds. */
const maxAheadMs = 366 * 86_400_000

/** Throws `InvalidSnapshot` if a value does not fit its column. `pointer`: the line in the request. `now`: Unix ms. */
export function checkRows(sql: SqlStorage, { table, columns, rows }: Omit<SnapshotRows, 'type'>, pointer: string, now: number): void {
  const known = new Map(
    sql
      .exec<Column>(`SELECT name, type, "notnull" FROM pragma_table_info('${table}')`)
      .toArray()
      .map((column) => [column.name, column]),
  )
  const described = columns.map((name) => known.get(name))
  if (described.includes(undefined) || new Set(columns).size < columns.length)
    throw new InvalidSnapshot(`${pointer}/columns`, 'must be columns of the table, each once')
  for (const [index, row] of rows.entries()) {
    if (row.length !== columns.length) throw new InvalidSnapshot(`${pointer}/rows/${index}`, 'must have one value per column')
    for (const [position, value] of row.entries()) {
      const problem = valueProblem(described[position] as Column, value, now)
      if (problem) throw new InvalidSnapshot(`${pointer}/rows/${index}/${position}`, problem)
    }
  }
}

function valueProblem({ name, type, notnull }: Column, value: SnapshotRows['rows'][number][number], now: number): string | undefined {
  if (value === null) return notnull ? 'must not be null' : undefined
  if (typeof value === 'string') return type === 'INTEGER' ? 'must be a number' : undefined
  if (type !== 'INTEGER') return 'must be a text'
  if (!Number.isInteger(value) || value < 0) return 'must be a whole number, and not negative'
  if (!/(^|_)at$/.test(name)) return value <= maxNumber ? undefined : `must be at most ${maxNumber}`
  return value === 0 || (value >= earliestAt && value <= now + maxAheadMs) ? undefined : 'must be a time since 2000, in Unix milliseconds'
}
