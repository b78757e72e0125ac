/** The decision of a policy on one request, with its reasons. Pure. Fail closed: only `true` allows. */
import type { EvaluationOptions } from '../rego/evaluate.ts'
import type { Plan } from '../rego/plan.ts'
import type { PolicyInput } from './access-request.ts'
import type { ConstitutionStamp } from './constitution/constitution.ts'
import { type Decision, evaluateDecision } from './evaluate-decision.ts'

/** Which policy decided, for the audit trail. Revision 0 is the built-in policy. */
export interface PolicyStamp {
  readonly revision: number
  /** SHA-256 of the plan with its data, in hex. */
  readonly hash: string
  /** The tenant's constitution at the time of the decision, if it has one. */
  readonly constitution?: ConstitutionStamp
}

/** A decision with everything that the audit trail stores of it. */
export interface PolicyDecision {
  readonly allowed: boolean
  /** The policy's reasons, `fault` or `unavailable`; empty if allowed. The denied user sees them. */
  readonly reasons: readonly string[]
  /** The error, for the audit trail only. */
  readonly evidence: readonly string[]
  readonly policy: PolicyStamp
  readonly input: PolicyInput
}

export const reasonsPoint = 'soma/policy/reasons'

/** Evaluates `plan`, with reasons for a denial. */
export function decidePolicy(plan: Plan, policy: PolicyStamp, input: PolicyInput, terms: EvaluationOptions): PolicyDecision {
  const decision = evaluateDecision(plan, input, terms, undefined, reasonsPoint)
  return { allowed: decision.allowed, ...explained(decision), policy, input }
}

export function explained({ allowed, reason, detail }: Decision): Pick<PolicyDecision, 'reasons' | 'evidence'> {
  if (allowed) return { reasons: [], evidence: [] }
  if (reason === 'fault') return { reasons: ['fault'], evidence: detail }
  return { reasons: detail.length > 0 ? detail : ['not_permitted'], evidence: reason === 'denied' ? [] : [reason] }
}
