/** Signs a constitution for upload. */
import type { JWK } from 'jose'
import { textHash } from '../../shared/lib/text-hash.ts'
import { canonicalText } from '../../shared/policy/constitution/constitution.ts'
import { signClaims } from './policy.ts'

/** The body of `POST /v1/constitution/load`. */
export async function signConstitution<T extends { readonly version: number }>(constitution: T, tenant: string, key: JWK) {
  const text = canonicalText(constitution)
  if (text === undefined) throw new Error('the document has no canonical JSON (RFC 8785)')
  const claims = { use: 'soma-constitution', tenant, version: constitution.version, sha256: textHash(text) }
  return { constitution, signature: await signClaims(claims, key) }
}
