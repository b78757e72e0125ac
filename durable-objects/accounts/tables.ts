/** The tables of the accounts object. */

import type { Migrations } from '../migrations.ts'
import { apiKeyTables } from './api-keys.ts'
import { factorTables } from './factors.ts'
import { signInTables } from './sign-ins.ts'
import { userTables } from './users.ts'

export const accountMigrations: Migrations = [
  (sql) => {
    sql.exec(`
      CREATE TABLE meta (schema INTEGER NOT NULL, stamp INTEGER NOT NULL);
      ${userTables}
      CREATE TABLE changed (subject TEXT PRIMARY KEY, stamp INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX changed_by_stamp ON changed (stamp);
      ${signInTables}
      ${apiKeyTables}
    `)
    sql.exec('INSERT INTO meta VALUES (1, 0)')
  },
  (sql) => {
    sql.exec(`
      ALTER TABLE meta ADD COLUMN require_mfa TEXT NOT NULL DEFAULT 'none';
      ALTER TABLE sign_in ADD COLUMN amr TEXT NOT NULL DEFAULT '';
      ALTER TABLE sign_in ADD COLUMN agent TEXT NOT NULL DEFAULT '';
      ${factorTables}
    `)
  },
]
