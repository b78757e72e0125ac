/**
 * Which policy is in force for whom, as one isolate knows it: asked of the tenant's object at most once a second, and taken from there
 * when it has changed. So a new policy is in force everywhere within two seconds, and most decisions cost no call. Pure: clock and
 * store are handed in.
 */
import { type LoadedPolicy, loadPolicy } from './bundle.ts'
import type { PolicyStamp } from './guard.ts'

/** What a tenant's object keeps. Null: nobody has handed in any, so the one that is built in counts. */
export interface PolicyStore {
  policyStamp(): Promise<PolicyStamp | null>
  policyText(): Promise<string | null>
}

/** How old a look at the stamp may get. Milliseconds. */
const stampMs = 1_000
/** How much longer others may use it while one request looks again. Milliseconds. */
const graceMs = 500
const maxTenants = 200

interface Held {
  readonly policy: LoadedPolicy
  /** When the look was begun. */
  checkedAt: number
  /** Since when somebody looks again; null: nobody does. */
  lookingSince: number | null
}

export class PoliciesInForce {
  readonly #builtIn: () => LoadedPolicy
  readonly #held = new Map<string, Held>()

  constructor(builtIn: () => LoadedPolicy) {
    this.#builtIn = builtIn
  }

  /** The policy of `tenant`. Throws if it is not known and cannot be asked for, or cannot be used by this code: then nothing is allowed. */
  async of(tenant: string, store: () => PolicyStore, now: () => number): Promise<LoadedPolicy> {
    const at = now()
    const held = this.#held.get(tenant)
    if (held && at - held.checkedAt < stampMs) return held.policy
    if (held && held.lookingSince !== null && at - held.lookingSince < graceMs && at - held.checkedAt < stampMs + graceMs)
      return held.policy
    if (held) held.lookingSince = at
    const policy = await this.#look(store(), held?.policy)
    this.#held.delete(tenant)
    if (this.#held.size >= maxTenants) this.#held.delete(this.#held.keys().next().value ?? tenant)
    this.#held.set(tenant, { policy, checkedAt: at, lookingSince: null })
    return policy
  }

  async #look(store: PolicyStore, known: LoadedPolicy | undefined): Promise<LoadedPolicy> {
    const stamp = await store.policyStamp()
    if (stamp === null) return this.#builtIn()
    if (known?.stamp.hash === stamp.hash && known.stamp.revision === stamp.revision) return known
    const text = await store.policyText()
    const loaded = text === null ? undefined : loadPolicy(text)
    if (!loaded?.ok) throw new Error('the policy in force cannot be loaded')
    const { bundle: _, ...policy } = loaded.value
    return policy
  }
}
