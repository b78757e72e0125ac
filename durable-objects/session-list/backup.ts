/** A session list in a backup: what the subject pinned and archived. The sessions themselves register again. */
import type { BackupPlan } from '../backup/plan.ts'

/** What the subject chose for a session. Without a schema number, so that an earlier release can still use the list. */
const markTable = `
  CREATE TABLE IF NOT EXISTS mark (
    session_id TEXT PRIMARY KEY, pinned INTEGER NOT NULL DEFAULT 0, archived INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID`

export const sessionListBackup: BackupPlan = {
  tables: ['mark'],
  excluded: {
    meta: 'The list registers itself with its first session.',
    session: 'Every restored session enters its list again.',
    trash: 'A restored session that was deleted enters it again.',
  },
  // The sessions of a running stack stay in their list.
  keepsOtherTables: true,
  addTables: (sql) => void sql.exec(markTable),
}
