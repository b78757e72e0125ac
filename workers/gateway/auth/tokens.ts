/**
 * Tokens to principals, and principals to tokens. Our own issuer's keys lie in its object; an operator's key (`SOMA_SIGNING_KEY`) is
 * one more of them, from outside. Other issuers count if the deployment says so.
 */

import { decodeJwt, type JWK } from 'jose'
import { z } from 'zod'
import { Amr, withAcr } from '../../../shared/identity/amr.ts'
import type { CredentialIds } from '../../../shared/identity/credential-status.ts'
import { FetchedKeys } from '../../../shared/identity/jwks-cache.ts'
import type { Principal } from '../../../shared/identity/principal.ts'
import { longestTokenMs } from '../../../shared/identity/rotation.ts'
import { tenantOf } from '../../../shared/identity/trusted-issuer.ts'
import type { KeySet } from '../../../shared/identity/verify.ts'
import { platformIssuerName, Subject, TenantId } from '../../../shared/ids.ts'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import type { GatewayContext } from '../http/context.ts'
import { type Trusted, trustedIssuers } from './trusted-issuers.ts'

/** What a verified token says, before it is asked whether it still counts. */
export type Verified = Omit<Principal, 'roles' | 'via' | 'needsMfa'>

/** How long a sign-in with a cookie lasts. */
export const signInSeconds = longestTokenMs / 1_000
/** How long an access token lasts that a refresh token renews. */
export const accessSeconds = 600
/** How long one may go on refreshing. */
export const refreshSeconds = 30 * 24 * 3_600

/** What any JWT fits, and nothing around it. */
const tokenShape = /^[\w-]{2,4096}\.[\w-]{2,4096}\.[\w-]{2,4096}$/

const Claims = z.object({
  sub: Subject,
  exp: z.number(),
  scope: z.string().default(''),
  jti: z.string().max(255).optional(),
  sid: z.string().max(255).optional(),
  amr: Amr,
  acr: z.unknown().optional(),
})
const OwnClaims = Claims.extend({ tenant: TenantId })

let own: FetchedKeys | undefined

/** Asked every few seconds at most, by each isolate; a new key is there long before it signs. */
const ownKeys = (env: GatewayEnv): FetchedKeys =>
  (own ??= new FetchedKeys(() => keySet(env), { maxAgeMs: 10_000, cooldownMs: 2_000, uselessMs: 3_600_000 }))

/** `/.well-known/jwks.json` */
export async function keySet(env: GatewayEnv): Promise<{ keys: JWK[] }> {
  const { keys } = await env.ISSUER.getByName(platformIssuerName).keySet()
  return { keys: [...(keys as JWK[]), ...operatorKey(env)] }
}

/** The public half of the operator's key, if there is one. */
function operatorKey(env: GatewayEnv): JWK[] {
  const text = readVariable(env, 'SOMA_SIGNING_KEY')
  if (text === '') return []
  const { kty, crv, x, y, kid = 'operator' } = JSON.parse(text) as JWK
  if (kty !== 'EC' || !crv || !x || !y) throw new Error('SOMA_SIGNING_KEY must be an ES256 private key')
  return [{ kty, crv, x, y, kid, use: 'sig', alg: 'ES256' }]
}

/** Tokens that were verified, with the keys of that time: a client's stream of requests is verified once. */
const verified = new BoundedMap<string, { readonly who: Verified; readonly source: FetchedKeys; readonly keys: KeySet }>(1_000)

/** Whether it was good lately: looking at it again costs no signature. */
export const isKnownToken = (token: string): boolean => verified.has(token)

/** What `token` says, if it is good; null otherwise: there is one answer to every bad token. */
export async function verifyToken(c: GatewayContext, token: string): Promise<Verified | null> {
  const now = Date.now()
  const keepAlive = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  const known = verified.get(token)
  if (known && known.keys === (await known.source.current(now, keepAlive))) return known.who.expiresAt > now ? known.who : null
  verified.delete(token)
  if (!tokenShape.test(token)) return null
  const issuer = issuerOf(token)
  const ownIssuer = readVariable(c.env, 'SOMA_ISSUER')
  const from = issuer === ownIssuer ? undefined : trustedIssuers(c.env).find(({ rules }) => rules.issuer === issuer)
  if (issuer !== ownIssuer && !from) return null
  const source = from?.keys ?? ownKeys(c.env)
  const checked = await source.verify(token, from ? rulesOf(from) : ownRules(c.env), now, keepAlive)
  const who = checked.ok ? (from ? theirs(from, checked.value.claims) : ours(checked.value.claims)) : null
  if (!who || !checked.ok) return null
  verified.set(token, { who, source, keys: checked.value.keys })
  return who
}

/** Whose a token claims to be, which only chooses the keys that it is verified with. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

const ownRules = (env: GatewayEnv) => ({
  issuer: readVariable(env, 'SOMA_ISSUER'),
  audience: readVariable(env, 'SOMA_AUDIENCE'),
  algorithms: ['ES256'] as const,
  typ: 'at+jwt',
  requiredClaims: ['exp', 'sub', 'iat'],
})

const rulesOf = ({ rules: { issuer, audience, algorithms, typ } }: Trusted) => ({
  issuer,
  audience,
  algorithms,
  ...(typ !== '' && { typ }),
  requiredClaims: ['exp', 'sub', 'iat'],
})

function ours(claims: unknown): Verified | null {
  const parsed = OwnClaims.safeParse(claims)
  if (!parsed.success) return null
  const { tenant, sub, scope, exp, jti, sid, amr } = parsed.data
  return { tenant, subject: sub, scopes: words(scope), amr, signedIn: sid !== undefined, ids: { jti, sid }, expiresAt: exp * 1_000 }
}

/** Their sign-ins are not ours, but how somebody signed in there counts; of their scopes, those that the deployment lets through. */
function theirs({ rules }: Trusted, claims: Record<string, unknown>): Verified | null {
  const parsed = Claims.safeParse(claims)
  const tenant = tenantOf(rules, claims)
  if (!parsed.success || !tenant) return null
  const { sub, scope, exp, jti, amr, acr } = parsed.data
  const scopes = words(scope).filter((name) => rules.scopes.includes(name))
  return { tenant, subject: sub, scopes, amr: withAcr(amr, acr, rules.mfa_acr), signedIn: true, ids: { jti }, expiresAt: exp * 1_000 }
}

const words = (text: string): string[] => text.split(' ').filter(Boolean)

/** An access token of ours that lasts `seconds`. */
export function signToken(
  env: GatewayEnv,
  who: Pick<Principal, 'tenant' | 'subject' | 'scopes' | 'amr'>,
  sid: CredentialIds['sid'],
  seconds: number,
) {
  const iat = Math.floor(Date.now() / 1_000)
  return env.ISSUER.getByName(platformIssuerName).sign({
    iss: readVariable(env, 'SOMA_ISSUER'),
    aud: readVariable(env, 'SOMA_AUDIENCE'),
    sub: who.subject,
    tenant: who.tenant,
    scope: who.scopes.join(' '),
    sid,
    ...(who.amr.length > 0 && { amr: [...who.amr] }),
    iat,
    exp: iat + seconds,
  })
}
