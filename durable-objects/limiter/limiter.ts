/**
 * Exact counters: rate limits, open streams, and budgets of tokens and money. Rate limits have an object per tenant, class of request and
 * subject. The object of the class `stream` also counts open streams. Budgets have one object per tenant, because the tenant and the
 * persona pay for a call together.
 */
import type { Amount, Grant } from '../../shared/limits/budget.ts'
import { chargeUse, giveBack, type Quota, type RateRule, type RateState, takeRequests } from '../../shared/limits/rate.ts'
import { StreamLeases, type StreamRefusal } from '../../shared/limits/stream-leases.ts'
import type { Migrations } from '../migrations.ts'
import { SqlObject } from '../sql-object.ts'
import { type AccountUsage, BudgetLedger, type DayUsage, type Reservation } from './budget-ledger.ts'

/** Never edit a released migration. Rates have no tables: they are counted in memory. */
const migrations: Migrations = [
  (sql) => {
    sql.exec('CREATE TABLE meta (schema INTEGER NOT NULL)')
    sql.exec('INSERT INTO meta VALUES (1)')
    sql.exec(BudgetLedger.schema)
  },
]

/** The storage key of a rate. */
const rateKey = 'rate'
/** How long counts are collected before they are saved. Milliseconds. */
const saveDelayMs = 1_000

export class Limiter extends SqlObject {
  static readonly backup = 'Rates last for a window, and budgets for a day: both start again after a restore.'

  readonly #ledger = new BudgetLedger(this.ctx.storage.sql)
  #rate: RateState | undefined
  #isLoaded = false
  #isSaving = false
  readonly #streams = new StreamLeases()

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, env, migrations)
  }

  // Rates.

  /**
   * Counts one request as `weight`, exactly. The count is in memory and written at most once a second, so no request waits for the disk. A
   * crash can lose the last second of counts.
   */
  async take(rule: RateRule, weight = 1): Promise<Quota> {
    await this.#load()
    const { state, quota } = takeRequests(rule, this.#rate, Date.now(), weight)
    this.#rate = state
    this.#saveSoon()
    return quota
  }

  /** Counts a use that has happened already. Later requests wait until the count has fallen. */
  async charge(rule: RateRule, weight: number): Promise<void> {
    await this.#load()
    this.#rate = chargeUse(rule, this.#rate, Date.now(), weight)
    this.#saveSoon()
  }

  /** Subtracts a request of the current window that was counted and then refused. */
  giveBack(rule: RateRule, weight = 1): void {
    if (this.#rate) this.#rate = giveBack(rule, this.#rate, Date.now(), weight)
    this.#saveSoon()
  }

  async #load(): Promise<void> {
    if (this.#isLoaded) return
    const stored = await this.ctx.storage.get<RateState>(rateKey)
    // Another request may have been counted during the read.
    if (!this.#isLoaded) this.#rate = stored
    this.#isLoaded = true
  }

  #saveSoon(): void {
    if (this.#isSaving) return
    this.#isSaving = true
    setTimeout(() => {
      this.#isSaving = false
      void this.ctx.storage.put(rateKey, this.#rate, { allowUnconfirmed: true })
    }, saveDelayMs)
  }

  // Open streams.

  /**
   * Takes or renews the lease of a stream, and names the limit that refuses it. Leases are in memory. After a restart of this object the
   * renewals take them again, and streams beyond the limit end there.
   */
  leaseStream(id: string, session: string): StreamRefusal | null {
    return this.#streams.take(id, session, Date.now())
  }

  releaseStream(id: string): void {
    this.#streams.release(id)
  }

  // Budgets.

  /**
   * Reserves the upper bound of a call, or names the exhausted account. On disk when it returns. Repeating a key returns the
   * same result.
   */
  reserve(reservation: Reservation): Grant {
    return this.tables.write(() => this.#ledger.reserve(reservation, Date.now()))
  }

  /** Replaces a reservation by the actual cost. Does nothing for an unknown key. */
  settle(key: string, cost: Amount): void {
    if (!this.tables.exist()) return
    this.ctx.storage.transactionSync(() => this.#ledger.settle(key, cost, Date.now()))
  }

  /** Records a call without a reservation, because no limit applied. */
  record(accounts: readonly string[], cost: Amount): void {
    this.tables.write(() => this.#ledger.record(accounts, cost, Date.now()))
  }

  /** Today's usage and reservations, by account. Of users: those of `subjects`, and the 200 with the most tokens. */
  use(subjects: readonly string[] = []): AccountUsage[] {
    return this.tables.exist() ? this.#ledger.usage(Date.now(), subjects) : []
  }

  /** Usage of one account by day, oldest first. It covers the last 30 days and leaves out days without usage. */
  history(account: string): DayUsage[] {
    return this.tables.exist() ? this.#ledger.history(account, Date.now()) : []
  }
}
