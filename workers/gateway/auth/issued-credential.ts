/**
 * Recognizes the credentials that this deployment may have issued, by their checksum. Only those reach an object, so an invented name
 * creates none. Credentials of releases before checksums count while the directory lists their tenant. The runbook has the end of this period.
 */
import {
  type Credential,
  type CredentialKind,
  hasChecksum,
  importChecksumKey,
  parseCredential,
} from '../../../shared/identity/credential.ts'
import { platformIssuerName, type TenantId, tenantDirectoryName } from '../../../shared/ids.ts'
import { fromBase64Url } from '../../../shared/lib/base64.ts'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import type { GatewayContext } from '../http/context.ts'
import { logger } from '../logger.ts'

/** How long a response of the directory stays cached, for a known and for an unknown tenant. Milliseconds. */
const knownMs = 600_000
const unknownMs = 30_000
/** How long the checksum key stays cached. A restored backup brings another one. Milliseconds. */
const keyMs = 60_000

let checksumKey: CryptoKey | undefined
let checksumKeyUntil = 0
const tenants = new BoundedMap<TenantId, { readonly isKnown: boolean; readonly until: number }>(1_000)

/** The parts of `text`, if this deployment may have issued it; null: it has another form, or is invented. */
export async function issuedCredential(
  c: GatewayContext,
  kind: CredentialKind,
  text: string,
): Promise<(Credential & { readonly tenant: TenantId }) | null> {
  const parsed = await parseCredential(kind, text)
  if (!parsed) return null
  const key = await loadChecksumKey(c)
  if (key && (await hasChecksum(text, key))) return parsed
  return (await isKnownTenant(c, parsed.tenant)) ? parsed : null
}

/** Null: the issuer does not respond, or comes from a release before checksums. */
async function loadChecksumKey(c: GatewayContext): Promise<CryptoKey | null> {
  if (checksumKey && checksumKeyUntil > Date.now()) return checksumKey
  try {
    const bytes = fromBase64Url(await c.env.ISSUER.getByName(platformIssuerName).checksumKey())
    if (bytes) checksumKey = await importChecksumKey(bytes)
    checksumKeyUntil = Date.now() + keyMs
  } catch (error) {
    logger.write('checksum_key.unreachable', { error, request: c.var.requestId })
  }
  return checksumKey ?? null
}

/** Whether the directory lists `tenant`. True while it does not respond, because the object still verifies the credential. */
async function isKnownTenant(c: GatewayContext, tenant: TenantId): Promise<boolean> {
  const now = Date.now()
  const cached = tenants.get(tenant)
  if (cached && cached.until > now) return cached.isKnown
  try {
    const isKnown = await c.env.DIRECTORY.getByName(tenantDirectoryName).has(tenant)
    tenants.set(tenant, { isKnown, until: now + (isKnown ? knownMs : unknownMs) })
    return isKnown
  } catch {
    return true
  }
}
