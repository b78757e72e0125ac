/**
 * The active policy and constitution per tenant, as one isolate knows them. Pure: the clock and the store are arguments. The cache calls
 * the tenant's object at most once a second, and loads texts only after a change. A new policy is active everywhere within two seconds, and
 * most decisions cost no call.
 */
import { BoundedMap } from '../lib/bounded-map.ts'
import { type LoadedPolicy, loadPolicy } from './bundle.ts'
import { type ConstitutionStamp, type LoadedConstitution, loadConstitution } from './constitution/constitution.ts'
import type { PolicyStamp } from './decision-result.ts'

/** The active stamps of a tenant's object. Null: none was uploaded. */
export interface Stamps {
  readonly policy: PolicyStamp | null
  /** `seq` grows with every change, including a rollback. */
  readonly constitution: (ConstitutionStamp & { readonly seq: number }) | null
}

/** What a tenant's object stores. */
export interface PolicyStore {
  stampsInForce(): Promise<Stamps>
  policyText(): Promise<string | null>
  constitutionText(): Promise<string | null>
}

/** A policy or constitution that was accepted once, and that this code cannot load. */
export interface Unusable<Stamp> {
  readonly unusable: Stamp
}

/** A tenant's active policy and constitution. */
export interface ActivePolicies {
  /** The built-in one where the tenant has none. */
  readonly policy: LoadedPolicy | Unusable<PolicyStamp>
  readonly constitution: LoadedConstitution | Unusable<ConstitutionStamp> | null
}

/** Whether this code could load the stored policy or constitution. */
export const isUsable = <T extends object>(stored: T | Unusable<unknown>): stored is T => !('unusable' in stored)

/** How long stamps are reused, in milliseconds. */
const maxAgeMs = 1_000
/** How much longer other requests reuse them during a refresh, in milliseconds. */
const graceMs = 500
const maxTenants = 200

interface Entry {
  readonly policies: ActivePolicies
  readonly stamps: Stamps
  /** When the last refresh began, Unix ms. */
  checkedAt: number
  /** When the running refresh began, Unix ms; null: none runs. */
  refreshingSince: number | null
}

/** The active policies of recently seen tenants. */
export class PolicyCache {
  readonly #builtIn: () => LoadedPolicy
  readonly #entries = new BoundedMap<string, Entry>(maxTenants)

  constructor(builtIn: () => LoadedPolicy) {
    this.#builtIn = builtIn
  }

  /** The active policy and constitution of `tenant`. Throws if they are unknown and the object does not respond. The caller then denies. */
  async policiesOf(tenant: string, store: () => PolicyStore, now: () => number): Promise<ActivePolicies> {
    const at = now()
    const entry = this.#entries.get(tenant)
    if (entry && at - entry.checkedAt < maxAgeMs) return entry.policies
    if (entry && entry.refreshingSince !== null && at - entry.refreshingSince < graceMs && at - entry.checkedAt < maxAgeMs + graceMs)
      return entry.policies
    if (entry) entry.refreshingSince = at
    const refreshed = await this.#refresh(store(), entry)
    this.#entries.set(tenant, { ...refreshed, checkedAt: at, refreshingSince: null })
    return refreshed.policies
  }

  async #refresh(store: PolicyStore, cached: Entry | undefined): Promise<Pick<Entry, 'policies' | 'stamps'>> {
    const stamps = await store.stampsInForce()
    const [policy, constitution] = await Promise.all([this.#policy(store, stamps.policy, cached), constitutionOf(store, stamps, cached)])
    return { stamps, policies: { policy, constitution } }
  }

  async #policy(store: PolicyStore, stamp: PolicyStamp | null, cached: Entry | undefined): Promise<ActivePolicies['policy']> {
    if (stamp === null) return this.#builtIn()
    const before = cached?.stamps.policy
    if (cached && before?.hash === stamp.hash && before.revision === stamp.revision) return cached.policies.policy
    const text = await store.policyText()
    const loaded = text === null ? undefined : loadPolicy(text)
    if (!loaded?.ok) return { unusable: { revision: stamp.revision, hash: stamp.hash } }
    const { bundle: _, ...policy } = loaded.value
    return policy
  }
}

async function constitutionOf(
  store: PolicyStore,
  { constitution: stamp }: Stamps,
  cached: Entry | undefined,
): Promise<ActivePolicies['constitution']> {
  if (stamp === null) return null
  const before = cached?.stamps.constitution
  if (cached && before?.seq === stamp.seq && before.checksum === stamp.checksum) return cached.policies.constitution
  const text = await store.constitutionText()
  const loaded = text === null ? null : loadConstitution(text)
  return loaded?.stamp.checksum === stamp.checksum ? loaded : { unusable: { version: stamp.version, checksum: stamp.checksum } }
}
