/** The signature of an uploaded policy. Evaluates nothing. Pure except for WebCrypto. */
import { z } from 'zod'
import type { KeySet } from '../identity/key-set.ts'
import { verifyJws } from '../identity/verify.ts'
import { tryParseJson } from '../lib/parse-json.ts'
import { textHash } from '../lib/text-hash.ts'
import { fail, ok, type Result } from '../result.ts'
import type { PolicyStamp } from './decision-result.ts'
import type { PolicyRefusal } from './policy-refusal.ts'

/** The signed claims, as compact JWS. As in OPA's bundles, they hold the text's hash, not the text. */
const Claims = z.object({
  use: z.literal('soma-policy'),
  /** The tenant that may use the policy; `*`: any tenant. */
  tenant: z.string(),
  revision: z.int(),
  /** SHA-256 of the text's UTF-8, in hex. */
  sha256: z.string(),
})

/** An uploaded policy and its signature. */
export interface SignedPolicy {
  /** A `PolicyBundle` as JSON text. */
  readonly policy: string
  readonly signature: string
}

/** The signed revision and hash of a policy for `tenant`. The sandbox checks the text itself. */
export async function verifySignedPolicy(
  { policy, signature }: SignedPolicy,
  keys: KeySet,
  tenant: string,
): Promise<Result<PolicyStamp, PolicyRefusal>> {
  const refuse = (detail: string) => fail<PolicyRefusal>({ why: 'signature', detail })
  const verified = await verifyJws(signature, keys)
  if (!verified.ok) return refuse('no trusted policy key made the signature')
  const claims = Claims.safeParse(tryParseJson(new TextDecoder().decode(verified.value)))
  if (!claims.success) return refuse('the signed claims are not for a policy')
  const hash = textHash(policy)
  if (claims.data.sha256 !== hash) return refuse('the signature is for another text')
  if (claims.data.tenant !== tenant && claims.data.tenant !== '*') return refuse('the signature is for another tenant')
  return ok({ revision: claims.data.revision, hash })
}
