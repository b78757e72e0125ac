/** What a Worker asks the policy, and what it makes of the answer. Pure. Fail closed: only `true` allows. */
import { mfa } from '../identity/amr.ts'
import type { Principal } from '../ids.ts'
import type { EvaluationOptions } from '../rego/evaluate.ts'
import type { Plan } from '../rego/plan.ts'
import type { ConstitutionStamp } from './constitution/constitution.ts'
import { type Decision, evaluateDecision } from './decide.ts'

/** What somebody wants to do to what. */
export interface AccessRequest {
  readonly action: string
  /** Without its tenant, which is the principal's: nobody can name another's. */
  readonly resource?: Readonly<Record<string, unknown>>
  readonly context?: Readonly<Record<string, unknown>>
}

/** The input of `policy.rego`. */
export interface PolicyInput {
  readonly principal: {
    readonly id: string
    readonly tenant: string
    readonly roles: readonly string[]
    readonly scopes: readonly string[]
    readonly mfa: boolean
  }
  readonly action: string
  readonly resource: Readonly<Record<string, unknown>> & { readonly tenant: string }
  readonly context: Readonly<Record<string, unknown>>
}

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

export function policyInput(
  { tenant, subject, roles, scopes, amr }: Pick<Principal, 'tenant' | 'subject' | 'roles' | 'scopes' | 'amr'>,
  { action, resource, context }: AccessRequest,
): PolicyInput {
  return {
    principal: { id: subject, tenant, roles: [...roles], scopes: [...scopes], mfa: amr.includes(mfa) },
    action,
    resource: { ...resource, tenant },
    context: { ...context },
  }
}

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

/** What the policy was asked, without what was said and what a tool was given: a trail holds no content. */
export function recordable(input: PolicyInput): PolicyInput {
  const { text, arguments: args, ...context } = input.context
  const withheld = [...(text === undefined ? [] : ['text']), ...(args === undefined ? [] : ['arguments'])]
  return withheld.length === 0 ? input : { ...input, context: { ...context, withheld } }
}
