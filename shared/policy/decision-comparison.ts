/** Compares recorded decisions with those of a candidate, and keeps the ones that differ. Pure. */

/** A decision as the audit trail stores it. */
export interface RecordedDecision {
  readonly id: string
  readonly input: unknown
  readonly allowed: boolean
  /** When it was decided, Unix ms. The candidate gets the same clock. */
  readonly at: number
}

/** A candidate's answer. */
interface Decided {
  readonly allowed: boolean
}

export interface Difference<D extends Decided> {
  readonly id: string
  readonly input: unknown
  readonly was: boolean
  readonly would: D
}

export interface WhatIf<D extends Decided> {
  /** Excludes decisions that depend on data that was not recorded. */
  readonly asked: number
  /** Denied before and allowed by the candidate. Review these first. */
  readonly opened: number
  readonly closed: number
  /** At most `limit` differences, newly allowed ones first. */
  readonly differences: readonly Difference<D>[]
}

/** Compares decisions one by one, so that a caller can stop between two. */
export class DecisionComparison<D extends Decided> {
  readonly #opened: Difference<D>[] = []
  readonly #closed: Difference<D>[] = []
  readonly #limit: number
  #asked = 0
  #openedCount = 0
  #closedCount = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** `would` is null for a decision that depends on data that was not recorded. */
  add({ id, input, allowed }: RecordedDecision, would: D | null): void {
    if (would === null) return
    this.#asked++
    if (would.allowed === allowed) return
    if (would.allowed) this.#openedCount++
    else this.#closedCount++
    const list = would.allowed ? this.#opened : this.#closed
    if (list.length < this.#limit) list.push({ id, input, was: allowed, would })
  }

  get result(): WhatIf<D> {
    const differences = [...this.#opened, ...this.#closed].slice(0, this.#limit)
    return { asked: this.#asked, opened: this.#openedCount, closed: this.#closedCount, differences }
  }
}
