import type { TestProject } from 'vitest/node'
import { serveNeon } from '../../../scripts/neon.ts'
import { openPostgres } from '../../../scripts/postgres.ts'
import { serveKafkaRest } from '../../support/kafka-rest.ts'

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string
    databaseHttp: string
    kafkaRest: string
  }
}

/** Starts a Postgres with the project's migrations, and a fake of Kafka's REST API. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = 'postgres://soma:test@localhost/soma'
  const postgres = await openPostgres()
  const server = await serveNeon(Promise.resolve(postgres), url)
  project.provide('databaseUrl', url)
  project.provide('databaseHttp', server.endpoint)
  const kafka = await serveKafkaRest()
  project.provide('kafkaRest', kafka.url)
  return async () => {
    await kafka.close()
    await server.close()
    await postgres.close()
  }
}
