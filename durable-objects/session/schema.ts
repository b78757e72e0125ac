/**
 * Tables by number. Code brings an object's tables forward the first time it uses them, and never touches those that newer code
 * has made.
 */
import { NewerSchema } from '../../shared/faults.ts'

/** The n-th step leads from schema n − 1 to schema n; the first makes the tables. Steps are only ever added: stored objects need the old ones. */
export type Migrations = readonly ((sql: SqlStorage) => void)[]

/** The object's own tables, in the order they were made. Those of the platform are SQLite's, or begin with an underscore. */
export const tables = (sql: SqlStorage): string[] =>
  sql
    .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    .toArray()
    .map(({ name }) => name)
    .filter((name) => /^(?!sqlite_)[a-z]/.test(name))

/** The number that an object keeps in `meta`; 0 without one. */
export function storedSchema(sql: SqlStorage): number {
  if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'meta'").toArray().length === 0) return 0
  return sql.exec<{ schema: number }>('SELECT schema FROM meta').one().schema
}

/** Brings tables from schema `stored` to the newest, all or nothing. Throws `NewerSchema`, and has written nothing, if they are newer still. */
export function migrate(storage: Pick<DurableObjectStorage, 'sql' | 'transactionSync'>, stored: number, migrations: Migrations): void {
  if (stored > migrations.length) throw new NewerSchema(stored, migrations.length)
  if (stored === migrations.length) return
  storage.transactionSync(() => {
    for (const step of migrations.slice(stored)) step(storage.sql)
    storage.sql.exec('UPDATE meta SET schema = ?', migrations.length)
  })
}
