/** The deployment's OpenID Connect provider. */
import { z } from 'zod'
import { AllowedTenants } from '../../../shared/identity/trusted-issuer.ts'
import { TenantId } from '../../../shared/ids.ts'
import { OwnError } from '../../../shared/log/error.ts'
import { readVariable } from '../../../shared/settings/variables.ts'

/** The variables of the provider. */
export type OidcEnv = Pick<
  GatewayEnv,
  | 'SOMA_OIDC_ISSUER'
  | 'SOMA_OIDC_CLIENT_ID'
  | 'SOMA_OIDC_CLIENT_SECRET'
  | 'SOMA_OIDC_CLIENT_AUTH'
  | 'SOMA_OIDC_NAME'
  | 'SOMA_OIDC_TENANT'
  | 'SOMA_OIDC_TENANT_CLAIM'
  | 'SOMA_OIDC_TENANTS'
  | 'SOMA_OIDC_SIGN_OUT'
>

/** The configured provider. */
export interface OidcSettings {
  readonly issuer: URL
  readonly clientId: string
  /** Null: a public client, protected by PKCE only. */
  readonly clientSecret: string | null
  /** How the client sends its secret. Empty: as the provider's metadata offers. */
  readonly clientAuth: 'client_secret_basic' | 'client_secret_post' | ''
  /** The provider's name on the sign-in button. */
  readonly name: string
  /** The tenant of every user; or else `tenant_claim`. */
  readonly tenant: TenantId | undefined
  /** The claim of the ID token that names the user's tenant. */
  readonly tenant_claim: string | undefined
  /** The tenants that the claim may name. Undefined: there is no claim. */
  readonly tenants: '*' | readonly TenantId[] | undefined
  /** Whether sign-out continues at the provider (OpenID Connect RP-Initiated Logout 1.0). */
  readonly signOut: boolean
  /** Whether the provider's address may be http: only for a provider on this machine. */
  readonly allowsHttp: boolean
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

const Settings = z
  .object({
    issuer: z.url({ protocol: /^https?$/ }),
    clientId: z.string().min(1),
    tenant: TenantId.optional(),
    tenant_claim: z.string().min(1).optional(),
    tenants: AllowedTenants.optional(),
  })
  .refine(({ tenant, tenant_claim }) => (tenant === undefined) !== (tenant_claim === undefined), {
    message: 'needs either SOMA_OIDC_TENANT or SOMA_OIDC_TENANT_CLAIM',
  })
  .refine(({ tenant_claim, tenants }) => tenant_claim === undefined || tenants !== undefined, {
    message: 'needs SOMA_OIDC_TENANTS with SOMA_OIDC_TENANT_CLAIM: names of tenants, or * for any',
  })

/** The names in `text`, or `*`; undefined: none. */
const tenantsIn = (text: string): '*' | string[] | undefined => {
  if (text === '*') return text
  const names = text.split(/[\s,]+/).filter(Boolean)
  return names.length > 0 ? names : undefined
}

/** Null: no provider is configured. Throws on an invalid configuration, so no user lands in a wrong tenant. */
export function oidcSettings(env: OidcEnv): OidcSettings | null {
  const issuerText = readVariable(env, 'SOMA_OIDC_ISSUER')
  if (issuerText === '') return null
  const settings = Settings.safeParse({
    issuer: issuerText,
    clientId: readVariable(env, 'SOMA_OIDC_CLIENT_ID'),
    tenant: readVariable(env, 'SOMA_OIDC_TENANT') || undefined,
    tenant_claim: readVariable(env, 'SOMA_OIDC_TENANT_CLAIM') || undefined,
    tenants: tenantsIn(readVariable(env, 'SOMA_OIDC_TENANTS')),
  })
  if (!settings.success) {
    const [issue] = settings.error.issues
    throw new OwnError(`SOMA_OIDC_ISSUER: ${[...(issue?.path ?? []), issue?.message].join(' ')}`)
  }
  const { issuer, clientId, tenant, tenant_claim, tenants } = settings.data
  const url = new URL(issuer)
  const isHttp = url.protocol === 'http:'
  if (isHttp && !loopback.has(url.hostname)) throw new OwnError('SOMA_OIDC_ISSUER must be https')
  return {
    issuer: url,
    clientId,
    clientSecret: readVariable(env, 'SOMA_OIDC_CLIENT_SECRET') || null,
    clientAuth: readVariable(env, 'SOMA_OIDC_CLIENT_AUTH'),
    name: readVariable(env, 'SOMA_OIDC_NAME') || url.host,
    tenant,
    tenant_claim,
    tenants,
    signOut: readVariable(env, 'SOMA_OIDC_SIGN_OUT'),
    allowsHttp: isHttp,
  }
}

/** Whether `issuer` is the identity provider that users sign in with. A slash at the end does not count. */
export const isProvider = (env: Pick<OidcEnv, 'SOMA_OIDC_ISSUER'>, issuer: string): boolean =>
  withoutSlash(readVariable(env, 'SOMA_OIDC_ISSUER')) === withoutSlash(issuer)

const withoutSlash = (address: string): string => address.replace(/\/$/, '')
