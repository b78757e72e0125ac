/**
 * Verifies and signs tokens. The issuer object holds our keys; an operator's key (`SOMA_SIGNING_KEY`) counts as one of them.
 * Tokens of other issuers are accepted if `SOMA_TRUSTED_ISSUERS` names the issuer.
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

/** The identity in a verified token. Its current status is not checked yet. */
export type Verified = Omit<Principal, 'roles' | 'via' | 'needsMfa'>

/** Lifetime of a browser sign-in. */
export const signInSeconds = longestTokenMs / 1_000
/** Lifetime of an access token. */
export const accessSeconds = 600
/** Lifetime of a sign-in of a program: how long refresh tokens renew it. */
export const refreshSeconds = 30 * 24 * 3_600

/** The shape of a JWT. */
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

let ownKeyCache: FetchedKeys | undefined

/** Each isolate fetches the keys at most every few seconds. A new key is published long before it signs. */
const ownKeys = (env: GatewayEnv): FetchedKeys =>
  (ownKeyCache ??= new FetchedKeys(() => keySet(env), { maxAgeMs: 10_000, cooldownMs: 2_000, uselessMs: 3_600_000 }))

/** `/.well-known/jwks.json` */
export async function keySet(env: GatewayEnv): Promise<{ keys: JWK[] }> {
  const { keys } = await env.ISSUER.getByName(platformIssuerName).keySet()
  return { keys: [...(keys as JWK[]), ...operatorKey(env)] }
}

/** The public half of the operator's key, if one is configured. */
function operatorKey(env: GatewayEnv): JWK[] {
  const text = readVariable(env, 'SOMA_SIGNING_KEY')
  if (text === '') return []
  const { kty, crv, x, y, kid = 'operator' } = JSON.parse(text) as JWK
  if (kty !== 'EC' || !crv || !x || !y) throw new Error('SOMA_SIGNING_KEY must be an ES256 private key')
  return [{ kty, crv, x, y, kid, use: 'sig', alg: 'ES256' }]
}

/** Verified tokens, each with the keys that verified it. A client's repeated requests need one verification. */
const verified = new BoundedMap<string, { readonly who: Verified; readonly source: FetchedKeys; readonly keys: KeySet }>(1_000)

/** Whether the token was verified recently. */
export const isKnownToken = (token: string): boolean => verified.has(token)

/** The identity in `token`; null: it is not valid. */
export async function verifyToken(c: GatewayContext, token: string): Promise<Verified | null> {
  const now = Date.now()
  const keepAlive = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  const known = verified.get(token)
  if (known && known.keys === (await known.source.current(now, keepAlive))) return known.who.expiresAt > now ? known.who : null
  verified.delete(token)
  if (!tokenShape.test(token)) return null
  const issuer = issuerOf(token)
  const ownIssuer = readVariable(c.env, 'SOMA_ISSUER')
  const trusted = issuer === ownIssuer ? undefined : trustedIssuers(c.env).find(({ rules }) => rules.issuer === issuer)
  if (issuer !== ownIssuer && !trusted) return null
  const source = trusted?.keys ?? ownKeys(c.env)
  const checked = await source.verify(token, trusted ? rulesOf(trusted) : ownRules(c.env), now, keepAlive)
  const who = checked.ok ? (trusted ? trustedIdentity(trusted, checked.value.claims) : ownIdentity(checked.value.claims)) : null
  if (!who || !checked.ok) return null
  verified.set(token, { who, source, keys: checked.value.keys })
  return who
}

/** The issuer that a token claims. It only selects the keys for verification. */
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

function ownIdentity(claims: unknown): Verified | null {
  const parsed = OwnClaims.safeParse(claims)
  if (!parsed.success) return null
  const { tenant, sub, scope, exp, jti, sid, amr } = parsed.data
  return { tenant, subject: sub, scopes: words(scope), amr, signedIn: sid !== undefined, ids: { jti, sid }, expiresAt: exp * 1_000 }
}

/** The identity in a trusted issuer's token. Its `amr` and `acr` count. Its scopes count if the issuer's rules allow them. */
function trustedIdentity({ rules }: Trusted, claims: Record<string, unknown>): Verified | null {
  const parsed = Claims.safeParse(claims)
  const tenant = tenantOf(rules, claims)
  if (!parsed.success || !tenant) return null
  const { sub, scope, exp, jti, amr, acr } = parsed.data
  const scopes = words(scope).filter((name) => rules.scopes.includes(name))
  return { tenant, subject: sub, scopes, amr: withAcr(amr, acr, rules.mfa_acr), signedIn: true, ids: { jti }, expiresAt: exp * 1_000 }
}

const words = (text: string): string[] => text.split(' ').filter(Boolean)

/** Signs an access token that is valid for `seconds`. */
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
