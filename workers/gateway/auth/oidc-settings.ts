/** The OpenID Connect provider that people sign in with, as the deployment configures it. */
import { z } from 'zod'
import { TenantId } from '../../../shared/ids.ts'
import { readVariable } from '../../../shared/settings/variables.ts'

export type OidcEnv = Pick<
  GatewayEnv,
  | 'SOMA_OIDC_ISSUER'
  | 'SOMA_OIDC_CLIENT_ID'
  | 'SOMA_OIDC_CLIENT_SECRET'
  | 'SOMA_OIDC_NAME'
  | 'SOMA_OIDC_TENANT'
  | 'SOMA_OIDC_TENANT_CLAIM'
  | 'SOMA_OIDC_SIGN_OUT'
>

export interface OidcSettings {
  readonly issuer: URL
  readonly clientId: string
  /** Null: a public client, which PKCE alone protects. */
  readonly clientSecret: string | null
  /** What the button says. */
  readonly name: string
  /** Whose everybody is who signs in; or the claim of the ID token that says so. */
  readonly tenant: TenantId | undefined
  readonly tenant_claim: string | undefined
  /** Whether signing out here goes on to sign out there (OpenID Connect RP-Initiated Logout 1.0). */
  readonly signOut: boolean
  /** Only where the provider runs on this very machine. */
  readonly insecure: boolean
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

const Settings = z
  .object({
    issuer: z.url({ protocol: /^https?$/ }),
    clientId: z.string().min(1),
    tenant: TenantId.optional(),
    tenant_claim: z.string().min(1).optional(),
  })
  .refine(({ tenant, tenant_claim }) => (tenant === undefined) !== (tenant_claim === undefined), {
    message: 'needs either SOMA_OIDC_TENANT or SOMA_OIDC_TENANT_CLAIM',
  })

/** Null: there is no provider. Throws if what is configured cannot work: nobody lands in the wrong tenant by a mistake. */
export function oidcSettings(env: OidcEnv): OidcSettings | null {
  const provider = readVariable(env, 'SOMA_OIDC_ISSUER')
  if (provider === '') return null
  const { issuer, clientId, tenant, tenant_claim } = Settings.parse({
    issuer: provider,
    clientId: readVariable(env, 'SOMA_OIDC_CLIENT_ID'),
    tenant: readVariable(env, 'SOMA_OIDC_TENANT') || undefined,
    tenant_claim: readVariable(env, 'SOMA_OIDC_TENANT_CLAIM') || undefined,
  })
  const url = new URL(issuer)
  const insecure = url.protocol === 'http:'
  if (insecure && !loopback.has(url.hostname)) throw new Error('SOMA_OIDC_ISSUER must be https')
  return {
    issuer: url,
    clientId,
    clientSecret: readVariable(env, 'SOMA_OIDC_CLIENT_SECRET') || null,
    name: readVariable(env, 'SOMA_OIDC_NAME') || url.host,
    tenant,
    tenant_claim,
    signOut: readVariable(env, 'SOMA_OIDC_SIGN_OUT'),
    insecure,
  }
}
