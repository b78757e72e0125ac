/** The platform's signing keys in a backup, sealed as they are on disk. A restored key verifies; the newest one signs. */
import { retiresAtAfter } from '../../shared/identity/rotation.ts'
import { alarmDelayMs, type BackupPlan, type Row } from '../backup/plan.ts'

export const issuerBackup: BackupPlan = {
  tables: ['meta', 'signing_key', 'checksum_key'],
  excluded: {},
  // Without a schema number, so that an earlier release can still use the object.
  addTables: (sql) => void sql.exec('CREATE TABLE IF NOT EXISTS checksum_key (key TEXT NOT NULL)'),
  // A stack makes a key for its first token, so the restored keys join it.
  carriedRows: (sql, restored) => {
    const known = new Set([...restored()].filter(({ table }) => table === 'signing_key').map(({ row }) => row.kid))
    return (sql.exec('SELECT * FROM signing_key').toArray() as Row[]).filter(({ kid }) => !known.has(kid ?? null))
  },
  onRestored(sql, carried) {
    for (const row of carried) {
      const columns = Object.keys(row)
      sql.exec(`INSERT INTO signing_key (${columns}) VALUES (${columns.map(() => '?')})`, ...Object.values(row))
    }
    const { newest } = sql.exec<{ newest: number | null }>('SELECT max(signs_from) AS newest FROM signing_key').one()
    if (newest !== null)
      sql.exec('UPDATE signing_key SET retires_at = ? WHERE retires_at IS NULL AND signs_from < ?', retiresAtAfter(newest), newest)
  },
  resume: ({ storage }) => storage.setAlarm(Date.now() + alarmDelayMs),
}
