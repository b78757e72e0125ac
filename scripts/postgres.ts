/** The embedded Postgres: PGlite in a folder, brought up to date by the migrations. */
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { root } from './project.ts'

/** Opens `folder` (in memory without one) and applies, in order, each migration that it has not seen. */
export async function openPostgres(folder?: string): Promise<PGlite> {
  const postgres = await PGlite.create(folder ? { dataDir: folder } : {})
  await migrate(drizzle(postgres), { migrationsFolder: join(root, 'migrations') })
  return postgres
}
