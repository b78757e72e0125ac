/** Applies a constitution to a decision. Pure. It can deny what the policy allowed, and never allows what the policy denied. */

import { type EvaluationFault, type EvaluationOptions, evaluateToJson } from '../../rego/evaluate.ts'
import type { Plan } from '../../rego/plan.ts'
import { ok, type Result } from '../../result.ts'
import type { PolicyInput } from '../access-request.ts'
import type { PolicyDecision } from '../policy-decision.ts'
import type { LoadedConstitution } from './constitution.ts'

export const constitutionPoint = 'soma/constitution/allow'
export const refusalsPoint = 'soma/constitution/refusals'

/** The articles that `input` violates, as sentences; empty: none. */
export function violations(
  plan: Plan,
  { data }: LoadedConstitution,
  input: unknown,
  terms: Omit<EvaluationOptions, 'data'>,
): Result<readonly string[], EvaluationFault> {
  const answered = evaluateToJson(plan, refusalsPoint, input, { ...terms, data })
  if (!answered.ok) return answered
  const given = answered.value.value
  if (!Array.isArray(given)) return { ok: false, error: { kind: 'entrypoint', message: 'the plan has no refusals' } }
  return ok(given.map(String))
}

/** The policy's decision, narrowed by the constitution. `input` includes the text that the constitution reads. */
export function applyConstitution(
  plan: Plan,
  constitution: LoadedConstitution,
  ruling: PolicyDecision,
  input: PolicyInput,
  at: number,
): PolicyDecision {
  const policy = { ...ruling.policy, constitution: constitution.stamp }
  const refusals = violations(plan, constitution, input, { at })
  if (!refusals.ok) {
    const evidence = [...ruling.evidence, `constitution: ${refusals.error.message}`]
    return { allowed: false, reasons: ['fault', ...ruling.reasons], evidence, policy, input }
  }
  if (refusals.value.length === 0) return { ...ruling, policy, input }
  return { ...ruling, allowed: false, reasons: [...refusals.value, ...ruling.reasons], policy, input }
}
