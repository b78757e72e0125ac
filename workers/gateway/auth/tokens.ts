/**
 * Verifies and signs tokens. The issuer object holds our keys; those of `SOMA_OPERATOR_KEYS` count as ours.
 * Tokens of other issuers are accepted if `SOMA_TRUSTED_ISSUERS` names the issuer.
 */

import { decodeJwt, decodeProtectedHeader, type JWK } from 'jose'
import { z } from 'zod'
import { Amr, withAcr } from '../../../shared/identity/amr.ts'
import type { CredentialFault } from '../../../shared/identity/credential-fault.ts'
import type { CredentialIds } from '../../../shared/identity/credential-status.ts'
import { foreignSubject } from '../../../shared/identity/foreign-subject.ts'
import { JwksCache } from '../../../shared/identity/jwks-cache.ts'
import { KeySet } from '../../../shared/identity/key-set.ts'
import type { Principal } from '../../../shared/identity/principal.ts'
import { longestTokenMs } from '../../../shared/identity/rotation.ts'
import { clockLeewayMs, maxTokenUnits } from '../../../shared/identity/token-limits.ts'
import { isIdToken, rulesOf, type TrustedIssuer, tenantOf } from '../../../shared/identity/trusted-issuer.ts'
import { platformIssuerName, Subject, TenantId } from '../../../shared/ids.ts'
import { toBase64Url } from '../../../shared/lib/base64.ts'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { InvalidVariable } from '../../../shared/settings/variable.ts'
import { type Environment, readVariable } from '../../../shared/settings/variables.ts'
import type { GatewayContext } from '../http/context.ts'
import { isProvider } from './oidc-settings.ts'
import { trustedIssuers } from './trusted-issuers.ts'

/** The identity in a verified token. Its current status is not checked yet. */
export type Verified = Omit<Principal, 'roles' | 'via' | 'needsMfa'>

/** Lifetime of a browser sign-in. */
export const signInSeconds = longestTokenMs / 1_000
/** Lifetime of an access token. */
export const accessSeconds = 600
/** Lifetime of a sign-in of a program: how long refresh tokens renew it. */
export const refreshSeconds = 30 * 24 * 3_600

/** A refused token. `issuer` and `key` are unverified claims of the token, for the log. */
export interface TokenRefusal {
  readonly fault: CredentialFault
  readonly issuer?: string | undefined
  readonly key?: string | undefined
}

const Claims = z.object({
  sub: z.unknown(),
  exp: z.number(),
  scope: z.string().catch(''),
  /** Another form counts as none. */
  jti: z.string().min(1).max(255).optional().catch(undefined),
  sid: z.string().max(255).optional(),
  amr: Amr,
  acr: z.unknown().optional(),
})
const OwnClaims = Claims.extend({ sub: Subject, tenant: TenantId })

const ownKeyOptions = {
  party: 'The issuer of this deployment',
  parse: KeySet.parse,
  maxAgeMs: 10_000,
  cooldownMs: 2_000,
  maxStaleMs: 3_600_000,
}
let ownKeyCache: JwksCache | undefined

/** Each isolate fetches the keys at most every few seconds. A new key is published long before it signs. */
const ownKeys = (env: GatewayEnv): JwksCache => (ownKeyCache ??= new JwksCache(() => keySet(env), ownKeyOptions))

/** `/.well-known/jwks.json` */
export async function keySet(env: GatewayEnv): Promise<{ keys: JWK[] }> {
  const { keys } = await env.ISSUER.getByName(platformIssuerName).keySet()
  return { keys: [...(keys as JWK[]), ...operatorKeys(env)] }
}

let operatorSet: { readonly text: string; readonly keys: readonly JWK[] } | undefined

/** The operators' public keys. Throws `InvalidVariable` on a mistake, and on a private key, which the gateway must not have. */
export function operatorKeys(env: Environment<'SOMA_OPERATOR_KEYS'>): readonly JWK[] {
  const text = readVariable(env, 'SOMA_OPERATOR_KEYS')
  if (operatorSet?.text === text) return operatorSet.keys
  const set: unknown = text === '' ? { keys: [] } : JSON.parse(text)
  const expected = 'a JSON Web Key Set of public ES256 keys, without private parts'
  if (!KeySet.parse(set).ok) throw new InvalidVariable('SOMA_OPERATOR_KEYS', expected)
  const keys = (set as { keys: JWK[] }).keys.map(({ kty, crv, x, y, kid = 'operator' }): JWK => {
    if (kty !== 'EC' || crv !== 'P-256' || !x || !y) throw new InvalidVariable('SOMA_OPERATOR_KEYS', expected)
    return { kty, crv, x, y, kid, use: 'sig', alg: 'ES256' }
  })
  operatorSet = { text, keys }
  return keys
}

/** Verified tokens, each with the keys that verified it. Repeated requests of a client need one verification. */
const verifiedTokens = new BoundedMap<string, { readonly identity: Verified; readonly source: JwksCache; readonly keys: KeySet }>(1_000)

/** Whether the token was verified recently. */
export const isKnownToken = (token: string): boolean => verifiedTokens.has(token)

