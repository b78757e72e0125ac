/** Configuration of trusted issuers. Their access tokens are accepted. */
import { z } from 'zod'
import { TenantId } from '../ids.ts'
import { fail, ok, type Result } from '../result.ts'
import { publicKeyAlgorithms } from './key-set.ts'
import { type JwtRules, mediaSubtype } from './verify.ts'

const Jwk = z.looseObject({ kty: z.string() })

/** The tenants that an issuer's claim may name: a list, or `*` for any. Such an issuer can act in every tenant, so `*` is never the default. */
export const AllowedTenants = z.union([z.literal('*'), z.array(TenantId).min(1)])
export type AllowedTenants = z.infer<typeof AllowedTenants>

/** One issuer. Its keys come from a URL or from the configuration. Its tenant is fixed, or a claim of its tokens. */
export const TrustedIssuer = z
  .strictObject({
    issuer: z.string().min(1),
    audience: z.string().min(1),
    jwks_uri: z.url({ protocol: /^https?$/ }).optional(),
    /** Keys in the configuration, instead of `jwks_uri`. Only these may hold shared secrets (HS256 and similar), of at least 32 bytes. */
    jwks: z.strictObject({ keys: z.array(Jwk).min(1) }).optional(),
    algorithms: z
      .array(z.enum([...publicKeyAlgorithms, 'HS256', 'HS384', 'HS512']))
      .min(1)
      .default([...publicKeyAlgorithms]),
    /** The required `typ` of its access tokens, e.g. `at+jwt` (RFC 9068); empty: not checked. Default: see `defaultTypes`. */
    typ: z.string().optional(),
    tenant: TenantId.optional(),
    tenant_claim: z.string().min(1).optional(),
    /** The tenants that the claim may name. Required with `tenant_claim`. */
    tenants: AllowedTenants.optional(),
    /** Scopes of its tokens that are accepted. */
    scopes: z.array(z.string()).default([]),
    /** Values of `acr` that mean several factors. `mfa` in `amr` always does (RFC 8176). */
    mfa_acr: z.array(z.string()).default([]),
  })
  .refine(({ jwks, jwks_uri }) => (jwks === undefined) !== (jwks_uri === undefined), 'needs either `jwks_uri` or `jwks`')
  .refine(({ tenant, tenant_claim }) => (tenant === undefined) !== (tenant_claim === undefined), 'needs either `tenant` or `tenant_claim`')
  .refine(({ tenant, tenants }) => tenant === undefined || tenants === undefined, '`tenants` goes with `tenant_claim`')
  .refine(
    ({ tenant_claim, tenants }) => tenant_claim === undefined || tenants !== undefined,
    'needs `tenants` with `tenant_claim`: a list of tenants, or "*" for any',
  )
  .refine(
    ({ jwks_uri, algorithms }) => jwks_uri === undefined || !algorithms.some((name) => name.startsWith('HS')),
    'secrets cannot come from an address',
  )
export type TrustedIssuer = z.infer<typeof TrustedIssuer>

/** Keycloak, Entra and Auth0 send access tokens as `JWT`, and Cognito without a type. `isIdToken` recognizes ID tokens. */
const defaultTypes = ['at+jwt', 'jwt', null]

/** The rules for the tokens of `issuer`. */
export const rulesOf = ({ issuer, audience, algorithms, typ }: TrustedIssuer): JwtRules => ({
  issuer,
  audience,
  algorithms,
  ...(typ !== '' && { types: typ === undefined ? defaultTypes : [mediaSubtype(typ)] }),
  requiredClaims: ['exp', 'sub', 'iat'],
})

/**
 * Whether these claims are those of an ID token, which proves a sign-in to another client. Keycloak states it in `typ`, Cognito in
 * `token_use`. The other claims are those of OpenID Connect Core §3.
 */
export function isIdToken({ typ, token_use, nonce, at_hash, c_hash }: Readonly<Record<string, unknown>>): boolean {
  const use = typ ?? token_use
  if (typeof use === 'string') return !['bearer', 'access', 'at+jwt', 'jwt'].includes(use.toLowerCase())
  return nonce !== undefined || at_hash !== undefined || c_hash !== undefined
}

/** Parses `SOMA_TRUSTED_ISSUERS`: empty, or a JSON list. Errors do not repeat the configured values. */
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

/** The tenant of a token of `issuer` with these claims; null: none. */
export function tenantOf(
  issuer: Pick<TrustedIssuer, 'tenant' | 'tenant_claim'> & { readonly tenants?: '*' | readonly TenantId[] | undefined },
  claims: Readonly<Record<string, unknown>>,
): TenantId | null {
  if (issuer.tenant !== undefined) return issuer.tenant
  const tenant = TenantId.safeParse(claims[issuer.tenant_claim ?? ''])
  const isAllowed = tenant.success && (issuer.tenants === '*' || issuer.tenants?.includes(tenant.data))
  return isAllowed ? tenant.data : null
}
