/**
 * The table of a session's recordings. It is created with the first one, so other sessions pay nothing. An earlier release can still
 * read the others. Each method that writes belongs to a transaction.
 */
import { sessionRecordingUnits } from '../../shared/turn/recording-limits.ts'
import { tables } from '../migrations.ts'

export const recordingTable = 'recording'

/** Whether the session has, or had, a recording. */
const exists = (sql: SqlStorage): boolean => tables(sql).includes(recordingTable)

/** Adds a recording, unless its attempt has one. The oldest make room. */
export function addRecording(sql: SqlStorage, turnId: string, token: number, expiresAt: number, body: string): void {
  sql.exec(
    `CREATE TABLE IF NOT EXISTS recording (turn_id TEXT NOT NULL, token INTEGER NOT NULL, expires_at INTEGER NOT NULL,
      units INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (turn_id, token))`,
  )
  sql.exec('INSERT OR IGNORE INTO recording VALUES (?, ?, ?, ?, ?)', turnId, token, expiresAt, body.length, body)
  makeRoom(sql)
}

/** Erases the recordings whose time has come. Returns the time of the next one, Unix ms. Null: none is left. */
export function eraseUntil(sql: SqlStorage, now: number): number | null {
  if (!exists(sql)) return null
  sql.exec('DELETE FROM recording WHERE expires_at <= ?', now)
  return sql.exec<{ at: number | null }>('SELECT min(expires_at) AS at FROM recording').one().at
}

/** Erases all recordings, and their table. */
export const eraseRecordings = (sql: SqlStorage): void => void sql.exec(`DROP TABLE IF EXISTS ${recordingTable}`)

/** Erases the oldest recordings until the rest has at most `sessionRecordingUnits`. */
function makeRoom(sql: SqlStorage): void {
  const rows = sql.exec<{ id: number; units: number }>('SELECT rowid AS id, units FROM recording ORDER BY rowid DESC')
  let units = 0
  for (const row of rows) {
    units += row.units
    if (units <= sessionRecordingUnits) continue
    sql.exec('DELETE FROM recording WHERE rowid <= ?', row.id)
    return
  }
}
