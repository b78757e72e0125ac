/**
 * Bearer secrets that are stored only as hashes: API keys, refresh tokens and challenges, as `kind_tenant.id_secret`. Portable. The tenant
 * only selects the object to ask, which knows the hash. One round of hashing is enough for 190 random bits. The secret ends with a keyed
 * checksum of everything before it. So no object is asked about an invented credential.
 */
import { TenantId } from '../ids.ts'
import { toBase64Url } from '../lib/base64.ts'

/** `soma`: an API key. `somarefresh`: a refresh token. `somachallenge`: the right to submit a second factor, and nothing else. */
export type CredentialKind = 'soma' | 'somarefresh' | 'somachallenge'

/** The stored parts of a credential. */
export interface Credential {
  /** The public id. */
  readonly id: string
  /** SHA-256 of the secret, base64url. Only this is stored. */
  readonly hash: string
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** With a checksum, 62^32 > 2^190 secrets; without one, 62^43 > 2^256. */
const secretUnits = 43
/** 62^11 > 2^65: a checksum is not met by chance. */
const checksumUnits = 11
const idUnits = 12
const credentialPattern = /^(soma|somarefresh|somachallenge)_([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9]{12})_([A-Za-z0-9]{43})$/

/** Uniform random characters: bytes that would bias the result are dropped. */
function randomText(units: number): string {
  let text = ''
  while (text.length < units)
    for (const byte of crypto.getRandomValues(new Uint8Array(units)))
      if (byte < 248 && text.length < units) text += alphabet[byte % alphabet.length]
  return text
}

const hashOf = async (secret: string): Promise<string> =>
  toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))))

/** The public part of a credential, without its secret. */
export const prefixOf = (kind: CredentialKind, tenant: TenantId, id: string): string => `${kind}_${tenant}.${id}`

/** The key of checksums, from 32 bytes. It protects objects from invented names, shows used refresh tokens, and opens nothing. */
export const importChecksumKey = (bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])

async function checksumOf(text: string, key: CryptoKey): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text)))
  return Array.from(bytes.slice(0, checksumUnits), (byte) => alphabet[byte % alphabet.length]).join('')
}

/** Whether `text` ends with its checksum. Credentials of older releases have none. */
export const hasChecksum = async (text: string, key: CryptoKey): Promise<boolean> =>
  (await checksumOf(text.slice(0, -checksumUnits), key)) === text.slice(-checksumUnits)

/**
 * A new credential; with `id`, a new secret for that id. `text` is returned once and not stored. `key` null: no key is available, so the
 * credential has no checksum.
 */
export async function createCredential(
  kind: CredentialKind,
  tenant: TenantId,
  key: CryptoKey | null,
  id: string = randomText(idUnits),
): Promise<Credential & { readonly text: string }> {
  const start = `${prefixOf(kind, tenant, id)}_${randomText(key ? secretUnits - checksumUnits : secretUnits)}`
  const text = key ? `${start}${await checksumOf(start, key)}` : start
  return { id, hash: await hashOf(text.slice(-secretUnits)), text }
}

/** The unverified parts of `text`; null for any other text. */
export async function parseCredential(kind: CredentialKind, text: string): Promise<(Credential & { readonly tenant: TenantId }) | null> {
  const [, foundKind, tenantText, id = '', secret = ''] = credentialPattern.exec(text) ?? []
  const tenant = TenantId.safeParse(tenantText)
  return foundKind === kind && tenant.success ? { tenant: tenant.data, id, hash: await hashOf(secret) } : null
}
