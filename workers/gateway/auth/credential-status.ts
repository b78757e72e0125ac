/** The current status of credentials, from the tenant's accounts object. */
import { mfa } from '../../../shared/identity/amr.ts'
import { type Accounts, type CredentialStatus, CredentialStatusCache } from '../../../shared/identity/credential-status.ts'
import type { Principal } from '../../../shared/identity/principal.ts'
import type { Role } from '../../../shared/identity/role.ts'
import type { TenantId } from '../../../shared/ids.ts'
import type { GatewayContext } from '../http/context.ts'
import type { Verified } from './tokens.ts'

/** The accounts object of `tenant`. */
export const accountsOf = (env: Pick<GatewayEnv, 'ACCOUNTS'>, tenant: TenantId) => env.ACCOUNTS.getByName(tenant)

const statuses = new CredentialStatusCache()

function currentStatus(
  c: GatewayContext,
  { tenant, subject, ids }: Pick<Principal, 'tenant' | 'subject' | 'ids'>,
): Promise<CredentialStatus> {
  // Most requests find the status in the cache, and need no stub of the object.
  const accounts: Accounts = {
    standing: (...credential) => accountsOf(c.env, tenant).standing(...credential),
    changedSince: (stamp) => accountsOf(c.env, tenant).changedSince(stamp),
  }
  return statuses.statusOf(accounts, tenant, subject, ids, Date.now(), (work) => c.executionCtx.waitUntil(work))
}

/** The credential's role, at most 1 s old; null: the credential was revoked or its owner removed. */
export async function currentRole(c: GatewayContext, principal: Pick<Principal, 'tenant' | 'subject' | 'ids'>): Promise<Role | null> {
  const { role, revoked } = await currentStatus(c, principal)
  return revoked ? null : role
}

/** The principal of a verified credential; null: it was revoked or its owner removed. */
export async function toPrincipal(c: GatewayContext, identity: Verified, via: Principal['via']): Promise<Principal | null> {
  const { role, revoked, demandsMfa } = await currentStatus(c, identity)
  const needsMfa = demandsMfa && identity.signedIn && !identity.amr.includes(mfa)
  return role && !revoked ? { ...identity, roles: [role], via, needsMfa } : null
}

/** Whether the request's credential is still valid. */
export async function isStillValid(c: GatewayContext): Promise<boolean> {
  const principal = c.get('principal')
  const current = await toPrincipal(c, principal, principal.via)
  return current !== null && !current.needsMfa
}
