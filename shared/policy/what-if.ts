/** Replays recorded inputs against a candidate policy, and reports the decisions that differ. Pure. */

import type { EvaluationOptions } from '../rego/evaluate.ts'
import type { Plan } from '../rego/plan.ts'
import { type EvaluationResult, evaluatePolicy } from './evaluate-policy.ts'

/** A decision as the audit trail stores it. */
export interface RecordedDecision {
  readonly id: string
  readonly input: unknown
  readonly allowed: boolean
  /** When it was decided, Unix ms. The candidate gets the same clock. */
  readonly at: number
}

export interface Difference {
  readonly id: string
  readonly input: unknown
  readonly was: boolean
  readonly would: EvaluationResult
}

export interface WhatIf {
  /** Excludes decisions that depend on data that was not recorded. */
  readonly asked: number
  /** Denied before and allowed by the candidate. Review these first. */
  readonly opened: number
  readonly closed: number
  /** At most `limit` differences, newly allowed ones first. */
  readonly differences: readonly Difference[]
}

/** The candidate's answer to a recorded decision; null: it depends on data that was not recorded. */
export type Judge = (recorded: RecordedDecision) => EvaluationResult | null

export const comparePolicies = (
  candidate: Plan,
  recorded: Iterable<RecordedDecision>,
  terms: Omit<EvaluationOptions, 'at'> = {},
  limit?: number,
  entrypoint?: string,
): WhatIf => compareDecisions(({ input, at }) => evaluatePolicy(candidate, input, { ...terms, at }, entrypoint), recorded, limit)

export function compareDecisions(judge: Judge, recorded: Iterable<RecordedDecision>, limit = 1_000): WhatIf {
  const comparison = new DecisionComparison(limit)
  for (const one of recorded) comparison.add(one, judge(one))
  return comparison.result
}

/** Compares decisions one by one, so that a caller can stop between two. */
export class DecisionComparison {
  readonly #opened: Difference[] = []
  readonly #closed: Difference[] = []
  readonly #limit: number
  #asked = 0
  #openedCount = 0
  #closedCount = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** `would` is null for a decision that depends on data that was not recorded. */
  add({ id, input, allowed }: RecordedDecision, would: EvaluationResult | null): void {
    if (would === null) return
    this.#asked++
    if (would.allowed === allowed) return
    if (would.allowed) this.#openedCount++
    else this.#closedCount++
    const list = would.allowed ? this.#opened : this.#closed
    if (list.length < this.#limit) list.push({ id, input, was: allowed, would })
  }

  get result(): WhatIf {
    const differences = [...this.#opened, ...this.#closed].slice(0, this.#limit)
    return { asked: this.#asked, opened: this.#openedCount, closed: this.#closedCount, differences }
  }
}
