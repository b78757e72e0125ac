/** The embedded Postgres: PGlite in a folder, with the migrations. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { root } from './project.ts'
import { migrationsHash, readTemplate, writeTemplate } from './stack/postgres-template.ts'

const migrationsFolder = join(root, 'migrations')
/** The name of a file in the folder of a database: the hash of the migrations that the database has. */
const stampFile = 'soma-migrations'

/** Opens `folder` (default: in memory) and applies pending migrations in order. A new database starts from the template. */
export async function openPostgres(folder?: string): Promise<PGlite> {
  const postgres = await openMigrated(folder)
  if (folder !== undefined && !isMigrated(folder)) writeFileSync(join(folder, stampFile), migrationsHash())
  return postgres
}

async function openMigrated(folder?: string): Promise<PGlite> {
  const dataDir = folder === undefined ? {} : { dataDir: folder }
  if (folder !== undefined && existsSync(join(folder, 'PG_VERSION'))) {
    const postgres = await PGlite.create(dataDir)
    return isMigrated(folder) ? postgres : migrateAll(postgres)
  }
  const loadDataDir = readTemplate()
  // The name of the template contains the hash of these migrations.
  if (loadDataDir) return PGlite.create({ ...dataDir, loadDataDir })
  const postgres = await migrateNew(folder)
  await writeTemplate(postgres)
  return postgres
}

/** Whether the database in `folder` has every migration. The migrator then need not be loaded, which takes half a second of work. */
function isMigrated(folder: string): boolean {
  const file = join(folder, stampFile)
  return existsSync(file) && readFileSync(file, 'utf8') === migrationsHash()
}

/** Creates a database in `folder` (default: in memory) without the template. */
export const migrateNew = async (folder?: string): Promise<PGlite> =>
  migrateAll(await PGlite.create(folder === undefined ? {} : { dataDir: folder }))

async function migrateAll(postgres: PGlite): Promise<PGlite> {
  const { drizzle } = await import('drizzle-orm/pglite')
  const { migrate } = await import('drizzle-orm/pglite/migrator')
  await migrate(drizzle(postgres), { migrationsFolder })
  return postgres
}

/** Applies pending migrations to the database behind Neon's protocol at `endpoint` (default: Neon). */
export async function migrateNeon(url: string, endpoint?: string): Promise<void> {
  const { neon, neonConfig } = await import('@neondatabase/serverless')
  const { drizzle } = await import('drizzle-orm/neon-http')
  const { migrate } = await import('drizzle-orm/neon-http/migrator')
  if (endpoint) neonConfig.fetchEndpoint = endpoint
  await migrate(drizzle(neon(url)), { migrationsFolder })
}
