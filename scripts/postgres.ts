/** The embedded Postgres: PGlite in a folder, brought up to date by the migrations. */
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { neon, neonConfig } from '@neondatabase/serverless'
import { drizzle as drizzleNeon } from 'drizzle-orm/neon-http'
import { migrate as migrateHttp } from 'drizzle-orm/neon-http/migrator'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { root } from './project.ts'

const migrationsFolder = join(root, 'migrations')

/** Opens `folder` (in memory without one) and applies, in order, each migration that it has not seen. */
export async function openPostgres(folder?: string): Promise<PGlite> {
  const postgres = await PGlite.create(folder ? { dataDir: folder } : {})
  await migrate(drizzle(postgres), { migrationsFolder })
  return postgres
}

/** Applies, in order, each migration that the database behind Neon's protocol at `endpoint` (Neon itself without one) has not seen. */
export async function migrateNeon(url: string, endpoint?: string): Promise<void> {
  if (endpoint) neonConfig.fetchEndpoint = endpoint
  await migrateHttp(drizzleNeon(neon(url)), { migrationsFolder })
}
