import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import { describe, expect, it } from 'vitest'
import { migrateNew, openPostgres } from '../../scripts/postgres.ts'
import { readTemplate } from '../../scripts/stack/postgres-template.ts'

/** Columns, indexes and applied migrations. */
async function shapeOf(postgres: PGlite): Promise<unknown[]> {
  const queries = [
    "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    'SELECT hash FROM drizzle.__drizzle_migrations ORDER BY id',
  ]
  const shape: unknown[] = []
  for (const query of queries) shape.push((await postgres.query(query)).rows)
  return shape
}

describe('A new Postgres', () => {
  it('from the template equals one that was migrated from nothing', { timeout: 120_000 }, async () => {
    const first = await openPostgres()
    expect(readTemplate()).toBeDefined()
    const second = await openPostgres()
    const migrated = await migrateNew()
    expect(await shapeOf(second)).toEqual(await shapeOf(migrated))
    for (const postgres of [first, second, migrated]) await postgres.close()
  })

  it('in a folder keeps its rows when it is opened again', { timeout: 120_000 }, async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'soma-postgres-'))
    const folder = join(scratch, 'postgres')
    const before = await openPostgres(folder)
    await before.exec("CREATE TABLE lakes (name text); INSERT INTO lakes VALUES ('Constance')")
    await before.close()
    const after = await openPostgres(folder)
    expect((await after.query('SELECT name FROM lakes')).rows).toEqual([{ name: 'Constance' }])
    await after.close()
    rmSync(scratch, { recursive: true })
  })

  it('in a folder of other migrations is migrated', { timeout: 120_000 }, async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'soma-postgres-'))
    const folder = join(scratch, 'postgres')
    const original = await openPostgres(folder)
    const shape = await shapeOf(original)
    // Reverts every migration, and the folder’s record of its migrations.
    await original.exec('DELETE FROM drizzle.__drizzle_migrations')
    await original.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
    await original.close()
    writeFileSync(join(folder, 'soma-migrations'), 'those of another release')
    for (let attempt = 0; attempt < 2; attempt++) {
      const reopened = await openPostgres(folder)
      expect((await shapeOf(reopened)).slice(0, 2)).toEqual(shape.slice(0, 2))
      await reopened.close()
    }
    rmSync(scratch, { recursive: true })
  })
})
