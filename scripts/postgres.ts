/** The embedded Postgres: PGlite in a folder, with the migrations. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle as drizzleNeon } from 'drizzle-orm/neon-http'
import { migrate as migrateHttp } from 'drizzle-orm/neon-http/migrator'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { root } from './project.ts'
import { readTemplate, writeTemplate } from './stack/postgres-template.ts'

const migrationsFolder = join(root, 'migrations')

/** Opens `folder` (default: in memory) and applies pending migrations in order. A new database starts from the template. */
export async function openPostgres(folder?: string): Promise<PGlite> {
  const dataDir = folder === undefined ? {} : { dataDir: folder }
  if (folder !== undefined && existsSync(join(folder, 'PG_VERSION'))) return migrateAll(await PGlite.create(dataDir))
  const loadDataDir = readTemplate()
  if (loadDataDir) return migrateAll(await PGlite.create({ ...dataDir, loadDataDir }))
  const postgres = await migrateNew(folder)
  await writeTemplate(postgres)
  return postgres
}

/** Makes a database in `folder` (default: in memory) without the template. */
export const migrateNew = async (folder?: string): Promise<PGlite> =>
  migrateAll(await PGlite.create(folder === undefined ? {} : { dataDir: folder }))

async function migrateAll(postgres: PGlite): Promise<PGlite> {
  await migrate(drizzle(postgres), { migrationsFolder })
  return postgres
}

/** Applies pending migrations to the database behind Neon's protocol at `endpoint` (default: Neon). */
export async function migrateNeon(url: string, endpoint?: string): Promise<void> {
  if (endpoint) neonConfig.fetchEndpoint = endpoint
  await migrateHttp(drizzleNeon(neon(url)), { migrationsFolder })
}
