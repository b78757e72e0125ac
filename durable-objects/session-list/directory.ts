/**
 * Who there is: the tenants in one object, and the subjects of each tenant in an object of its own. Home objects register here; a
 * backup begins here.
 */
import { DurableObject } from 'cloudflare:workers'
import { type Subject, type TenantId, tenantDirectoryName } from '../../shared/ids.ts'
import { type Migrations, migrate, storedSchema } from '../session/schema.ts'

const migrations: Migrations = [
  (sql) => {
    sql.exec(`
      CREATE TABLE meta (schema INTEGER NOT NULL);
      CREATE TABLE entry (name TEXT PRIMARY KEY) WITHOUT ROWID;
    `)
    sql.exec('INSERT INTO meta VALUES (1)')
  },
]

export class Directory extends DurableObject<StateEnv> {
  /** Enters `name`. On disk when it answers; again, it changes nothing. */
  enter(name: string): void {
    migrate(this.ctx.storage, storedSchema(this.ctx.storage.sql), migrations)
    this.ctx.storage.sql.exec('INSERT OR IGNORE INTO entry VALUES (?)', name)
  }

  /** At most `limit` names after `after`, in order. */
  names(after: string, limit: number): string[] {
    const { sql } = this.ctx.storage
    if (storedSchema(sql) === 0) return []
    migrate(this.ctx.storage, storedSchema(sql), migrations)
    const rows = sql.exec<{ name: string }>('SELECT name FROM entry WHERE name > ? ORDER BY name LIMIT ?', after, limit)
    return rows.toArray().map(({ name }) => name)
  }
}

/** The tenant first: whoever finds a subject can find its tenant. */
export async function enterSubject(
  directories: Pick<DurableObjectNamespace<Directory>, 'getByName'>,
  tenant: TenantId,
  subject: Subject,
): Promise<void> {
  await directories.getByName(tenantDirectoryName).enter(tenant)
  await directories.getByName(tenant).enter(subject)
}
