import { WorkerEntrypoint } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { database } from './postgres.ts'

/** How long Postgres may take to answer before it counts as away. */
const readyMs = 1_000

/** One dependency, and whether it answers. `detail` is in words and names no address. */
export interface Dependency {
  readonly name: 'postgres'
  readonly ok: boolean
  readonly detail?: string
}

/** What the gateway may ask of the relay. */
export class Relay extends WorkerEntrypoint<BackgroundEnv> {
  /** Whether sessions can be copied right now. Never throws, and answers within a second. */
  async ready(): Promise<Dependency> {
    if (!this.env.SOMA_DATABASE_URL) return { name: 'postgres', ok: false, detail: 'SOMA_DATABASE_URL is not set.' }
    try {
      await database(this.env, readyMs).execute(sql`select 1`)
      return { name: 'postgres', ok: true }
    } catch {
      return { name: 'postgres', ok: false, detail: 'Postgres did not answer within 1 s. Sessions work; their copies will catch up.' }
    }
  }
}
