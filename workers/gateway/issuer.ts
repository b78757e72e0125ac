/** Our own issuer: ES256 access tokens (RFC 9068), and the key set that others verify them with. */
import { exportJWK, importJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { type Principal, Subject, TenantId } from '../../shared/ids.ts'

type IssuerEnv = Pick<GatewayEnv, 'SOMA_SIGNING_KEY' | 'SOMA_ISSUER' | 'SOMA_AUDIENCE'>

interface Keys {
  readonly kid: string
  readonly sign: CryptoKey
  readonly verify: CryptoKey
  readonly publicJwk: JWK
}

/** How long a development sign-in lasts. */
export const signInSeconds = 12 * 3_600

/** A token has three base64url parts and fits a header. Checked before jose sees it, which takes a trailing newline. */
const tokenShape = /^[\w-]{2,4096}\.[\w-]{2,4096}\.[\w-]{2,4096}$/
const maxTokenUnits = 8_192

const Claims = z.object({ sub: Subject, tenant: TenantId, exp: z.number(), scope: z.string().default('') })

let imported: Promise<Keys> | undefined

/** The signing key never changes while an isolate lives, so it is imported once. */
function keys(env: IssuerEnv): Promise<Keys> {
  imported ??= importKeys(env.SOMA_SIGNING_KEY)
  return imported
}

async function importKeys(text: string): Promise<Keys> {
  const jwk = JSON.parse(text) as JWK
  const { d: _secret, ...open } = jwk
  const sign = await importJWK(jwk, 'ES256')
  const verify = await importJWK(open, 'ES256')
  if (!(sign instanceof CryptoKey) || !(verify instanceof CryptoKey)) throw new Error('SOMA_SIGNING_KEY must be an ES256 private key')
  const kid = jwk.kid ?? 'dev'
  const { kty, crv, x, y } = await exportJWK(verify).catch(() => open)
  return { kid, sign, verify, publicJwk: { kty, crv, x, y, kid, use: 'sig', alg: 'ES256' } as JWK }
}

/** `/.well-known/jwks.json` */
export async function keySet(env: IssuerEnv): Promise<{ keys: JWK[] }> {
  return { keys: [(await keys(env)).publicJwk] }
}

/** Tokens that were verified, the latest last: a stream of requests from one client is verified once. */
const verified = new Map<string, Principal>()
const maxVerified = 1_000

/** The principal that `token` stands for, or null: there is one answer to every bad token. */
export async function verifyToken(env: IssuerEnv, token: string): Promise<Principal | null> {
  if (token.length > maxTokenUnits || !tokenShape.test(token)) return null
  const known = verified.get(token)
  if (known) return known.expiresAt > Date.now() ? known : null
  const principal = await verifyAnew(env, token)
  if (!principal) return null
  verified.set(token, principal)
  if (verified.size > maxVerified) verified.delete(verified.keys().next().value ?? token)
  return principal
}

async function verifyAnew(env: IssuerEnv, token: string): Promise<Principal | null> {
  const { verify } = await keys(env)
  try {
    const { payload } = await jwtVerify(token, verify, {
      issuer: env.SOMA_ISSUER,
      audience: env.SOMA_AUDIENCE,
      algorithms: ['ES256'],
      typ: 'at+jwt',
      requiredClaims: ['exp', 'sub', 'iat'],
    })
    const { tenant, sub, scope, exp } = Claims.parse(payload)
    return { tenant, subject: sub, scopes: scope.split(' ').filter(Boolean), expiresAt: exp * 1_000 }
  } catch {
    return null
  }
}

export async function signToken(env: IssuerEnv, tenant: TenantId, subject: Subject, seconds: number): Promise<string> {
  const { kid, sign } = await keys(env)
  return new SignJWT({ tenant, scope: '' })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
    .setIssuer(env.SOMA_ISSUER)
    .setAudience(env.SOMA_AUDIENCE)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(`${seconds} seconds`)
    .setJti(crypto.randomUUID())
    .sign(sign)
}
