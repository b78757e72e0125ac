/** Access tokens of the development issuer (RFC 9068). */
import { randomUUID } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import type { Secrets } from './secrets.ts'

/** The claims of a token. */
export interface Claims {
  readonly tenant: string
  readonly subject: string
  /** Space-separated. */
  readonly scopes: string
  readonly ttlSeconds: number
}

/** The `iss` and `aud` that the gateway expects, as in `wrangler.toml`. */
const issuer = 'https://soma.localhost'
const audience = 'soma'

/** An access token with these claims, signed with `key`. */
export async function sign(key: Secrets['signingKey'], { tenant, subject, scopes, ttlSeconds }: Claims): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ tenant, scope: scopes })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject)
    .setIssuedAt(now)
    .setExpirationTime(now + ttlSeconds)
    .setJti(randomUUID())
    .sign(await importJWK(key, 'ES256'))
}
