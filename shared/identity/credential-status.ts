/**
 * Whether a verified credential still counts, and as what: a token may have been revoked since, a role taken away. Asked of the
 * tenant's accounts once per credential, then kept; what has changed since is asked for at most once a second for a whole tenant.
 * So a change counts everywhere after a second at the latest, and most requests ask nobody.
 */
import type { TenantId } from '../ids.ts'
import type { Role } from './role.ts'

/** What names a credential: the token's `jti`, the sign-in it belongs to, or the API key. */
export interface CredentialIds {
  readonly jti?: string | undefined
  readonly sid?: string | undefined
  readonly key?: string | undefined
}

export interface CredentialStatus {
  /** Null: not a user of this tenant any more. */
  readonly role: Role | null
  readonly revoked: boolean
  /** Whether the tenant demands a second factor of them. */
  readonly demandsMfa: boolean
}

/** A tenant's accounts, as `durable-objects/accounts/accounts.ts` keeps them. */
export interface Accounts {
  standing(subject: string, ids: CredentialIds): Promise<CredentialStatus & { readonly stamp: number }>
  /** Whom changes after `stamp` concern; null: too many to name. */
  changedSince(stamp: number): Promise<{ readonly stamp: number; readonly subjects: readonly string[] | null }>
}

/** How old what is known of a tenant may be. */
const maxAgeMs = 1_000
/** From this age on it is asked for beside the request. */
const softAgeMs = 600
/** Subjects of one tenant that are remembered. */
const maxSubjects = 5_000
/** Credentials of one subject. */
const maxCredentials = 50
const maxTenants = 1_000

interface Known {
  stamp: number
  at: number
  asking: boolean
  readonly subjects: Map<string, Map<string, CredentialStatus>>
}

export class CredentialStatusCache {
  readonly #tenants = new Map<TenantId, Known>()

  /** How it stands with `subject` and this credential, as of a second ago at the latest. Throws if the accounts cannot be asked. */
  async of(
    accounts: Accounts,
    tenant: TenantId,
    subject: string,
    ids: CredentialIds,
    now: number,
    keepAlive: (asking: Promise<unknown>) => void,
  ): Promise<CredentialStatus> {
    const known = this.#tenants.get(tenant)
    if (known && now - known.at > maxAgeMs) await this.#catchUp(accounts, known, now)
    else if (known && now - known.at > softAgeMs && !known.asking) {
      known.asking = true
      const caughtUp = this.#catchUp(accounts, known, now).catch(() => undefined)
      keepAlive(caughtUp.finally(() => (known.asking = false)))
    }
    const key = `${ids.jti ?? ''} ${ids.sid ?? ''} ${ids.key ?? ''}`
    const kept = known?.subjects.get(subject)?.get(key)
    return kept ?? this.#ask(accounts, tenant, subject, ids, key, now)
  }

  async #ask(
    accounts: Accounts,
    tenant: TenantId,
    subject: string,
    ids: CredentialIds,
    key: string,
    now: number,
  ): Promise<CredentialStatus> {
    const { stamp, role, revoked, demandsMfa } = await accounts.standing(subject, ids)
    const known = this.#tenants.get(tenant) ?? this.#remember(tenant, { stamp, at: now, asking: false, subjects: new Map() })
    // Something has changed since we last asked what: whether it concerns this subject is found out with the rest.
    if (known.stamp === stamp) {
      const kept = known.subjects.get(subject) ?? new Map<string, CredentialStatus>()
      if (kept.size >= maxCredentials) kept.clear()
      kept.set(key, { role, revoked, demandsMfa })
      if (known.subjects.size >= maxSubjects) known.subjects.clear()
      known.subjects.set(subject, kept)
    }
    return { role, revoked, demandsMfa }
  }

  async #catchUp(accounts: Accounts, known: Known, now: number): Promise<void> {
    const { stamp, subjects } = await accounts.changedSince(known.stamp)
    if (subjects === null) known.subjects.clear()
    for (const subject of subjects ?? []) known.subjects.delete(subject)
    known.stamp = Math.max(known.stamp, stamp)
    known.at = Math.max(known.at, now)
  }

  #remember(tenant: TenantId, known: Known): Known {
    if (this.#tenants.size >= maxTenants) this.#tenants.clear()
    this.#tenants.set(tenant, known)
    return known
  }
}
