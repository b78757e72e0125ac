/** The issuers of `SOMA_TRUSTED_ISSUERS`, with their keys: configured, or fetched from a JWKS address. */
import { FetchedKeys } from '../../../shared/identity/jwks-cache.ts'
import { parseTrusted, type TrustedIssuer } from '../../../shared/identity/trusted-issuer.ts'
import { readVariable } from '../../../shared/settings/variables.ts'

/** A trusted issuer's rules and keys. */
export interface Trusted {
  readonly rules: TrustedIssuer
  readonly keys: FetchedKeys
}

const fetchMs = 5_000
const maxBytes = 262_144
const times = { maxAgeMs: 600_000, cooldownMs: 30_000, uselessMs: 86_400_000 }

let configured: { readonly text: string; readonly issuers: readonly Trusted[] } | undefined

/** The configured issuers. Throws on an invalid configuration, so no token is accepted by mistake. */
export function trustedIssuers(env: Pick<GatewayEnv, 'SOMA_TRUSTED_ISSUERS'>): readonly Trusted[] {
  const text = readVariable(env, 'SOMA_TRUSTED_ISSUERS')
  if (configured?.text === text) return configured.issuers
  const parsed = parseTrusted(text)
  if (!parsed.ok) throw new Error(`SOMA_TRUSTED_ISSUERS: ${parsed.error.detail}`)
  const issuers = parsed.value.map((rules) => ({
    rules,
    keys: new FetchedKeys(async () => rules.jwks ?? fetchJson(rules.jwks_uri ?? ''), times),
  }))
  configured = { text, issuers }
  return issuers
}

/** Fetches a JSON document of at most 256 KiB. Throws on a redirect, any status but 200, and a timeout. */
export async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(fetchMs), redirect: 'manual', headers: { accept: 'application/json' } })
  if (response.status !== 200) throw new Error(`${new URL(url).host} answered ${response.status}`)
  const text = await response.text()
  if (text.length > maxBytes) throw new Error(`${new URL(url).host} answered more than ${maxBytes} bytes`)
  return JSON.parse(text)
}
