/** Policies as they are handed in: a bundle, signed with the key of the development issuer or another. */
import { CompactSign, importJWK, type JWK } from 'jose'
import { textHash } from '../../shared/lib/text-hash.ts'

export interface Bundle {
  readonly revision: number
  readonly plan: unknown
  readonly data?: unknown
  readonly tests: unknown
}

/** What `PUT /v1/policy` takes. */
export const signPolicy = (bundle: Bundle, tenant: string, key: JWK) => signText(JSON.stringify(bundle), bundle.revision, tenant, key)

/** The same for a bundle that is text already. */
export async function signText(policy: string, revision: number, tenant: string, key: JWK): Promise<{ policy: string; signature: string }> {
  return { policy, signature: await signClaims({ use: 'soma-policy', tenant, revision, sha256: textHash(policy) }, key) }
}

/** Claims as a compact JWS. */
export async function signClaims(claims: object, key: JWK): Promise<string> {
  const alg = key.alg ?? 'ES256'
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg, ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .sign(await importJWK(key, alg))
}

/** The public half of a key, as a set: who may sign. */
export function keySetOf({ kty, crv, x, y, kid }: JWK): string {
  return JSON.stringify({ keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }] })
}
