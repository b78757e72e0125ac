/** Who decides, and how: the policy in force for the tenant, in this isolate; or an OPA server, where one is named. Never throws. */
import { type LoadedPolicy, textHash } from './bundle.ts'
import { explained, type PolicyInput, type PolicyStamp, type Ruling, rule } from './guard.ts'
import { PoliciesInForce, type PolicyStore } from './in-force.ts'
import { decideRemotely, type OpaServer } from './opa.ts'
import { loadPlan } from './plan.ts'
import { RecentRulings } from './recent.ts'

/** Decisions of a server are not of a policy that we know. */
const remote: PolicyStamp = { revision: 0, hash: 'remote' }

/** A tenant's own policy says nothing about the platform, across tenants. */
const ofPlatform = (action: string): boolean => action.startsWith('platform.')

export interface Asked {
  readonly input: PolicyInput
  /** The object of the input's tenant. */
  readonly store: () => PolicyStore
  /** Where it is set, it decides everything. */
  readonly opa: OpaServer | null
  readonly now: () => number
}

export class Arbiter {
  readonly #builtIn: () => LoadedPolicy
  readonly #inForce: PoliciesInForce
  readonly #recent = new RecentRulings()

  /** `builtIn`: the policy until a tenant hands in its own; loaded when it is first needed. */
  constructor(load: () => LoadedPolicy) {
    let loaded: LoadedPolicy | undefined
    this.#builtIn = () => {
      loaded ??= load()
      return loaded
    }
    this.#inForce = new PoliciesInForce(this.#builtIn)
  }

  async ask({ input, store, opa, now }: Asked): Promise<Ruling> {
    if (opa) {
      const decision = await decideRemotely(opa, input)
      return { allowed: decision.allowed, ...explained(decision), policy: remote, input }
    }
    try {
      const policy = ofPlatform(input.action) ? this.#builtIn() : await this.of(input.principal.tenant, store, now)
      const at = now()
      const { plan, stamp, data } = policy
      return this.#recent.ruling(policy, input, at, () => rule(plan, stamp, input, { data, at }))
    } catch (error) {
      const evidence = [error instanceof Error ? error.message : 'unknown']
      return { allowed: false, reasons: ['unavailable'], evidence, policy: { revision: 0, hash: 'unknown' }, input }
    }
  }

  /** The policy in force for `tenant`. Throws if it cannot be known. */
  of(tenant: string, store: () => PolicyStore, now: () => number): Promise<LoadedPolicy> {
    return this.#inForce.of(tenant, store, now)
  }
}

/** The policy of `policy/plan.json`, as revision 0. */
export function builtInPolicy(json: unknown): LoadedPolicy {
  const loaded = loadPlan(json)
  if (!loaded.ok) throw new Error('the policy that is built in cannot be loaded')
  return { stamp: { revision: 0, hash: textHash(JSON.stringify(json)) }, plan: loaded.value, data: {}, json }
}
