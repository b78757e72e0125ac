/** Turns an authenticated identity into a sign-in with cookies, after a second factor if the user has one. */
import type { AuthenticatedIdentity, SignedIn } from '../../../durable-objects/accounts/authenticated-identity.ts'
import type { Me } from '../../../shared/api/sign-in.ts'
import { mfa } from '../../../shared/identity/amr.ts'
import type { Principal } from '../../../shared/identity/principal.ts'
import { describeUserAgent } from '../../../shared/identity/user-agent.ts'
import type { Subject, TenantId } from '../../../shared/ids.ts'
import { recordAudit } from '../audit/record.ts'
import type { GatewayContext } from '../http/context.ts'
import { setChallenge, setCookies } from './cookies.ts'
import { accountsOf } from './credential-status.ts'
import { signInSeconds, signToken } from './tokens.ts'

/** `in`: signed in. `challenge`: a second factor is required first. */
export type SignInResult =
  | { readonly kind: 'in'; readonly me: Me }
  | { readonly kind: 'challenge'; readonly challenge: string; readonly expiresAt: number }

/** Signs a user in after the first factor. Null: the user was removed from the tenant, or belongs to another issuer. */
export async function completeFirstFactor(
  c: GatewayContext,
  tenant: TenantId,
  identity: Pick<AuthenticatedIdentity, 'subject' | 'name' | 'method' | 'role' | 'amr' | 'origin'>,
): Promise<SignInResult | null> {
  const expiresAt = Date.now() + signInSeconds * 1_000
  const agent = describeUserAgent(c.req.header('user-agent') ?? '')
  const signIn = await accountsOf(c.env, tenant).signIn({
    ...identity,
    amr: [...identity.amr],
    agent,
    scope: '',
    expiresAt,
    refresh: false,
  })
  if (!signIn.ok) return null
  if (signIn.value.kind !== 'challenge') return { kind: 'in', me: await startBrowserSession(c, tenant, identity, signIn.value, expiresAt) }
  const { text: challenge, expiresAt: until } = signIn.value
  setChallenge(c, challenge, Math.ceil((until - Date.now()) / 1_000))
  return { kind: 'challenge', challenge, expiresAt: until }
}

/** Sets the cookies of a sign-in, and audits it. */
export async function startBrowserSession(
  c: GatewayContext,
  tenant: TenantId,
  { subject, method }: Pick<AuthenticatedIdentity, 'subject' | 'method'>,
  // During a deployment, older objects omit the last two fields.
  { sid, role, amr = [], demandsMfa = false }: SignedIn,
  expiresAt: number,
): Promise<Me> {
  const hasSecondFactor = amr.includes(mfa)
  c.set('principal', { ...anonymousPrincipal(tenant, subject), roles: [role], via: 'cookie', amr, signedIn: true, ids: { sid }, expiresAt })
  const detail = { method, ...(hasSecondFactor && { mfa: true }) }
  await recordAudit(c, { action: 'account.sign_in', target: `user:${subject}`, outcome: 'done', detail })
  await setCookies(c, await signToken(c.env, { tenant, subject, scopes: [], amr }, sid, signInSeconds), signInSeconds)
  return { tenant, subject, role, expires_at: expiresAt, mfa: hasSecondFactor, needs_mfa: demandsMfa && !hasSecondFactor }
}

/** A principal without rights, for audit entries about a user who is not signed in. */
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
