/** The embedded Postgres: PGlite in a folder, with the migrations. */
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle as drizzleNeon } from 'drizzle-orm/neon-http'
import { migrate as migrateHttp } from 'drizzle-orm/neon-http/migrator'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { root } from './project.ts'

const migrationsFolder = join(root, 'migrations')

/** Opens `folder` (default: in memory) and applies pending migrations in order. */
export async function openPostgres(folder?: string): Promise<PGlite> {
  const postgres = await PGlite.create(folder ? { dataDir: folder } : {})
  await migrate(drizzle(postgres), { migrationsFolder })
  return postgres
}

/** Applies pending migrations to the database behind Neon's protocol at `endpoint` (default: Neon). */
export async function migrateNeon(url: string, endpoint?: string): Promise<void> {
  if (endpoint) neonConfig.fetchEndpoint = endpoint
  await migrateHttp(drizzleNeon(neon(url)), { migrationsFolder })
}
