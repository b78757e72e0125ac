/** The tables of the tenant object. */
import type { Migrations } from '../migrations.ts'
import { createConstitutionTable } from './constitution.ts'
import { createMcpServerTable } from './mcp-servers.ts'
import { createMcpSignInTables } from './mcp-sign-ins.ts'
import { createPersonaTable } from './personas.ts'
import { createPolicyTable } from './policy.ts'
import { createOpenFgaTable } from './relations.ts'
import { TenantSecrets } from './secrets.ts'
import { TenantSettings } from './settings.ts'
import { createToolTable } from './tools.ts'
import { createTupleTable } from './tuple-copy.ts'

/** Never edit a released migration. */
export const tenantMigrations: Migrations = [
  (sql) => {
    sql.exec('CREATE TABLE meta (schema INTEGER NOT NULL)')
    sql.exec('INSERT INTO meta VALUES (1)')
    createPolicyTable(sql)
    createTupleTable(sql)
    createOpenFgaTable(sql)
  },
  (sql) => {
    sql.exec(TenantSettings.schema)
    sql.exec(TenantSecrets.schema)
  },
  createConstitutionTable,
  createPersonaTable,
  createToolTable,
  createMcpServerTable,
  createMcpSignInTables,
]
