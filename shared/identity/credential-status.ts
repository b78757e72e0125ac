/**
 * Caches whether a verified credential is still valid, and with which role. Portable: the clock is an argument. The accounts object is
 * called once per credential, and for changes at most once a second per tenant. A revocation takes effect everywhere within a second, and
 * most requests cost no call.
 */
import type { TenantId } from '../ids.ts'
import type { Role } from './role.ts'

/** The ids of a credential: the token's `jti`, its sign-in, or the API key. */
export interface CredentialIds {
  readonly jti?: string | undefined
  readonly sid?: string | undefined
  readonly key?: string | undefined
  /** The origin of another issuer's token. A subject of a different origin is refused. */
  readonly origin?: Origin | undefined
}

/** Where another issuer's credential comes from. */
export interface Origin {
  readonly issuer: string
  /** Whether it is the identity provider that users sign in with. */
  readonly isProvider: boolean
}

/** Whether a credential is valid, and with which role. */
export interface CredentialStatus {
  /** Null: the subject is not a user of this tenant. */
  readonly role: Role | null
  readonly revoked: boolean
  /** Whether the tenant requires a second factor of this user. */
  readonly demandsMfa: boolean
}

/** A tenant's accounts object. */
export interface Accounts {
  standing(subject: string, ids: CredentialIds): Promise<CredentialStatus & { readonly stamp: number }>
  /** The subjects that changed after `stamp`; null: too many to list. */
  changedSince(stamp: number): Promise<{ readonly stamp: number; readonly subjects: readonly string[] | null }>
}

/** Largest age of a tenant's cached state, in milliseconds. */
const maxAgeMs = 1_000
/** From this age on, changes are fetched in the background, in milliseconds. */
const softAgeMs = 600
/** Cached subjects per tenant. */
const maxSubjects = 5_000
/** Cached credentials per subject. */
const maxCredentials = 50
const maxTenants = 1_000

interface TenantEntry {
  stamp: number
  at: number
  isRefreshing: boolean
  readonly subjects: Map<string, Map<string, CredentialStatus>>
}

/** The statuses of recently used credentials, per tenant. */
export class CredentialStatusCache {
  readonly #tenants = new Map<TenantId, TenantEntry>()

  /** The status of `subject` with this credential, at most one second old. Throws if the accounts object does not respond. */
  async statusOf(
    accounts: Accounts,
    tenant: TenantId,
    subject: string,
    ids: CredentialIds,
    now: number,
    keepAlive: (refresh: Promise<unknown>) => void,
  ): Promise<CredentialStatus> {
    const entry = this.#tenants.get(tenant)
    if (entry && now - entry.at > maxAgeMs) await this.#catchUp(accounts, entry, now)
    else if (entry && now - entry.at > softAgeMs && !entry.isRefreshing) {
      entry.isRefreshing = true
      const caughtUp = this.#catchUp(accounts, entry, now).catch(() => undefined)
      keepAlive(caughtUp.finally(() => (entry.isRefreshing = false)))
    }
    const key = `${ids.jti ?? ''} ${ids.sid ?? ''} ${ids.key ?? ''} ${ids.origin?.issuer ?? ''}`
    const cached = entry?.subjects.get(subject)?.get(key)
    return cached ?? this.#fetchStatus(accounts, tenant, subject, ids, key, now)
  }

  async #fetchStatus(
    accounts: Accounts,
    tenant: TenantId,
    subject: string,
    ids: CredentialIds,
    key: string,
    now: number,
  ): Promise<CredentialStatus> {
    const { stamp, role, revoked, demandsMfa } = await accounts.standing(subject, ids)
    const entry = this.#tenants.get(tenant) ?? this.#store(tenant, { stamp, at: now, isRefreshing: false, subjects: new Map() })
    // Other changes are not fetched yet. One of them may concern this subject, so the status is not cached.
    if (entry.stamp === stamp) {
      const statuses = entry.subjects.get(subject) ?? new Map<string, CredentialStatus>()
      if (statuses.size >= maxCredentials) statuses.clear()
      statuses.set(key, { role, revoked, demandsMfa })
      if (entry.subjects.size >= maxSubjects) entry.subjects.clear()
      entry.subjects.set(subject, statuses)
    }
    return { role, revoked, demandsMfa }
  }

  async #catchUp(accounts: Accounts, entry: TenantEntry, now: number): Promise<void> {
    const { stamp, subjects } = await accounts.changedSince(entry.stamp)
    if (subjects === null) entry.subjects.clear()
    for (const subject of subjects ?? []) entry.subjects.delete(subject)
    entry.stamp = Math.max(entry.stamp, stamp)
    entry.at = Math.max(entry.at, now)
  }

  #store(tenant: TenantId, entry: TenantEntry): TenantEntry {
    if (this.#tenants.size >= maxTenants) this.#tenants.clear()
    this.#tenants.set(tenant, entry)
    return entry
  }
}
