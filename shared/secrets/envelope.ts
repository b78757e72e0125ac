/**
 * Envelope encryption: AES-256-GCM under a tenant's data key, which a root key wraps. Portable. Only a Worker secret holds root keys. A
 * ciphertext is bound to the format's version, the key, the tenant and its name. A copy under another tenant or name does not open. Opening
 * refuses and never throws. Nothing here is logged.
 */

import { fromBase64, fromBase64Url, toBase64Url } from '../lib/base64.ts'
import { fail, ok, type Result } from '../result.ts'
import { malformed, notAuthentic, retiredKey, type SecretRefusal, unknownKey } from './refusal.ts'

/** A key's id: part of the bound data, and in clear before the ciphertext. */
const keyIdPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

const keyBytes = 32

/** NIST SP 800-38D §8.2.2: with random 96-bit nonces, one key is good for 2^32 seals. */
const nonceBytes = 12

/** The longest secret, in bytes of UTF-8. */
const maxSecretBytes = 65_536

/** Versions of the two text formats: a wrapped data key, and a sealed secret. */
const wrappedVersion = 'soma-key-1'
const sealedVersion = 'soma-secret-1'

const encoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The associated data of a ciphertext. JSON of a list of strings: different lists have different texts. */
const associatedData = (...parts: readonly string[]): Uint8Array<ArrayBuffer> => new Uint8Array(encoder.encode(JSON.stringify(parts)))

interface Parts {
  readonly keyId: string
  readonly nonce: Uint8Array<ArrayBuffer>
  readonly ciphertext: Uint8Array<ArrayBuffer>
}

/** `version.keyId.nonce.ciphertext`, the last two in base64url. */
function split(text: string, version: string): Parts | null {
  const [textVersion, keyId = '', nonceText = '', ciphertextText = '', ...more] = text.split('.', 5)
  if (textVersion !== version || more.length > 0 || !keyIdPattern.test(keyId)) return null
  const nonce = fromBase64Url(nonceText)
  const ciphertext = fromBase64Url(ciphertextText)
  return nonce?.length === nonceBytes && ciphertext ? { keyId, nonce, ciphertext } : null
}

const join = (version: string, keyId: string, nonce: Uint8Array, ciphertext: ArrayBuffer): string =>
  [version, keyId, toBase64Url(nonce), toBase64Url(new Uint8Array(ciphertext))].join('.')

const gcm = (iv: Uint8Array<ArrayBuffer>, additionalData: Uint8Array<ArrayBuffer>) => ({
  name: 'AES-GCM',
  iv,
  additionalData,
  tagLength: 128,
})

const newNonce = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(nonceBytes))

/** The key id in a wrapped or sealed text, without opening it; null for any other text. */
export const keyIdOf = (text: string): string | null => (split(text, wrappedVersion) ?? split(text, sealedVersion))?.keyId ?? null

/**
 * The root keys. The first one wraps. The others open what they wrapped before, until it is rewrapped. Keys off the list are retired. They
 * are not extractable: no code of ours can read them after import.
 */
export class RootKeys {
  readonly #keys: ReadonlyMap<string, CryptoKey>
  /** The id of the key that wraps. */
  readonly currentId: string

  private constructor(currentId: string, keys: ReadonlyMap<string, CryptoKey>) {
    this.currentId = currentId
    this.#keys = keys
  }

  /**
   * Parses `id:base64 id:base64 …`, separated by white space or commas. Each key is 32 bytes (`openssl rand -base64 32`). A refusal names
   * the bad key's id, and never repeats a key.
   */
  static async parse(text: string): Promise<Result<RootKeys, { readonly detail: string }>> {
    const keys = new Map<string, CryptoKey>()
    const entries = text.split(/[\s,]+/).filter((entry) => entry !== '')
    for (const [index, entry] of entries.entries()) {
      const colon = entry.indexOf(':')
      const id = entry.slice(0, Math.max(0, colon))
      if (!keyIdPattern.test(id)) return fail({ detail: `root key ${index + 1} has no id: write it as id:base64` })
      if (keys.has(id)) return fail({ detail: `root key '${id}' is listed twice` })
      const bytes = fromBase64(entry.slice(colon + 1))
      if (bytes?.length !== keyBytes) return fail({ detail: `root key '${id}' must be ${keyBytes} bytes in base64` })
      if (bytes.every((byte) => byte === bytes[0])) return fail({ detail: `root key '${id}' is not random` })
      keys.set(id, await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['wrapKey', 'unwrapKey']))
      bytes.fill(0)
    }
    const [currentId] = keys.keys()
    return currentId === undefined ? fail({ detail: 'there is no root key' }) : ok(new RootKeys(currentId, keys))
  }

  /** A new data key for `tenant`, wrapped by the current root key. */
  async createDataKey(tenant: string, id: string): Promise<WrappedKey> {
    if (!keyIdPattern.test(id)) throw new Error('a data key needs an id of letters, digits, "-" and "_"')
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: keyBytes * 8 }, true, ['encrypt', 'decrypt'])
    if (!(key instanceof CryptoKey)) throw new Error('AES-GCM has one key, not a pair')
    return { id, wrapped: await this.#wrap(tenant, id, key) }
  }

  /** The same data key, wrapped by the current root key. Do this before an older root key is removed. */
  async rewrap(tenant: string, { id, wrapped }: WrappedKey): Promise<Result<WrappedKey, SecretRefusal>> {
    const key = await this.unwrap(tenant, { id, wrapped }, true)
    return key.ok ? ok({ id, wrapped: await this.#wrap(tenant, id, key.value) }) : key
  }

  async unwrap(tenant: string, { id, wrapped }: WrappedKey, extractable = false): Promise<Result<CryptoKey, SecretRefusal>> {
    const parts = split(wrapped, wrappedVersion)
    if (!parts) return fail(malformed)
    const root = this.#keys.get(parts.keyId)
    if (!root) return fail(unknownKey)
    const algorithm = gcm(parts.nonce, associatedData(wrappedVersion, parts.keyId, tenant, id))
    try {
      return ok(await crypto.subtle.unwrapKey('raw', parts.ciphertext, root, algorithm, 'AES-GCM', extractable, ['encrypt', 'decrypt']))
    } catch {
      return fail(notAuthentic)
    }
  }

  async #wrap(tenant: string, id: string, key: CryptoKey): Promise<string> {
    const root = this.#keys.get(this.currentId)
    if (!root) throw new Error('there is no current root key')
    const nonce = newNonce()
    const wrapped = await crypto.subtle.wrapKey('raw', key, root, gcm(nonce, associatedData(wrappedVersion, this.currentId, tenant, id)))
    return join(wrappedVersion, this.currentId, nonce, wrapped)
  }
}