/** The identity in `token`. Throws `PartyUnavailable` while its issuer's keys are missing. */
export async function verifyToken(c: GatewayContext, token: string): Promise<Result<Verified, TokenRefusal>> {
  const now = Date.now()
  const keepAlive = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  const cached = verifiedTokens.get(token)
  if (cached && cached.keys === (await cached.source.current(now, keepAlive)) && cached.identity.expiresAt > now) return ok(cached.identity)
  verifiedTokens.delete(token)
  const claimed = unverifiedClaims(token)
  if (!claimed) return fail({ fault: token.length > maxTokenUnits ? 'size' : 'malformed' })
  const trusted =
    claimed.issuer === readVariable(c.env, 'SOMA_ISSUER')
      ? null
      : trustedIssuers(c.env).find(({ rules }) => rules.issuer === claimed.issuer)
  if (trusted === undefined) return fail({ fault: 'issuer', ...claimed })
  const source = trusted?.keys ?? ownKeys(c.env)
  const result = await source.verify(token, trusted ? rulesOf(trusted.rules) : ownRules(c.env), now, keepAlive)
  if (!result.ok) return fail({ fault: result.error.fault ?? (result.error.kind === 'malformed' ? 'malformed' : 'signature'), ...claimed })
  const { claims, keys } = result.value
  const identity = trusted ? trustedIdentity(c.env, trusted.rules, claims) : ownIdentity(claims)
  if (!identity.ok) return fail({ fault: identity.error, ...claimed })
  const revocable = await withRevocableId(identity.value, token)
  verifiedTokens.set(token, { identity: revocable, source, keys })
  return ok(revocable)
}

/** The issuer and key id that a token claims. They only select the keys for verification. Null: it is not a token, or is too large. */
function unverifiedClaims(token: string): Pick<TokenRefusal, 'issuer' | 'key'> | null {
  if (token.length > maxTokenUnits) return null
  try {
    return { issuer: decodeJwt(token).iss, key: decodeProtectedHeader(token).kid }
  } catch {
    return null
  }
}

const ownRules = (env: GatewayEnv) => ({
  issuer: readVariable(env, 'SOMA_ISSUER'),
  audience: readVariable(env, 'SOMA_AUDIENCE'),
  algorithms: ['ES256'] as const,
  types: ['at+jwt'],
  requiredClaims: ['exp', 'sub', 'iat'],
})

function ownIdentity(claims: unknown): Result<Verified, CredentialFault> {
  const parsed = OwnClaims.safeParse(claims)
  if (!parsed.success) return fail(faultOf(parsed.error))
  const { tenant, sub, scope, exp, jti, sid, amr } = parsed.data
  const signedIn = sid !== undefined
  return ok({ tenant, subject: sub, scopes: splitScopes(scope), amr, signedIn, ids: { jti, sid }, expiresAt: acceptedUntil(exp) })
}

/** The identity in a trusted issuer's token. Its `amr` and `acr` count. Its scopes count if the issuer's rules allow them. */
function trustedIdentity(env: GatewayEnv, rules: TrustedIssuer, claims: Record<string, unknown>): Result<Verified, CredentialFault> {
  const parsed = Claims.safeParse(claims)
  if (!parsed.success) return fail(faultOf(parsed.error))
  if (rules.typ === undefined && isIdToken(claims)) return fail('type')
  const subject = foreignSubject(parsed.data.sub)
  if (!subject) return fail('subject')
  const tenant = tenantOf(rules, claims)
  if (!tenant) return fail('tenant')
  const { scope, exp, jti, amr, acr } = parsed.data
  const scopes = splitScopes(scope).filter((name) => rules.scopes.includes(name))
  const origin = { issuer: rules.issuer, isProvider: isProvider(env, rules.issuer) }
  return ok({
    tenant,
    subject,
    scopes,
    amr: withAcr(amr, acr, rules.mfa_acr),
    signedIn: true,
    ids: { jti, origin },
    expiresAt: acceptedUntil(exp),
  })
}

/** A token without an id is revoked by its hash. */
async function withRevocableId(identity: Verified, token: string): Promise<Verified> {
  if (identity.ids.jti !== undefined) return identity
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)))
  return { ...identity, ids: { ...identity.ids, jti: `sha256:${toBase64Url(hash)}` } }
}

/** The fault of the first claim that does not parse. */
function faultOf({ issues }: z.ZodError): CredentialFault {
  const claim = issues[0]?.path[0]
  return claim === 'tenant' ? 'tenant' : claim === 'sub' ? 'subject' : 'claims'
}

/** Until when a token with this `exp` is accepted, Unix ms. */
const acceptedUntil = (exp: number): number => exp * 1_000 + clockLeewayMs

const splitScopes = (text: string): string[] => text.split(' ').filter(Boolean)

/** Signs an access token that is valid for `seconds`. */
export function signToken(
  env: GatewayEnv,
  identity: Pick<Principal, 'tenant' | 'subject' | 'scopes' | 'amr'>,
  sid: CredentialIds['sid'],
  seconds: number,
) {
  const iat = Math.floor(Date.now() / 1_000)
  return env.ISSUER.getByName(platformIssuerName).sign({
    iss: readVariable(env, 'SOMA_ISSUER'),
    aud: readVariable(env, 'SOMA_AUDIENCE'),
    sub: identity.subject,
    tenant: identity.tenant,
    scope: identity.scopes.join(' '),
    sid,
    ...(identity.amr.length > 0 && { amr: [...identity.amr] }),
    iat,
    exp: iat + seconds,
  })
}
