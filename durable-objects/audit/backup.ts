/** The audit trail in a backup. A trail with newer entries keeps them: they are chained to the restored ones. */
import { chainHash } from '../../shared/audit/chain.ts'
import { type AuditEntry, canonical } from '../../shared/audit/entry.ts'
import { alarmDelayMs, type BackupPlan, RestoreRefused } from '../backup/plan.ts'
import { registerTenant } from '../backup/register.ts'

/** The most entries that are chained again. A trail with more entries does not belong to an empty stack. */
const maxCarried = 20_000

export const auditBackup: BackupPlan = {
  tables: ['meta', 'entry'],
  excluded: {
    repeated: 'Counts of equal entries become entries within a minute.',
    storage_alarm: 'The time of the last warning about storage.',
    subject_usage: 'The quota of a subject lasts for a day.',
  },
  register: registerTenant,
  // Pruning between two pages would leave a gap.
  stamp: (sql) => JSON.stringify(sql.exec('SELECT pruned FROM meta').one()),
  carriedRows(sql, restored) {
    let lastCommonSeq = 0
    let last = 0
    for (const { table, row } of restored()) {
      if (table !== 'entry') continue
      last = Number(row.seq)
      const matches = sql.exec('SELECT 1 FROM entry WHERE seq = ? AND hash = ?', row.seq ?? null, row.hash ?? null).toArray()
      if (matches.length > 0) lastCommonSeq = last
    }
    if (lastCommonSeq === last && last > 0) return null
    const newer = sql.exec('SELECT body FROM entry WHERE seq > ? ORDER BY seq LIMIT ?', lastCommonSeq, maxCarried + 1).toArray()
    if (newer.length > maxCarried) throw new RestoreRefused('the trail has too many entries of its own')
    return newer
  },
  onRestored(sql, carried) {
    const [head] = sql
      .exec<{ seq: number; at: number; hash: string }>('SELECT seq, at, hash FROM entry ORDER BY seq DESC LIMIT 1')
      .toArray()
    const pruned = sql.exec<{ seq: number; hash: string }>('SELECT pruned AS seq, pruned_hash AS hash FROM meta').one()
    let last = head ?? { ...pruned, at: 0 }
    for (const { body: text } of carried) {
      const original = JSON.parse(String(text)) as AuditEntry
      const entry = { ...original, seq: last.seq + 1, at: Math.max(original.at, last.at) }
      const body = canonical(entry)
      const hash = chainHash(last.hash, body)
      const { seq, at, kind, subject, action, target, outcome } = entry
      sql.exec('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', seq, at, kind, subject, action, target, outcome, body, hash)
      last = { seq, at, hash }
    }
    // The copies may be ahead of the backup, or missing. Copying an entry again changes nothing.
    sql.exec('UPDATE meta SET copied = pruned')
  },
  resume: ({ storage }) => storage.setAlarm(Date.now() + alarmDelayMs),
}