/** A tenant's data key as it is stored. */
export interface WrappedKey {
  readonly id: string
  readonly wrapped: string
}

/** `current` seals and opens, `old` only opens, `retired` is refused. Exactly one is current. */
export interface StoredKey extends WrappedKey {
  readonly state: 'current' | 'old' | 'retired'
}

/** One tenant's data keys, unwrapped. Do not keep it longer than the request or the object that needs it. */
export class Keyring {
  readonly #tenant: string
  readonly #currentId: string
  readonly #keys: ReadonlyMap<string, CryptoKey | 'retired'>

  private constructor(tenant: string, currentId: string, keys: ReadonlyMap<string, CryptoKey | 'retired'>) {
    this.#tenant = tenant
    this.#currentId = currentId
    this.#keys = keys
  }

  /** Refuses if a key that is in use does not open, or if not exactly one is current. */
  static async open(roots: RootKeys, tenant: string, stored: readonly StoredKey[]): Promise<Result<Keyring, SecretRefusal>> {
    const keys = new Map<string, CryptoKey | 'retired'>()
    const current = stored.filter(({ state }) => state === 'current')
    if (current[0] === undefined || current.length > 1) return fail(malformed)
    for (const key of stored) {
      if (keys.has(key.id)) return fail(malformed)
      const opened = key.state === 'retired' ? ok('retired' as const) : await roots.unwrap(tenant, key)
      if (!opened.ok) return opened
      keys.set(key.id, opened.value)
    }
    return ok(new Keyring(tenant, current[0].id, keys))
  }

  /** Seals `secret` for this tenant under this name. */
  async seal(name: string, secret: string): Promise<string> {
    const bytes = new Uint8Array(encoder.encode(secret))
    const key = this.#keys.get(this.#currentId)
    if (!secret.isWellFormed()) throw new Error('a secret must be well-formed text')
    if (bytes.length > maxSecretBytes) throw new Error(`a secret may have at most ${maxSecretBytes} bytes`)
    if (key === undefined || key === 'retired') throw new Error('the current data key is not in use')
    const nonce = newNonce()
    const algorithm = gcm(nonce, associatedData(sealedVersion, this.#currentId, this.#tenant, name))
    const ciphertext = await crypto.subtle.encrypt(algorithm, key, bytes)
    bytes.fill(0)
    return join(sealedVersion, this.#currentId, nonce, ciphertext)
  }

  /** Opens the secret that was sealed for this tenant under `name`. */
  async open(name: string, sealed: string): Promise<Result<string, SecretRefusal>> {
    const parts = split(sealed, sealedVersion)
    if (!parts) return fail(malformed)
    const key = this.#keys.get(parts.keyId)
    if (key === undefined) return fail(unknownKey)
    if (key === 'retired') return fail(retiredKey)
    try {
      const algorithm = gcm(parts.nonce, associatedData(sealedVersion, parts.keyId, this.#tenant, name))
      return ok(strictDecoder.decode(await crypto.subtle.decrypt(algorithm, key, parts.ciphertext)))
    } catch {
      return fail(notAuthentic)
    }
  }

  /** The same secret under the current data key. Do this before an older data key is retired. */
  async reseal(name: string, sealed: string): Promise<Result<string, SecretRefusal>> {
    const opened = await this.open(name, sealed)
    return opened.ok ? ok(await this.seal(name, opened.value)) : opened
  }

  /** Whether `sealed` names a key other than the current one. */
  isStale(sealed: string): boolean {
    return keyIdOf(sealed) !== this.#currentId
  }
}
