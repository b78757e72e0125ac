/** The gateway's access to the background Worker. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { withResidency } from '../../shared/residency.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { logger } from './logger.ts'
import { type KafkaState, kafkaState } from './sinks/kafka/kafka-state.ts'
import { database } from './sinks/postgres/database.ts'
import { prunePage, type SessionRef } from './sinks/postgres/prune.ts'

/** Timeout of the Postgres check. Milliseconds. */
const readyMs = 1_000

/** A dependency's state. `detail`: the problem as text, without addresses. */
export interface Dependency {
  readonly name: 'postgres'
  readonly ok: boolean
  readonly detail?: string
}

/** Health checks and pruning, for the gateway. The entrypoint `Relay`. */
export class BackgroundAdmin extends WorkerEntrypoint<BackgroundEnv> {
  constructor(ctx: ExecutionContext, env: BackgroundEnv) {
    super(ctx, withResidency(env))
  }

  /** The state of Postgres. Returns within a second. Never throws. */
  async ready(): Promise<Dependency> {
    if (readVariable(this.env, 'SOMA_DATABASE_URL') === '') return { name: 'postgres', ok: false, detail: 'SOMA_DATABASE_URL is not set.' }
    try {
      await database(this.env, readyMs).execute(sql`select 1`)
      return { name: 'postgres', ok: true }
    } catch {
      return { name: 'postgres', ok: false, detail: 'Postgres did not respond within 1 s. Sessions work; their copies will catch up.' }
    }
  }

  /** The state of Kafka; null: none is configured. */
  topics(): Promise<KafkaState | null> {
    return kafkaState(this.env)
  }

  /** Deletes copies of sessions that do not exist, from the page of rows after `after`. Null: Postgres cannot be reached. */
  async prune(after: SessionRef | null): Promise<{ pruned: number; next: SessionRef | null } | null> {
    try {
      return await prunePage(this.env, (name) => this.env.SESSION.getByName(name), after)
    } catch (error) {
      logger.write('prune.failed', { error })
      return null
    }
  }
}
