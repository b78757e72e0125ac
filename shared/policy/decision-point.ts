/**
 * The policy decision point: every policy decision is made here. The tenant's policy decides in this isolate, or a configured OPA server
 * does. The tenant's constitution may then deny what the policy allowed. Portable. Never throws.
 */

import { textHash } from '../lib/text-hash.ts'
import { type EvaluationFault, evaluateToJson } from '../rego/evaluate.ts'
import { loadPlan } from '../rego/plan.ts'
import { ok, type Result } from '../result.ts'
import type { PolicyInput } from './access-request.ts'
import type { LoadedPolicy } from './bundle.ts'
import { applyConstitution, violations } from './constitution/apply.ts'
import { DecisionCache } from './decision-cache.ts'
import type { PolicyDecision, PolicyStamp } from './decision-result.ts'
import { allowEntrypoint, askingAction, evaluateWithReasons, reasonsAndEvidence, reasonsEntrypoint, withAsks } from './evaluate-policy.ts'
import { asksRemotely, decideRemotely, type OpaServer } from './opa.ts'
import { type ActivePolicies, isUsable, PolicyCache, type PolicyStore } from './policy-cache.ts'

/** The stamp of decisions by an OPA server. Its policy is not known here. */
const remoteStamp: PolicyStamp = { revision: 0, hash: 'remote' }

/** Platform actions cross tenants, so a tenant's own policy does not apply to them. */
const isPlatformAction = (action: string): boolean => action.startsWith('platform.')

/** Actions that replace a policy or a constitution. An administrator keeps them while the stored one cannot be loaded. */
const canRepairPolicy = (action: string): boolean =>
  action.startsWith('admin.policy.') || action.startsWith('admin.constitution.') || action === 'constitution.read'

/** A request to authorize, with the sources of the policy. */
export interface AuthorizationRequest {
  readonly input: PolicyInput
  /** The object of the input's tenant. */
  readonly store: () => PolicyStore
  /** The server that replaces the policy; null: none. */
  readonly opa: OpaServer | null
  readonly now: () => number
  /** The message text, for a constitution that reads it. The policy does not receive it, and the audit trail does not store it. */
  readonly messageText?: () => Promise<string>
}

/** Makes every policy decision of a Worker. */
export class DecisionPoint {
  readonly #builtIn: () => LoadedPolicy
  readonly #policies: PolicyCache
  readonly #decisionCache = new DecisionCache()

  /** `load` returns the built-in policy, which applies until a tenant uploads its own. Called once, on first use. */
  constructor(load: () => LoadedPolicy) {
    let loaded: LoadedPolicy | undefined
    this.#builtIn = () => {
      loaded ??= load()
      return loaded
    }
    this.#policies = new PolicyCache(this.#builtIn)
  }

  /** The built-in policy. Its plan also has the constitution's entry points. */
  get builtIn(): LoadedPolicy {
    return this.#builtIn()
  }

  async authorize({ input, store, opa, now, messageText }: AuthorizationRequest): Promise<PolicyDecision> {
    try {
      if (isPlatformAction(input.action)) return opa ? await decideByServer(opa, input) : this.#evaluate(this.#builtIn(), input, now())
      const policies = await this.policiesOf(input.principal.tenant, store, now)
      const decision = opa ? await decideByServer(opa, input) : this.decide(policies, input, now())
      const { constitution } = policies
      if (constitution === null) return decision
      const text = messageText && isUsable(constitution) && constitution.reads.has(input.action) ? { text: await messageText() } : {}
      return this.applyConstitution(policies, decision, { ...input, context: { ...input.context, ...text } }, now())
    } catch (error) {
      return denyUnavailable(input, error instanceof Error ? error.message : 'unknown', { revision: 0, hash: 'unknown' })
    }
  }

  /**
   * The policy's decision, before the constitution. A policy that cannot be loaded denies. The built-in policy decides repair actions.
   */
  decide({ policy }: ActivePolicies, input: PolicyInput, at: number): PolicyDecision {
    if (isUsable(policy)) return this.#evaluate(policy, input, at)
    if (canRepairPolicy(input.action)) return this.#evaluate(this.#builtIn(), input, at)
    return denyUnavailable(input, 'the active policy cannot be loaded', policy.unusable)
  }

  /** The decision after the constitution. `input` includes the text that the constitution reads. */
  applyConstitution({ constitution }: ActivePolicies, decision: PolicyDecision, input: PolicyInput, at: number): PolicyDecision {
    if (constitution === null) return decision
    if (isUsable(constitution)) return applyConstitution(this.#builtIn().plan, constitution, decision, input, at)
    return canRepairPolicy(input.action) ? decision : denyUnavailable(input, 'the active constitution cannot be loaded', decision.policy)
  }

  /** The constitution's violations for an input that the policy did not build: a what-if question, or a recorded one. */
  violations({ constitution }: ActivePolicies, input: unknown, at: number): readonly string[] {
    if (constitution === null) return []
    if (!isUsable(constitution)) return ['unavailable']
    const violated = violations(this.#builtIn().plan, constitution, input, { at })
    return violated.ok ? violated.value : ['fault']
  }

  /** The active policy's value of a rule, for any input of a caller. Null: the policy cannot be loaded. */
  query({ policy }: ActivePolicies, rule: 'allow' | 'reasons', input: unknown, at: number): Result<unknown, EvaluationFault> | null {
    if (!isUsable(policy)) return null
    const evaluated = evaluateToJson(policy.plan, rule === 'allow' ? allowEntrypoint : reasonsEntrypoint, input, { data: policy.data, at })
    return evaluated.ok ? ok(evaluated.value.value) : evaluated
  }

  #evaluate(policy: LoadedPolicy, input: PolicyInput, at: number): PolicyDecision {
    const { plan, stamp, data } = policy
    return this.#decisionCache.decision(policy, input, at, () => evaluateWithReasons(plan, stamp, input, { data, at }))
  }

  /** The active policy and constitution of `tenant`. Throws if they are unknown. */
  policiesOf(tenant: string, store: () => PolicyStore, now: () => number): Promise<ActivePolicies> {
    return this.#policies.policiesOf(tenant, store, now)
  }
}

const denyUnavailable = (input: PolicyInput, why: string, policy: PolicyStamp): PolicyDecision => ({
  allowed: false,
  reasons: ['unavailable'],
  evidence: [why],
  policy,
  input,
})

async function decideByServer(opa: OpaServer, input: PolicyInput): Promise<PolicyDecision> {
  const decision = await decideRemotely(opa, input)
  const answer = { allowed: decision.allowed, ...reasonsAndEvidence(decision), policy: remoteStamp, input }
  return answer.allowed && input.action === askingAction ? withAsks(answer, await asksRemotely(opa, input)) : answer
}

/** Loads `policy/plan.json` as revision 0. Throws if it cannot be loaded. */
export function builtInPolicy(json: unknown): LoadedPolicy {
  const loaded = loadPlan(json)
  if (!loaded.ok) throw new Error('the built-in policy cannot be loaded')
  return { stamp: { revision: 0, hash: textHash(JSON.stringify(json)) }, plan: loaded.value, data: {}, json }
}
