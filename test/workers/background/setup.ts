import type { TestProject } from 'vitest/node'
import { serveNeon } from '../../../scripts/neon.ts'
import { openPostgres } from '../../../scripts/postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string
    databaseHttp: string
  }
}

/** A Postgres for the Worker under test, with the project's migrations applied. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = 'postgres://soma:test@localhost/soma'
  const postgres = await openPostgres()
  const server = await serveNeon(Promise.resolve(postgres), url)
  project.provide('databaseUrl', url)
  project.provide('databaseHttp', server.endpoint)
  return async () => {
    await server.close()
    await postgres.close()
  }
}
