/** Numbered schemas of an object's tables. Tables that newer code has made are never changed. */
import { NewerSchema } from '../shared/faults.ts'

/** Migration n leads from schema n − 1 to schema n. The first one creates the tables. Never edit a released migration: stored objects need it. */
export type Migrations = readonly ((sql: SqlStorage) => void)[]

/** The object's own tables, in order of creation. Tables of SQLite and of the platform are left out. */
export const tables = (sql: SqlStorage): string[] =>
  sql
    .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    .toArray()
    .map(({ name }) => name)
    .filter((name) => /^(?!sqlite_)[a-z]/.test(name))

/** The schema number in `meta`. 0: the table does not exist. */
export function storedSchema(sql: SqlStorage): number {
  if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'meta'").toArray().length === 0) return 0
  return sql.exec<{ schema: number }>('SELECT schema FROM meta').one().schema
}

/** Migrates tables from schema `stored` to the newest, in one transaction. Throws `NewerSchema` before any write if `stored` is newer. */
export function migrate(storage: Pick<DurableObjectStorage, 'sql' | 'transactionSync'>, stored: number, migrations: Migrations): void {
  if (stored > migrations.length) throw new NewerSchema(stored, migrations.length)
  if (stored === migrations.length) return
  storage.transactionSync(() => {
    for (const migration of migrations.slice(stored)) migration(storage.sql)
    storage.sql.exec('UPDATE meta SET schema = ?', migrations.length)
  })
}
