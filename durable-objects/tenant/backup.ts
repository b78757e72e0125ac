/** The tenant's configuration in a backup: every table except what starts again by itself. */
import type { BackupPlan } from '../backup/plan.ts'
import { registerTenant } from '../backup/register.ts'

export const tenantBackup: BackupPlan = {
  tables: [
    'meta',
    'policy',
    'tuple',
    'openfga',
    'settings',
    'settings_change',
    'data_key',
    'credential',
    'constitution',
    'persona',
    'tool',
    'mcp_server',
    'mcp_grant',
  ],
  excluded: {
    tuple_change: 'The relations object takes over the restored tuples, as after any change that it does not have.',
    mcp_sign_in: 'A sign-in that was under way starts again.',
  },
  register: registerTenant,
}
