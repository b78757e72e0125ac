/** The accounts in a backup: users, second factors, API keys, sign-ins and revocations. */
import { restoreGap } from '../../shared/session/backup.ts'
import type { BackupPlan } from '../backup/plan.ts'
import { registerTenant } from '../backup/register.ts'
import { allSubjects } from './changes.ts'
import { addIssuerTable } from './issuers.ts'
import { addInstructionsTable } from './own-instructions.ts'
import { addRefreshIndex } from './sign-ins.ts'

export const accountsBackup: BackupPlan = {
  tables: [
    'meta',
    'user',
    'sign_in',
    'refresh',
    'revoked',
    'api_key',
    'factor',
    'recovery',
    'guess',
    'seal_key',
    'subject_issuer',
    'own_instructions',
  ],
  excluded: {
    changed: 'Workers drop every cached credential after a restore.',
    challenge: 'A challenge ends after five minutes.',
  },
  addTables(sql) {
    addIssuerTable(sql)
    addRefreshIndex(sql)
    addInstructionsTable(sql)
  },
  register: registerTenant,
  // Ahead of every stamp that a Worker may have seen since the backup.
  onRestored(sql) {
    sql.exec('UPDATE meta SET stamp = stamp + ?', restoreGap)
    sql.exec('INSERT OR REPLACE INTO changed SELECT ?, stamp FROM meta', allSubjects)
  },
}
