/** From a proved identity to a sign-in with its cookies, by way of a second factor where there is one. */
import type { AuthenticatedIdentity, SignedIn } from '../../../durable-objects/accounts/authenticated-identity.ts'
import type { Me } from '../../../shared/api/sign-in.ts'
import { mfa } from '../../../shared/identity/amr.ts'
import type { Principal } from '../../../shared/identity/principal.ts'
import { describeUserAgent } from '../../../shared/identity/user-agent.ts'
import type { Subject, TenantId } from '../../../shared/ids.ts'
import { recordAudit } from '../audit/record.ts'
import type { GatewayContext } from '../http/context.ts'
import { giveChallenge, giveCookies } from './cookies.ts'
import { accountsOf } from './credential-status.ts'
import { signInSeconds, signToken } from './tokens.ts'

/** In; or a second factor is wanted first; null: they were removed from the tenant. */
export type SignInResult =
  | { readonly kind: 'in'; readonly me: Me }
  | { readonly kind: 'challenge'; readonly challenge: string; readonly expiresAt: number }

/** Signs in whose identity was just proved, by a first factor. */
export async function completeFirstFactor(
  c: GatewayContext,
  tenant: TenantId,
  who: Pick<AuthenticatedIdentity, 'subject' | 'name' | 'method' | 'role' | 'amr'>,
): Promise<SignInResult | null> {
  const expiresAt = Date.now() + signInSeconds * 1_000
  const agent = describeUserAgent(c.req.header('user-agent') ?? '')
  const entered = await accountsOf(c.env, tenant).signIn({ ...who, amr: [...who.amr], agent, scope: '', expiresAt, refresh: false })
  if (!entered.ok) return null
  if (entered.value.kind !== 'challenge') return { kind: 'in', me: await startBrowserSession(c, tenant, who, entered.value, expiresAt) }
  const { text: challenge, expiresAt: until } = entered.value
  giveChallenge(c, challenge, Math.ceil((until - Date.now()) / 1_000))
  return { kind: 'challenge', challenge, expiresAt: until }
}

/** Who is in gets the cookies, and is on the trail. */
export async function startBrowserSession(
  c: GatewayContext,
  tenant: TenantId,
  { subject, method }: Pick<AuthenticatedIdentity, 'subject' | 'method'>,
  // Objects may run the code from before for a while, which does not say how.
  { sid, role, amr = [], demandsMfa = false }: SignedIn,
  expiresAt: number,
): Promise<Me> {
  const shown = amr.includes(mfa)
  c.set('principal', { ...anonymousPrincipal(tenant, subject), roles: [role], via: 'cookie', amr, signedIn: true, ids: { sid }, expiresAt })
  const detail = { method, ...(shown && { mfa: true }) }
  await recordAudit(c, { action: 'account.sign_in', target: `user:${subject}`, outcome: 'done', detail })
  await giveCookies(c, await signToken(c.env, { tenant, subject, scopes: [], amr }, sid, signInSeconds), signInSeconds)
  return { tenant, subject, role, expires_at: expiresAt, mfa: shown, needs_mfa: demandsMfa && !shown }
}

/** On the trail: whom it is about, where nobody is signed in. May do nothing. */
export const anonymousPrincipal = (tenant: TenantId, subject: Subject): Principal => ({
  tenant,
  subject,
  scopes: [],
  roles: [],
  via: 'token',
  amr: [],
  signedIn: false,
  needsMfa: false,
  ids: {},
  expiresAt: 0,
})
