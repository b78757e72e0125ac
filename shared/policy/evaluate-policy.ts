/** Evaluates a policy's plan for one input. Pure. Fail closed: only `true` allows, and every error denies. */
import { cutText } from '../lib/cut-text.ts'
import { type EvaluationOptions, evaluatePlan, evaluateToJson } from '../rego/evaluate.ts'
import type { Plan } from '../rego/plan.ts'
import type { PolicyInput } from './access-request.ts'
import type { PolicyDecision, PolicyStamp } from './decision-result.ts'

/** The answer of a plan, with its cause. */
export interface EvaluationResult {
  readonly allowed: boolean
  readonly reason: 'allowed' | 'denied' | 'undefined' | 'not_boolean' | 'fault'
  /** Evidence for the audit: the policy's reasons, or the error. Shown to the denied user only if the policy allows it. */
  readonly detail: readonly string[]
  readonly fuel: number
}

/** The entry point of the decision. */
export const allowEntrypoint = 'soma/policy/allow'
/** The entry point of the reasons for a denial. */
export const reasonsEntrypoint = 'soma/policy/reasons'

/** The entry point of the reasons to ask first. A policy of an earlier release does not have it, and asks nothing. */
export const asksEntrypoint = 'soma/policy/asks'
/** The only action that can need an approval. */
export const askingAction = 'tool.execute'

/** Evaluates `allow` for one input. With `denialEntrypoint`, a denial includes the set of strings at that entry point. */
export function evaluatePolicy(
  plan: Plan,
  input: unknown,
  options: EvaluationOptions = {},
  entrypoint = allowEntrypoint,
  denialEntrypoint?: string,
): EvaluationResult {
  const evaluation = evaluatePlan(plan, entrypoint, input, options)
  if (!evaluation.ok) return { allowed: false, reason: 'fault', detail: [`${evaluation.error.kind}: ${evaluation.error.message}`], fuel: 0 }
  const { value, fuel } = evaluation.value
  if (value === true) return { allowed: true, reason: 'allowed', detail: [], fuel }
  const reason = value === undefined ? 'undefined' : value === false ? 'denied' : 'not_boolean'
  return { allowed: false, reason, detail: denialEntrypoint === undefined ? [] : reasons(plan, input, options, denialEntrypoint), fuel }
}

function reasons(plan: Plan, input: unknown, options: EvaluationOptions, entrypoint: string): readonly string[] {
  const result = evaluateToJson(plan, entrypoint, input, options)
  const value = result.ok ? result.value.value : []
  return Array.isArray(value) ? value.filter((reason) => typeof reason === 'string') : []
}

/** Evaluates `plan`, with reasons for a denial, and with the reasons to ask first for a permitted tool call. */
export function evaluateWithReasons(plan: Plan, policy: PolicyStamp, input: PolicyInput, options: EvaluationOptions): PolicyDecision {
  const result = evaluatePolicy(plan, input, options, undefined, reasonsEntrypoint)
  const decision = { allowed: result.allowed, ...reasonsAndEvidence(result), policy, input }
  if (!result.allowed || input.action !== askingAction || !plan.entrypoints.has(asksEntrypoint)) return decision
  const asks = evaluateToJson(plan, asksEntrypoint, input, options)
  return withAsks(decision, asks.ok ? asks.value.value : undefined)
}

/** The permitted decision with the reasons of `asks`. Anything but a set of strings denies. */
export function withAsks(decision: PolicyDecision, asks: unknown): PolicyDecision {
  if (!Array.isArray(asks) || !asks.every((reason) => typeof reason === 'string'))
    return { ...decision, allowed: false, reasons: ['fault'], evidence: [`${asksEntrypoint} is no set of strings`] }
  return asks.length === 0 ? decision : { ...decision, asks: asks.slice(0, maxAsks).map((reason) => cutText(reason, askUnits)) }
}

/** The most reasons to ask, and their length in UTF-16 units. */
const maxAsks = 20
const askUnits = 500

/** The reasons for the denied user, and the evidence for the audit trail. */
export function reasonsAndEvidence({ allowed, reason, detail }: EvaluationResult): Pick<PolicyDecision, 'reasons' | 'evidence'> {
  if (allowed) return { reasons: [], evidence: [] }
  if (reason === 'fault') return { reasons: ['fault'], evidence: detail }
  return { reasons: detail.length > 0 ? detail : ['not_permitted'], evidence: reason === 'denied' ? [] : [reason] }
}
