/** Upload requests for policies: a bundle, signed with the development issuer's key or another one. */
import { CompactSign, importJWK, type JWK } from 'jose'
import { textHash } from '../../shared/lib/text-hash.ts'

/** A policy to upload. `plan`: the output of `opa build -t plan`. */
export interface Bundle {
  readonly revision: number
  readonly plan: unknown
  readonly data?: unknown
  readonly tests: unknown
}

/** The body of `PUT /v1/policy`. */
export const signPolicy = (bundle: Bundle, tenant: string, key: JWK) => signText(JSON.stringify(bundle), bundle.revision, tenant, key)

/** The body of `PUT /v1/policy` for a bundle in text form. */
export async function signText(policy: string, revision: number, tenant: string, key: JWK): Promise<{ policy: string; signature: string }> {
  return { policy, signature: await signClaims({ use: 'soma-policy', tenant, revision, sha256: textHash(policy) }, key) }
}

/** Signs claims as a compact JWS. */
export async function signClaims(claims: object, key: JWK): Promise<string> {
  const alg = key.alg ?? 'ES256'
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg, ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .sign(await importJWK(key, alg))
}

/** The public half of a key as a key set of allowed signers. */
export function keySetOf({ kty, crv, x, y, kid }: JWK): string {
  return JSON.stringify({ keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }] })
}
