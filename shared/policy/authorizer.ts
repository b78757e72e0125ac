/**
 * Who decides, and how: the policy in force for the tenant, in this isolate, or an OPA server, where one is named; and beside it the
 * tenant's constitution, which may refuse what the policy allowed. Never throws.
 */

import { textHash } from '../lib/text-hash.ts'
import { loadPlan } from '../rego/plan.ts'
import type { PolicyInput } from './access-request.ts'
import type { LoadedPolicy } from './bundle.ts'
import { applyConstitution, violations } from './constitution/apply.ts'
import { DecisionCache } from './decision-cache.ts'
import { decideRemotely, type OpaServer } from './opa.ts'
import { isUsable, type PoliciesInForce, PolicyCache, type PolicyStore } from './policy-cache.ts'
import { decidePolicy, explained, type PolicyDecision, type PolicyStamp } from './policy-decision.ts'

/** Decisions of a server are not of a policy that we know. */
const remote: PolicyStamp = { revision: 0, hash: 'remote' }

/** A tenant's own policy says nothing about the platform, across tenants. */
const isPlatformAction = (action: string): boolean => action.startsWith('platform.')

/** What replaces a policy or a constitution: an administrator may, also while the one that is stored cannot be used. */
const canRepairPolicy = (action: string): boolean =>
  action.startsWith('admin.policy.') || action.startsWith('admin.constitution.') || action === 'constitution.read'

export interface AuthorizationRequest {
  readonly input: PolicyInput
  /** The object of the input's tenant. */
  readonly store: () => PolicyStore
  /** Where it is set, it decides in the policy's place. */
  readonly opa: OpaServer | null
  readonly now: () => number
  /** What is said, for a constitution that must read it; the policy does not hear it, and the trail does not keep it. */
  readonly said?: () => Promise<string>
}

export class Authorizer {
  readonly #builtIn: () => LoadedPolicy
  readonly #inForce: PolicyCache
  readonly #recent = new DecisionCache()

  /** `builtIn`: the policy until a tenant hands in its own; loaded when it is first needed. */
  constructor(load: () => LoadedPolicy) {
    let loaded: LoadedPolicy | undefined
    this.#builtIn = () => {
      loaded ??= load()
      return loaded
    }
    this.#inForce = new PolicyCache(this.#builtIn)
  }

  /** The policy that is built in, whose plan has the constitution's entry points too. */
  get builtIn(): LoadedPolicy {
    return this.#builtIn()
  }

  async authorize({ input, store, opa, now, said }: AuthorizationRequest): Promise<PolicyDecision> {
    try {
      if (isPlatformAction(input.action)) return opa ? await askRemotely(opa, input) : this.#ruled(this.#builtIn(), input, now())
      const inForce = await this.of(input.principal.tenant, store, now)
      const ruling = opa ? await askRemotely(opa, input) : this.rule(inForce, input, now())
      const { constitution } = inForce
      if (constitution === null) return ruling
      const text = said && isUsable(constitution) && constitution.reads.has(input.action) ? { text: await said() } : {}
      return this.applyConstitution(inForce, ruling, { ...input, context: { ...input.context, ...text } }, now())
    } catch (error) {
      return denyUnavailable(input, error instanceof Error ? error.message : 'unknown', { revision: 0, hash: 'unknown' })
    }
  }

  /** What the policy says, before the constitution. One that cannot be used denies, but for what replaces it: that the built-in one decides. */
  rule({ policy }: PoliciesInForce, input: PolicyInput, at: number): PolicyDecision {
    if (isUsable(policy)) return this.#ruled(policy, input, at)
    if (canRepairPolicy(input.action)) return this.#ruled(this.#builtIn(), input, at)
    return denyUnavailable(input, 'the policy in force cannot be loaded', policy.unusable)
  }

  /** `ruling` after the constitution. `input`: with the text that it must read. */
  applyConstitution({ constitution }: PoliciesInForce, ruling: PolicyDecision, input: PolicyInput, at: number): PolicyDecision {
    if (constitution === null) return ruling
    if (isUsable(constitution)) return applyConstitution(this.#builtIn().plan, constitution, ruling, input, at)
    return canRepairPolicy(input.action) ? ruling : denyUnavailable(input, 'the constitution in force cannot be loaded', ruling.policy)
  }

  /** What the constitution says against an input that is not the policy's own: a question, or one that was recorded. */
  violations({ constitution }: PoliciesInForce, input: unknown, at: number): readonly string[] {
    if (constitution === null) return []
    if (!isUsable(constitution)) return ['unavailable']
    const refusals = violations(this.#builtIn().plan, constitution, input, { at })
    return refusals.ok ? refusals.value : ['fault']
  }

  #ruled(policy: LoadedPolicy, input: PolicyInput, at: number): PolicyDecision {
    const { plan, stamp, data } = policy
    return this.#recent.decision(policy, input, at, () => decidePolicy(plan, stamp, input, { data, at }))
  }

  /** What is in force for `tenant`. Throws if it cannot be known. */
  of(tenant: string, store: () => PolicyStore, now: () => number): Promise<PoliciesInForce> {
    return this.#inForce.of(tenant, store, now)
  }
}

const denyUnavailable = (input: PolicyInput, why: string, policy: PolicyStamp): PolicyDecision => ({
  allowed: false,
  reasons: ['unavailable'],
  evidence: [why],
  policy,
  input,
})

async function askRemotely(opa: OpaServer, input: PolicyInput): Promise<PolicyDecision> {
  const decision = await decideRemotely(opa, input)
  return { allowed: decision.allowed, ...explained(decision), policy: remote, input }
}

/** The policy of `policy/plan.json`, as revision 0. */
export function builtInPolicy(json: unknown): LoadedPolicy {
  const loaded = loadPlan(json)
  if (!loaded.ok) throw new Error('the policy that is built in cannot be loaded')
  return { stamp: { revision: 0, hash: textHash(JSON.stringify(json)) }, plan: loaded.value, data: {}, json }
}
