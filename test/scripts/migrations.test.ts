import { readFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { getTableColumns, getTableName } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { describe, expect, it } from 'vitest'
import * as schema from '../../migrations/schema.ts'

const migrationsFolder = new URL('../../migrations', import.meta.url).pathname

describe('The migrations', () => {
  it('create every table of the schema from an empty database, and are applied once', { timeout: 30_000 }, async () => {
    const postgres = await PGlite.create()
    const db = drizzle(postgres)
    await migrate(db, { migrationsFolder })
    await migrate(db, { migrationsFolder })
    const { rows } = await postgres.query<{ table_name: string; column_name: string }>(
      `select table_name, column_name from information_schema.columns where table_schema = 'public'`,
    )
    const columns = rows.map((row) => `${row.table_name}.${row.column_name}`).sort()
    const declared = Object.values(schema).flatMap((table) =>
      Object.values(getTableColumns(table)).map((column) => `${getTableName(table)}.${column.name}`),
    )
    expect(columns).toEqual(declared.sort())
    const applied = await postgres.query('select 1 from drizzle.__drizzle_migrations')
    const journal = JSON.parse(await readFile(`${migrationsFolder}/meta/_journal.json`, 'utf8'))
    expect(applied.rows).toHaveLength(journal.entries.length)
  })
})
