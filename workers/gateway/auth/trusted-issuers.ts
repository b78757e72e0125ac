/** The issuers of `SOMA_TRUSTED_ISSUERS`, with their keys: configured, or fetched from a JWKS address. */
import { JwksCache } from '../../../shared/identity/jwks-cache.ts'
import { KeySet } from '../../../shared/identity/key-set.ts'
import { parseTrusted, type TrustedIssuer } from '../../../shared/identity/trusted-issuer.ts'
import { readText } from '../../../shared/lib/read-text.ts'
import { OwnError } from '../../../shared/log/error.ts'
import { readVariable } from '../../../shared/settings/variables.ts'

/** A trusted issuer's rules and keys. */
export interface IssuerWithKeys {
  readonly rules: TrustedIssuer
  readonly keys: JwksCache
}

const fetchMs = 5_000
const maxBytes = 262_144
/** How long an issuer's keys are cached, also while it is unreachable. */
export const issuerKeyTimes = { maxAgeMs: 600_000, cooldownMs: 30_000, maxStaleMs: 86_400_000 }

let configured: { readonly text: string; readonly issuers: readonly IssuerWithKeys[] } | undefined

/** The configured issuers. Throws on an invalid configuration, so no token is accepted by mistake. */
export function trustedIssuers(env: Pick<GatewayEnv, 'SOMA_TRUSTED_ISSUERS'>): readonly IssuerWithKeys[] {
  const text = readVariable(env, 'SOMA_TRUSTED_ISSUERS')
  if (configured?.text === text) return configured.issuers
  const parsed = parseTrusted(text)
  if (!parsed.ok) throw new OwnError(`SOMA_TRUSTED_ISSUERS: ${parsed.error.detail}`)
  const issuers = parsed.value.map((rules) => ({ rules, keys: keysOf(rules) }))
  configured = { text, issuers }
  return issuers
}

/** The keys of an issuer. Configured keys may be secrets, and a mistake in them is refused. */
function keysOf({ issuer, jwks, jwks_uri = '' }: TrustedIssuer): JwksCache {
  const party = `The issuer ${issuer}`
  return jwks
    ? new JwksCache(async () => jwks, { party, parse: KeySet.parse, ...issuerKeyTimes })
    : new JwksCache(() => fetchJson(jwks_uri), { party, ...issuerKeyTimes })
}

/** Fetches a JSON document of at most 256 KiB. Throws on a redirect, any status but 200, and a timeout. */
export async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(fetchMs), redirect: 'manual', headers: { accept: 'application/json' } })
  const { host } = new URL(url)
  if (response.status !== 200) throw new OwnError(`${host} responded with ${response.status}`)
  const text = await readText(response, maxBytes)
  if (text === null) throw new OwnError(`${host} sent more than ${maxBytes} bytes`)
  try {
    return JSON.parse(text)
  } catch {
    throw new OwnError(`${host} sent something that is not JSON`)
  }
}
