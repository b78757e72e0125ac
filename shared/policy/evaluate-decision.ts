/** Turns a policy's answer into a decision. Pure. Fail closed: only `true` allows, and every error denies. */
import { type EvaluationOptions, evaluatePlan, evaluateToJson } from '../rego/evaluate.ts'
import type { Plan } from '../rego/plan.ts'

/** One decision with its cause. */
export interface Decision {
  readonly allowed: boolean
  readonly reason: 'allowed' | 'denied' | 'undefined' | 'not_boolean' | 'fault'
  /** Evidence for the audit: the policy's reasons, or the error. Shown to the denied user only if the policy allows it. */
  readonly detail: readonly string[]
  readonly fuel: number
}

export const allowPoint = 'soma/policy/allow'

/** Evaluates `allow` for one input. With `reasonsPoint`, a refusal includes the set of strings at that entry point. */
export function evaluateDecision(
  plan: Plan,
  input: unknown,
  terms: EvaluationOptions = {},
  entrypoint = allowPoint,
  reasonsPoint?: string,
): Decision {
  const answered = evaluatePlan(plan, entrypoint, input, terms)
  if (!answered.ok) return { allowed: false, reason: 'fault', detail: [`${answered.error.kind}: ${answered.error.message}`], fuel: 0 }
  const { value, fuel } = answered.value
  if (value === true) return { allowed: true, reason: 'allowed', detail: [], fuel }
  const reason = value === undefined ? 'undefined' : value === false ? 'denied' : 'not_boolean'
  return { allowed: false, reason, detail: reasonsPoint === undefined ? [] : reasons(plan, input, terms, reasonsPoint), fuel }
}

function reasons(plan: Plan, input: unknown, terms: EvaluationOptions, entrypoint: string): readonly string[] {
  const answered = evaluateToJson(plan, entrypoint, input, terms)
  const value = answered.ok ? answered.value.value : []
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
