/** The end of a metered call: its reservation is replaced by its actual cost. */
import type { TenantId } from '../../../shared/ids.ts'
import type { Allowance, Amount, PayingPersona } from '../../../shared/limits/budget.ts'
import { type JobIds, jobFields } from '../../../shared/log/fields.ts'
import { logger } from '../logger.ts'

/** The budget account of an attempt. */
export interface BudgetAccount {
  readonly tenant: TenantId
  readonly persona: string | undefined
  /** The user who pays: the owner of the session, or the caller. Undefined: a test of a profile. */
  readonly user?: string | undefined
  /** The budget that the persona states. Null: none. */
  readonly personaBudget?: Allowance | null
  /** The personas of the turns above, for a turn that answers a call of another one. */
  readonly above?: readonly PayingPersona[]
  /** The key of the attempt's reservations. Each call appends its number. */
  readonly attempt: string
  /** The turn or request of the call, for log lines. */
  readonly job?: JobIds
}

/** The fields that identify the call in a log line. */
export const accountFields = ({ tenant, job }: BudgetAccount) => (job ? jobFields(job) : { tenant })

type Limiter = ReturnType<ConversationEnv['LIMITER']['getByName']>

/** Pauses before the attempts at a settlement. Milliseconds. */
const retryDelaysMs = [0, 200, 2_000]

/**
 * Settles one call once. From before the reservation on, the Worker runs until `done` settles. Otherwise an attempt that ends
 * while its call starts or stops leaves a reservation, which counts in full.
 */
export class Settlement {
  readonly #limiter: Limiter
  readonly #account: BudgetAccount
  readonly #hasLimit: boolean
  readonly #accounts: readonly string[]
  readonly #ended = Promise.withResolvers<void>()
  #isSettled = false

  constructor(limiter: Limiter, account: BudgetAccount, hasLimit: boolean, accounts: readonly { readonly name: string }[]) {
    this.#limiter = limiter
    this.#account = account
    this.#hasLimit = hasLimit
    this.#accounts = accounts.map(({ name }) => name)
  }

  /** Resolves when the call is settled, or all attempts failed. */
  get done(): Promise<void> {
    return this.#ended.promise
  }

  /** There is no reservation. */
  cancel(): void {
    this.#isSettled = true
    this.#ended.resolve()
  }

  settle(cost: Amount): void {
    if (this.#isSettled) return
    this.#isSettled = true
    void this.#send(cost).finally(this.#ended.resolve)
  }

  async #send(cost: Amount): Promise<void> {
    for (const delayMs of retryDelaysMs) {
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
      try {
        // Settling is idempotent; recording is not, so it is attempted once.
        if (this.#hasLimit) await this.#limiter.settle(this.#account.attempt, cost)
        else if (cost.tokens > 0) await this.#limiter.record([...this.#accounts], cost)
        return
      } catch (error) {
        logger.write('budget.unsettled', { error, ...accountFields(this.#account) })
        if (!this.#hasLimit) return
      }
    }
  }
}
