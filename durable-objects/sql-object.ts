/** The base of the objects that keep tables. The session object is not one: `session/event-log.ts` has other rules for newer schemas. */
import { DurableObject } from 'cloudflare:workers'
import { withResidency } from '../shared/residency.ts'
import { type Migrations, migrate, storedSchema } from './migrations.ts'

/** The tables of one object. The first write creates them, so an object that is only read writes nothing. */
export class SqlTables {
  readonly #storage: DurableObjectStorage
  readonly #migrations: Migrations
  readonly #stored: (sql: SqlStorage) => number

  /** `stored`: reads the schema number on disk; 0: no tables. */
  constructor(storage: DurableObjectStorage, migrations: Migrations, stored: (sql: SqlStorage) => number) {
    this.#storage = storage
    this.#migrations = migrations
    this.#stored = stored
  }

  /** Whether the tables exist. Migrates them if they do, so a read finds the newest schema. Throws `NewerSchema`. */
  exist(): boolean {
    const stored = this.#stored(this.#storage.sql)
    if (stored === 0) return false
    migrate(this.#storage, stored, this.#migrations)
    return true
  }

  /** Creates or migrates the tables. Call before the first write. Throws `NewerSchema`. */
  migrate(): void {
    migrate(this.#storage, this.#stored(this.#storage.sql), this.#migrations)
  }

  /** Migrates, then runs `change` in one transaction. Throws `NewerSchema`. */
  write<T>(change: () => T): T {
    this.migrate()
    return this.#storage.transactionSync(change)
  }
}

/** An object with numbered tables. Its bindings find each object in its tenant's residency. */
export abstract class SqlObject extends DurableObject<StateEnv> {
  /** An own property, like `ctx` and `env`: RPC exposes only the prototype. */
  protected readonly tables: SqlTables

  constructor(ctx: DurableObjectState, env: StateEnv, migrations: Migrations, stored: (sql: SqlStorage) => number = storedSchema) {
    super(ctx, withResidency(env))
    this.tables = new SqlTables(ctx.storage, migrations, stored)
  }
}
