/** What another policy would have decided: a candidate asked again what was once asked, and where it differs. Pure. */

import type { EvaluationOptions } from '../rego/evaluate.ts'
import type { Plan } from '../rego/plan.ts'
import { type Decision, evaluateDecision } from './decide.ts'

/** A decision as the audit keeps it. */
export interface RecordedDecision {
  readonly id: string
  readonly input: unknown
  readonly allowed: boolean
  /** When it was made, Unix ms: the candidate is asked with the same clock. */
  readonly at: number
}

export interface Difference {
  readonly id: string
  readonly input: unknown
  readonly was: boolean
  readonly would: Decision
}

export interface WhatIf {
  /** Without those that hang on what was not recorded. */
  readonly asked: number
  /** Refused before, allowed by the candidate: read these first. */
  readonly opened: number
  readonly closed: number
  /** At most `limit`, those that open first. */
  readonly differences: readonly Difference[]
}

/** What a candidate makes of one that was recorded; null: that hangs on what was not. */
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
