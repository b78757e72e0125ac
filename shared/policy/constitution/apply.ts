/** Applies a constitution to a decision. Pure. It can deny what the policy allowed, and never allows what the policy denied. */

import { type EvaluationFault, type EvaluationOptions, evaluateToJson } from '../../rego/evaluate.ts'
import type { Plan } from '../../rego/plan.ts'
import { ok, type Result } from '../../result.ts'
import type { PolicyInput } from '../access-request.ts'
import type { PolicyDecision } from '../decision-result.ts'
import type { LoadedConstitution } from './constitution.ts'

/** The entry point of the constitution's answer. */
export const constitutionEntrypoint = 'soma/constitution/allow'
/** The entry point of the violated articles. */
export const violationsEntrypoint = 'soma/constitution/refusals'

/** The articles that `input` violates, as sentences; empty: none. */
export function violations(
  plan: Plan,
  { data }: LoadedConstitution,
  input: unknown,
  options: Omit<EvaluationOptions, 'data'>,
): Result<readonly string[], EvaluationFault> {
  const result = evaluateToJson(plan, violationsEntrypoint, input, { ...options, data })
  if (!result.ok) return result
  const articles = result.value.value
  if (!Array.isArray(articles)) return { ok: false, error: { kind: 'entrypoint', message: 'the plan has no constitution' } }
  return ok(articles.map(String))
}

/** The policy's decision, narrowed by the constitution. `input` includes the text that the constitution reads. */
export function applyConstitution(
  plan: Plan,
  constitution: LoadedConstitution,
  decision: PolicyDecision,
  input: PolicyInput,
  at: number,
): PolicyDecision {
  const policy = { ...decision.policy, constitution: constitution.stamp }
  const violated = violations(plan, constitution, input, { at })
  if (!violated.ok) {
    const evidence = [...decision.evidence, `constitution: ${violated.error.message}`]
    return { allowed: false, reasons: ['fault', ...decision.reasons], evidence, policy, input }
  }
  if (violated.value.length === 0) return { ...decision, policy, input }
  return { ...decision, allowed: false, reasons: [...violated.value, ...decision.reasons], policy, input }
}
