/** The decision of a policy on one request, with its reasons. Pure. Fail closed: only `true` allows. */
import type { EvaluationOptions } from '../rego/evaluate.ts'
import type { Plan } from '../rego/plan.ts'
import type { PolicyInput } from './access-request.ts'
import type { ConstitutionStamp } from './constitution/constitution.ts'
import { type Decision, evaluateDecision } from './decide.ts'

/** Which policy, for the trail. Revision 0 is the one that is built in. */
export interface PolicyStamp {
  readonly revision: number
  /** SHA-256 of the plan, its data included, in hex. */
  readonly hash: string
  /** The constitution that was asked beside it, if the tenant has one. */
  readonly constitution?: ConstitutionStamp
}

/** A decision, with all that the trail keeps of it. */
export interface PolicyDecision {
  readonly allowed: boolean
  /** The policy's reasons, or `fault`, `unavailable`; empty where it is allowed. For whoever was denied. */
  readonly reasons: readonly string[]
  /** What broke, for the trail only. */
  readonly evidence: readonly string[]
  readonly policy: PolicyStamp
  readonly input: PolicyInput
}

export const reasonsPoint = 'soma/policy/reasons'

/** Asks `plan`, with reasons where it says no. */
export function decidePolicy(plan: Plan, policy: PolicyStamp, input: PolicyInput, terms: EvaluationOptions): PolicyDecision {
  const decision = evaluateDecision(plan, input, terms, undefined, reasonsPoint)
  return { allowed: decision.allowed, ...explained(decision), policy, input }
}

export function explained({ allowed, reason, detail }: Decision): Pick<PolicyDecision, 'reasons' | 'evidence'> {
  if (allowed) return { reasons: [], evidence: [] }
  if (reason === 'fault') return { reasons: ['fault'], evidence: detail }
  return { reasons: detail.length > 0 ? detail : ['not_permitted'], evidence: reason === 'denied' ? [] : [reason] }
}
