/** Other issuers whose access tokens count here, as a deployment configures them. */
import { z } from 'zod'
import { TenantId } from '../ids.ts'
import { fail, ok, type Result } from '../result.ts'
import { publicKeyAlgorithms } from './verify.ts'

const Jwk = z.looseObject({ kty: z.string() })

/** One of them. Its keys are at an address or given; whose its tokens are is a claim of theirs, or fixed. */
export const TrustedIssuer = z
  .strictObject({
    issuer: z.string().min(1),
    audience: z.string().min(1),
    jwks_uri: z.url({ protocol: /^https?$/ }).optional(),
    /** Instead: the keys themselves. Secrets for HS256 and its like may only come this way, with 32 bytes or more. */
    jwks: z.strictObject({ keys: z.array(Jwk).min(1) }).optional(),
    algorithms: z
      .array(z.enum([...publicKeyAlgorithms, 'HS256', 'HS384', 'HS512']))
      .min(1)
      .default([...publicKeyAlgorithms]),
    /** The `typ` its access tokens bear (RFC 9068); empty: not asked for. */
    typ: z.string().default('at+jwt'),
    tenant: TenantId.optional(),
    tenant_claim: z.string().min(1).optional(),
    /** What of its tokens' scopes is heard here. */
    scopes: z.array(z.string()).default([]),
    /** The values of its tokens' `acr` that mean more than one factor; `mfa` in their `amr` always does (RFC 8176). */
    mfa_acr: z.array(z.string()).default([]),
  })
  .refine(({ jwks, jwks_uri }) => (jwks === undefined) !== (jwks_uri === undefined), 'needs either `jwks_uri` or `jwks`')
  .refine(({ tenant, tenant_claim }) => (tenant === undefined) !== (tenant_claim === undefined), 'needs either `tenant` or `tenant_claim`')
  .refine(
    ({ jwks_uri, algorithms }) => jwks_uri === undefined || !algorithms.some((name) => name.startsWith('HS')),
    'secrets cannot come from an address',
  )
export type TrustedIssuer = z.infer<typeof TrustedIssuer>

/** What `SOMA_TRUSTED_ISSUERS` says: nothing, or a JSON list. A mistake in it is said, without what it holds. */
export function parseTrusted(text: string): Result<readonly TrustedIssuer[], { readonly detail: string }> {
  if (text.trim() === '') return ok([])
  try {
    const parsed = z.array(TrustedIssuer).safeParse(JSON.parse(text))
    if (parsed.success) return ok(parsed.data)
    const [issue] = parsed.error.issues
    return fail({ detail: `${issue?.path.join('.')} ${issue?.message}` })
  } catch {
    return fail({ detail: 'is not JSON' })
  }
}

/** The tenant that a token of `issuer` with these claims belongs to; null: none. */
export function tenantOf(
  issuer: Pick<TrustedIssuer, 'tenant' | 'tenant_claim'>,
  claims: Readonly<Record<string, unknown>>,
): TenantId | null {
  if (issuer.tenant !== undefined) return issuer.tenant
  const named = TenantId.safeParse(claims[issuer.tenant_claim ?? ''])
  return named.success ? named.data : null
}
