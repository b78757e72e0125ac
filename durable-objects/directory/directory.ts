/**
 * The directory: the tenants in one object, and the subjects of each tenant in another. Session lists register here. A backup
 * starts here.
 */
import { type Subject, type TenantId, tenantDirectoryName } from '../../shared/ids.ts'
import type { Migrations } from '../migrations.ts'
import { SqlObject } from '../sql-object.ts'

const migrations: Migrations = [
  (sql) => {
    sql.exec(`
      CREATE TABLE meta (schema INTEGER NOT NULL);
      CREATE TABLE entry (name TEXT PRIMARY KEY) WITHOUT ROWID;
    `)
    sql.exec('INSERT INTO meta VALUES (1)')
  },
]

export class Directory extends SqlObject {
  static readonly backup = 'The restored objects register again.'

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, env, migrations)
  }

  /** Registers `name`. Idempotent. The response waits until the write is durable. */
  enter(name: string): void {
    this.tables.migrate()
    this.ctx.storage.sql.exec('INSERT OR IGNORE INTO entry VALUES (?)', name)
  }

  has(name: string): boolean {
    return this.tables.exist() && this.ctx.storage.sql.exec('SELECT 1 FROM entry WHERE name = ?', name).toArray().length > 0
  }

  /** Removes `name`. Idempotent. */
  leave(name: string): void {
    if (this.tables.exist()) this.ctx.storage.sql.exec('DELETE FROM entry WHERE name = ?', name)
  }

  /** At most `limit` names after `after`, in order. */
  names(after: string, limit: number): string[] {
    if (!this.tables.exist()) return []
    const rows = this.ctx.storage.sql.exec<{ name: string }>('SELECT name FROM entry WHERE name > ? ORDER BY name LIMIT ?', after, limit)
    return rows.toArray().map(({ name }) => name)
  }
}

/** Registers a tenant and then its subject, so every listed subject has a listed tenant. */
export async function registerSubject(
  directories: Pick<DurableObjectNamespace<Directory>, 'getByName'>,
  tenant: TenantId,
  subject: Subject,
): Promise<void> {
  await directories.getByName(tenantDirectoryName).enter(tenant)
  await directories.getByName(tenant).enter(subject)
}
