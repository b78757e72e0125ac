/**
 * Counters that must not be exceeded: limits of requests, budgets of tokens and money. Sharded by what is counted: an object per tenant,
 * class of request and subject; one per tenant for budgets, because a call is paid by the tenant and by its persona at once.
 */
import { DurableObject } from 'cloudflare:workers'
import type { Amount, Grant } from '../../shared/limits/budget.ts'
import { type RateRule, type RateState, type Taken, take } from '../../shared/limits/rate.ts'
import { type Migrations, migrate, storedSchema } from '../session/schema.ts'
import { BudgetLedger, type Reservation, type Use } from './budget-ledger.ts'

/** Only ever added to. Rates have no tables: they are counted in memory. */
const migrations: Migrations = [
  (sql) => {
    sql.exec('CREATE TABLE meta (schema INTEGER NOT NULL)')
    sql.exec('INSERT INTO meta VALUES (1)')
    sql.exec(BudgetLedger.schema)
  },
]

const rateKey = 'rate'

export class Limiter extends DurableObject<StateEnv> {
  readonly #book = new BudgetLedger(this.ctx.storage.sql)
  #rate: RateState | undefined
  #loaded = false
  #saving = false

  // Rates.

  /**
   * Takes one request. Exact: whoever asks, here they are counted one after the other. The count is kept in memory and written behind,
   * at most once a second, so that no request waits for a disk; a crash may give back what was taken in its last second.
   */
  async take(rule: RateRule): Promise<Taken> {
    if (!this.#loaded) {
      const kept = await this.ctx.storage.get<RateState>(rateKey)
      // Others may have taken while we read.
      if (!this.#loaded) this.#rate = kept
      this.#loaded = true
    }
    const { state, taken } = take(rule, this.#rate, Date.now())
    this.#rate = state
    this.#saveSoon()
    return taken
  }

  #saveSoon(): void {
    if (this.#saving) return
    this.#saving = true
    setTimeout(() => {
      this.#saving = false
      void this.ctx.storage.put(rateKey, this.#rate, { allowUnconfirmed: true })
    }, 1_000)
  }

  // Budgets.

  /** Sets aside what a call may cost, or says which account is used up. On disk when it answers; the same key again: the same answer. */
  reserve(reservation: Reservation): Grant {
    this.#migrate()
    return this.ctx.storage.transactionSync(() => this.#book.reserve(reservation, Date.now()))
  }

  /** What the call of that key cost, in the place of what was set aside. Again, or for a key that is not known: changes nothing. */
  settle(key: string, cost: Amount): void {
    if (!this.#exists()) return
    this.ctx.storage.transactionSync(() => this.#book.settle(key, cost, Date.now()))
  }

  /** A call that nothing was set aside for, because no limit applied. */
  record(accounts: readonly string[], cost: Amount): void {
    this.#migrate()
    this.ctx.storage.transactionSync(() => this.#book.record(accounts, cost, Date.now()))
  }

  /** Used and set aside on this day, by account. */
  use(): Use[] {
    return this.#exists() ? this.#book.use(Date.now()) : []
  }

  #exists(): boolean {
    if (storedSchema(this.ctx.storage.sql) === 0) return false
    this.#migrate()
    return true
  }

  #migrate(): void {
    migrate(this.ctx.storage, storedSchema(this.ctx.storage.sql), migrations)
  }
}
