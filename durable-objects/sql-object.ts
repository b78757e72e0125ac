/** The base of the objects with tables. The session object does not use it: `session/event-log.ts` handles newer schemas differently. */
import { DurableObject } from 'cloudflare:workers'
import type { Failure } from '../shared/problem.ts'
import { withResidency } from '../shared/residency.ts'
import { fail, ok, type Result } from '../shared/result.ts'
import type { ObjectRef, RestoreOutcome } from '../shared/session/backup.ts'
import { ObjectRestore, objectLines, type RestoreRequest } from './backup/object-backup.ts'
import type { BackupPlan, BackupStatement } from './backup/plan.ts'
import { lineBytes } from './line-bytes.ts'
import { logger } from './logger.ts'
import { type Migrations, migrate, storedSchema } from './migrations.ts'

/** The tables of one object. The first write creates them, so an object that is only read writes nothing. */
export class SqlTables {
  readonly #storage: DurableObjectStorage
  readonly #migrations: Migrations
  readonly #readSchema: (sql: SqlStorage) => number
  readonly #onPresent: () => void
  /** Whether the tables exist, in the newest schema. Undefined: not known yet. This object is their only writer. */
  #isCurrent: boolean | undefined

  /** `readSchema`: reads the schema number on disk; 0: no tables. `onPresent`: called when the tables exist. */
  constructor(storage: DurableObjectStorage, migrations: Migrations, readSchema: (sql: SqlStorage) => number, onPresent: () => void) {
    this.#storage = storage
    this.#migrations = migrations
    this.#readSchema = readSchema
    this.#onPresent = onPresent
  }

  /** The schema number on disk. 0: no tables. */
  get schema(): number {
    return this.#readSchema(this.#storage.sql)
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

  /** Drops the cached state of the tables. Call after a restore has replaced them. */
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
  #isRegistered = false
  #hasAddedTables = false

  constructor(ctx: DurableObjectState, env: StateEnv, migrations: Migrations, readSchema: (sql: SqlStorage) => number = storedSchema) {
    super(ctx, withResidency(env))
    this.#migrations = migrations
    this.tables = new SqlTables(ctx.storage, migrations, readSchema, () => {
      this.#addTables()
      this.#register()
    })
  }

  /** The rows of this object as lines of a backup. Null: it has no tables, or is not part of one. */
  exportRows(of: ObjectRef): ReadableStream<Uint8Array> | null {
    const plan = this.#backupStatement
    if (typeof plan === 'string' || !this.tables.exist()) return null
    return lineBytes(objectLines(this.ctx.storage.sql, plan, { type: 'object', ...of, schema: this.tables.schema }))
  }

  /**
   * Restores the rows of a backup, in as many calls as the lines need. `already`: they are restored. Fails with `not_empty` or `invalid`.
   */
  async restoreRows(request: RestoreRequest): Promise<Result<RestoreOutcome, Failure>> {
    const plan = this.#backupStatement
    if (typeof plan === 'string') return fail({ kind: 'not_found' })
    // Tables that stay must have the newest schema.
    if (plan.keepsOtherTables) this.tables.exist()
    const before = await this.ctx.storage.get<string>(restoredKey)
    if (!request.overwrite && before === request.backup) return ok('already')
    const result = new ObjectRestore(this.ctx.storage, plan, this.#migrations).restore(request)
    this.tables.reopen()
    if (!result.ok || result.value === 'staged') return result
    await this.ctx.storage.put(restoredKey, request.backup)
    if (result.value === 'already') return result
    await plan.resume?.(this.ctx, this.env)
    await this.ctx.storage.sync()
    // The abort also drops what this instance has cached of the earlier tables.
    setTimeout(() => this.ctx.abort('restored from a backup'), restartMs)
    return result
  }

  get #backupStatement(): BackupStatement {
    return (this.constructor as unknown as { readonly backup: BackupStatement }).backup
  }

  /** Adds the tables without a schema number. */
  #addTables(): void {
    const plan = this.#backupStatement
    if (this.#hasAddedTables || typeof plan === 'string') return
    plan.addTables?.(this.ctx.storage.sql)
    this.#hasAddedTables = true
  }

  /** Registers the object in the directory, once. After a failure, a later call tries again. */
  #register(): void {
    const plan = this.#backupStatement
    const { name } = this.ctx.id
    if (this.#isRegistered || typeof plan === 'string' || !plan.register || name === undefined) return
    this.#isRegistered = true
    const { storage } = this.ctx
    const register = async (enterDirectory: NonNullable<BackupPlan['register']>) => {
      if (await storage.get<boolean>(registeredKey)) return
      await enterDirectory(this.env, name)
      await storage.put(registeredKey, true)
    }
    const registration = register(plan.register).catch((error) => {
      this.#isRegistered = false
      logger.write('directory.unreachable', { error })
    })
    this.ctx.waitUntil(registration)
  }
}
