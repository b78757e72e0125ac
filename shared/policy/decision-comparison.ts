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
interface CandidateDecision {
  readonly allowed: boolean
}

/** A decision that the candidate would change. */
export interface Difference<D extends CandidateDecision> {
  readonly id: string
  readonly input: unknown
  readonly was: boolean
  readonly would: D
}

/** The counts of compared and changed decisions, with some of the changed ones. */
export interface WhatIfResult<D extends CandidateDecision> {
  /** Excludes decisions that depend on data that was not recorded. */
  readonly asked: number
  /** Denied before and allowed by the candidate. Review these first. */
  readonly opened: number
  readonly closed: number
  /** At most `limit` differences, newly allowed ones first. */
  readonly differences: readonly Difference<D>[]
}

/** Compares decisions one by one, so that a caller can stop between two. */
export class DecisionComparison<D extends CandidateDecision> {
  readonly #newlyAllowed: Difference<D>[] = []
  readonly #newlyDenied: Difference<D>[] = []
  readonly #limit: number
  #compared = 0
  #newlyAllowedCount = 0
  #newlyDeniedCount = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** `would` is null for a decision that depends on data that was not recorded. */
  add({ id, input, allowed }: RecordedDecision, would: D | null): void {
    if (would === null) return
    this.#compared++
    if (would.allowed === allowed) return
    if (would.allowed) this.#newlyAllowedCount++
    else this.#newlyDeniedCount++
    const list = would.allowed ? this.#newlyAllowed : this.#newlyDenied
    if (list.length < this.#limit) list.push({ id, input, was: allowed, would })
  }

  get result(): WhatIfResult<D> {
    const differences = [...this.#newlyAllowed, ...this.#newlyDenied].slice(0, this.#limit)
    return { asked: this.#compared, opened: this.#newlyAllowedCount, closed: this.#newlyDeniedCount, differences }
  }
}
