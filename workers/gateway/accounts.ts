/** A tenant's accounts, and how it stands with a credential now. */
import type { Role } from '../../shared/identity/role.ts'
import { type Accounts, Standings } from '../../shared/identity/standing.ts'
import type { Principal, TenantId } from '../../shared/ids.ts'
import type { GatewayContext } from './context.ts'
import type { Verified } from './issuer.ts'

/** The object that knows who may act in `tenant`. */
export const accountsOf = (env: Pick<GatewayEnv, 'ACCOUNTS'>, tenant: TenantId) => env.ACCOUNTS.getByName(tenant)

const standings = new Standings()

/** The role that this credential gives now, a second old at most; null: it was revoked, or its owner removed. */
export async function roleNow(
  c: GatewayContext,
  { tenant, subject, ids }: Pick<Principal, 'tenant' | 'subject' | 'ids'>,
): Promise<Role | null> {
  const accounts: Accounts = accountsOf(c.env, tenant)
  const { role, revoked } = await standings.of(accounts, tenant, subject, ids, Date.now(), (work) => c.executionCtx.waitUntil(work))
  return revoked ? null : role
}

/** What a verified credential may act as now; null: nothing any more. */
export async function admit(c: GatewayContext, who: Verified, via: Principal['via']): Promise<Principal | null> {
  const role = await roleNow(c, who)
  return role ? { ...who, roles: [role], via } : null
}

/** Whether who began this request may go on with what it began. */
export const stillCounts = async (c: GatewayContext): Promise<boolean> => (await roleNow(c, c.get('principal'))) !== null
