/** The base of the objects that keep tables. The session object is not one: `session/event-log.ts` has rules of its own for newer schemas. */
import { DurableObject } from 'cloudflare:workers'
import type { Failure } from '../shared/problem.ts'
import { withResidency } from '../shared/residency.ts'
import { fail, ok, type Result } from '../shared/result.ts'
import type { ObjectRef, Restored } from '../shared/session/backup.ts'
import { ObjectRestore, objectLines, type RestoreRequest } from './backup/object-backup.ts'
import type { BackupPlan, BackupStatement } from './backup/plan.ts'
import { lineBytes } from './line-bytes.ts'
import { logger } from './logger.ts'
import { type Migrations, migrate, storedSchema } from './migrations.ts'

/** The tables of one object. The first write creates them, so an object that is only read writes nothing. */
export class SqlTables {
  readonly #storage: DurableObjectStorage
  readonly #migrations: Migrations
  readonly #stored: (sql: SqlStorage) => number
  readonly #onPresent: () => void
  /** Whether the tables exist, in the newest schema. Undefined: not known yet. This object is their only writer. */
  #isCurrent: boolean | undefined

  /** `stored`: reads the schema number on disk; 0: no tables. `onPresent`: called when the tables are there. */
  constructor(storage: DurableObjectStorage, migrations: Migrations, stored: (sql: SqlStorage) => number, onPresent: () => void) {
    this.#storage = storage
    this.#migrations = migrations
    this.#stored = stored
    this.#onPresent = onPresent
  }

  /** The schema number on disk. 0: no tables. */
  get schema(): number {
    return this.#stored(this.#storage.sql)
  }

  /** Whether the tables exist. Migrates them if they do, so a read finds the newest schema. Throws `NewerSchema`. */
  exist(): boolean {
    this.#isCurrent ??= this.schema === 0 ? false : undefined
    if (this.#isCurrent === false) return false
    this.migrate()
    return true
  }

  /** Creates or migrates the tables. Call before the first write. Throws `NewerSchema`. */
  migrate(): void {
    if (!this.#isCurrent) migrate(this.#storage, this.schema, this.#migrations)
    this.#isCurrent = true
    this.#onPresent()
  }

  /** Looks at the tables again: a restore has replaced them. */
  reopen(): void {
    this.#isCurrent = undefined
  }

  /** Migrates, then runs `change` in one transaction. Throws `NewerSchema`. */
  write<T>(change: () => T): T {
    this.migrate()
    return this.#storage.transactionSync(change)
  }
}

/** The key of the last backup that an object was restored from. */
const restoredKey = 'restored'
/** Whether the directory has the object. */
const registeredKey = 'registered'
/** After a restore, the object starts again from its new tables. Milliseconds: the response leaves first. */
const restartMs = 50

/** An object with numbered tables. Its bindings find each object in its tenant's residency. */
export abstract class SqlObject extends DurableObject<StateEnv> {
  /** An own property, like `ctx` and `env`: RPC exposes only the prototype. */
  protected readonly tables: SqlTables
  readonly #migrations: Migrations
  #registered = false
  #added = false

  constructor(ctx: DurableObjectState, env: StateEnv, migrations: Migrations, stored: (sql: SqlStorage) => number = storedSchema) {
    super(ctx, withResidency(env))
    this.#migrations = migrations
    this.tables = new SqlTables(ctx.storage, migrations, stored, () => {
      this.#addTables()
      this.#register()
    })
  }

  /** The rows of this object as lines of a backup. Null: it has no tables, or is not part of one. */
  exportRows(of: ObjectRef): ReadableStream<Uint8Array> | null {
    const plan = this.#statement
    if (typeof plan === 'string' || !this.tables.exist()) return null
    return lineBytes(objectLines(this.ctx.storage.sql, plan, { type: 'object', ...of, schema: this.tables.schema }))
  }

  /**
   * Restores the rows of a backup, in as many calls as the lines need. `already`: they are restored. Fails with `not_empty` or `invalid`.
   */
  async restoreRows(request: RestoreRequest): Promise<Result<Restored, Failure>> {
    const plan = this.#statement
    if (typeof plan === 'string') return fail({ kind: 'not_found' })
    const before = await this.ctx.storage.get<string>(restoredKey)
    if (!request.overwrite && before === request.backup) return ok('already')
    const result = new ObjectRestore(this.ctx.storage, plan, this.#migrations).take(request)
    this.tables.reopen()
    if (!result.ok || result.value === 'staged') return result
    await this.ctx.storage.put(restoredKey, request.backup)
    if (result.value === 'already') return result
    await plan.resume?.(this.ctx, this.env)
    await this.ctx.storage.sync()
    // This instance's cached state of the earlier tables ends with it.
    setTimeout(() => this.ctx.abort('restored from a backup'), restartMs)
    return result
  }

  get #statement(): BackupStatement {
    return (this.constructor as unknown as { readonly backup: BackupStatement }).backup
  }

  /** Adds the tables without a schema number. */
  #addTables(): void {
    const plan = this.#statement
    if (this.#added || typeof plan === 'string') return
    plan.added?.(this.ctx.storage.sql)
    this.#added = true
  }

  /** Enters the object in the directory, once. A failure is repeated with a later call. */
  #register(): void {
    const plan = this.#statement
    const { name } = this.ctx.id
    if (this.#registered || typeof plan === 'string' || !plan.register || name === undefined) return
    this.#registered = true
    const { storage } = this.ctx
    const register = async (enter: NonNullable<BackupPlan['register']>) => {
      if (await storage.get<boolean>(registeredKey)) return
      await enter(this.env, name)
      await storage.put(registeredKey, true)
    }
    const entered = register(plan.register).catch((error) => {
      this.#registered = false
      logger.write('directory.unreachable', { error })
    })
    this.ctx.waitUntil(entered)
  }
}
