/** Replays recorded inputs against a candidate policy, and reports the decisions that differ. Pure. */

import type { EvaluationOptions } from '../rego/evaluate.ts'
import type { Plan } from '../rego/plan.ts'
import { type Decision, evaluateDecision } from './evaluate-decision.ts'

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
  readonly would: Decision
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
export type Judge = (recorded: RecordedDecision) => Decision | null

export const comparePolicies = (
  candidate: Plan,
  recorded: Iterable<RecordedDecision>,
  terms: Omit<EvaluationOptions, 'at'> = {},
  limit?: number,
  entrypoint?: string,
): WhatIf => compareDecisions(({ input, at }) => evaluateDecision(candidate, input, { ...terms, at }, entrypoint), recorded, limit)

export function compareDecisions(judge: Judge, recorded: Iterable<RecordedDecision>, limit = 1_000): WhatIf {
  const opened: Difference[] = []
  const closed: Difference[] = []
  const count = { asked: 0, opened: 0, closed: 0 }
  for (const one of recorded) {
    const { id, input, allowed } = one
    const would = judge(one)
    if (would === null) continue
    count.asked++
    if (would.allowed === allowed) continue
    count[would.allowed ? 'opened' : 'closed']++
    const kept = would.allowed ? opened : closed
    if (kept.length < limit) kept.push({ id, input, was: allowed, would })
  }
  return { ...count, differences: [...opened, ...closed].slice(0, limit) }
}
