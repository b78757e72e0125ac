/** The alarm of a trail with nearly full storage: a log line, and an entry in the list for `/ready`. */
import { auditAlarmsName } from '../../shared/ids.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { logger } from '../logger.ts'

/** The share of the storage from which the alarm is raised, and copied entries are pruned at any age. */
const fullShare = 0.8
/** UTF-16 units of entries after which the storage is checked again. */
const checkUnits = 100_000
/** The interval between two repetitions of a raised alarm. Milliseconds. */
const repeatMs = 3_600_000

/** Without a schema number, so that an earlier release can still use the trail. It has a row while the alarm is raised. */
const schema = 'CREATE TABLE IF NOT EXISTS storage_alarm (at INTEGER NOT NULL)'

export class StorageAlarm {
  readonly #ctx: DurableObjectState
  readonly #env: Pick<StateEnv, 'DIRECTORY' | 'SOMA_AUDIT_MAX_MB'>
  /** When the alarm was raised last, Unix ms; null: it is not raised; undefined: not read yet. */
  #raisedAt: number | null | undefined
  readonly #maxBytes: number
  /** UTF-16 units of entries since the storage was checked. The first record checks it. */
  #uncheckedUnits = checkUnits

  constructor(ctx: DurableObjectState, env: Pick<StateEnv, 'DIRECTORY' | 'SOMA_AUDIT_MAX_MB'>) {
    this.#ctx = ctx
    this.#env = env
    this.#maxBytes = readVariable(env, 'SOMA_AUDIT_MAX_MB') * 1_000_000
  }

  isNearlyFull(): boolean {
    return this.#usedShare() >= fullShare
  }

  /** Counts a record of `units` UTF-16 units, and checks the storage if it is due. A check costs as much as an entry. */
  addUnits(units: number, now: number): void {
    this.#uncheckedUnits += units
    if (this.#uncheckedUnits < checkUnits) return
    this.#uncheckedUnits = 0
    this.check(now)
  }

  /** Raises or repeats the alarm, or clears it. */
  check(now: number): void {
    const usedShare = this.#usedShare()
    const raisedAt = this.#read()
    if (usedShare < fullShare && raisedAt === null) return
    if (usedShare >= fullShare && raisedAt !== null && now - raisedAt < repeatMs) return
    this.#write(usedShare >= fullShare ? now : null)
    const tenant = this.#ctx.id.name ?? ''
    const list = this.#env.DIRECTORY.getByName(auditAlarmsName)
    if (usedShare >= fullShare) logger.write('audit.nearly_full', { tenant, percent: Math.round(usedShare * 100) })
    const updated = usedShare >= fullShare ? list.enter(tenant) : list.leave(tenant)
    this.#ctx.waitUntil(Promise.resolve(updated).catch((error) => logger.write('audit.alarm_failed', { error, tenant })))
  }

  /** The used share of the storage. */
  #usedShare(): number {
    return this.#ctx.storage.sql.databaseSize / this.#maxBytes
  }

  #read(): number | null {
    if (this.#raisedAt !== undefined) return this.#raisedAt
    const { sql } = this.#ctx.storage
    const exists = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'storage_alarm'").toArray().length > 0
    this.#raisedAt = exists ? (sql.exec<{ at: number }>('SELECT at FROM storage_alarm').toArray()[0]?.at ?? null) : null
    return this.#raisedAt
  }

  #write(at: number | null): void {
    const { sql } = this.#ctx.storage
    sql.exec(schema)
    sql.exec('DELETE FROM storage_alarm')
    if (at !== null) sql.exec('INSERT INTO storage_alarm VALUES (?)', at)
    this.#raisedAt = at
  }
}
