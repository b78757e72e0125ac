/** A tenant's accounts, and how it stands with a credential now. */
import { mfa } from '../../../shared/identity/amr.ts'
import { type Accounts, type CredentialStatus, CredentialStatusCache } from '../../../shared/identity/credential-status.ts'
import type { Principal } from '../../../shared/identity/principal.ts'
import type { Role } from '../../../shared/identity/role.ts'
import type { TenantId } from '../../../shared/ids.ts'
import type { GatewayContext } from '../http/context.ts'
import type { Verified } from './tokens.ts'

/** The object that knows who may act in `tenant`. */
export const accountsOf = (env: Pick<GatewayEnv, 'ACCOUNTS'>, tenant: TenantId) => env.ACCOUNTS.getByName(tenant)

const standings = new CredentialStatusCache()

function standingNow(
  c: GatewayContext,
  { tenant, subject, ids }: Pick<Principal, 'tenant' | 'subject' | 'ids'>,
): Promise<CredentialStatus> {
  const accounts: Accounts = accountsOf(c.env, tenant)
  return standings.of(accounts, tenant, subject, ids, Date.now(), (work) => c.executionCtx.waitUntil(work))
}

/** The role that this credential gives now, a second old at most; null: it was revoked, or its owner removed. */
export async function currentRole(c: GatewayContext, who: Pick<Principal, 'tenant' | 'subject' | 'ids'>): Promise<Role | null> {
  const { role, revoked } = await standingNow(c, who)
  return revoked ? null : role
}

/** What a verified credential may act as now; null: nothing any more. */
export async function toPrincipal(c: GatewayContext, who: Verified, via: Principal['via']): Promise<Principal | null> {
  const { role, revoked, demandsMfa } = await standingNow(c, who)
  const needsMfa = demandsMfa && who.signedIn && !who.amr.includes(mfa)
  return role && !revoked ? { ...who, roles: [role], via, needsMfa } : null
}

/** Whether who began this request may go on with what it began. */
export async function isStillValid(c: GatewayContext): Promise<boolean> {
  const who = c.get('principal')
  const now = await toPrincipal(c, who, who.via)
  return now !== null && !now.needsMfa
}
