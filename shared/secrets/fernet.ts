/**
 * Fernet tokens (github.com/fernet/spec): AES-128-CBC, then HMAC-SHA256. Portable. For secrets that other systems write or read; our own
 * secrets are envelopes.
 */

import { fromBase64, toBase64 } from '../lib/base64.ts'
import { fail, ok, type Result } from '../result.ts'
import { expired, malformed, notAuthentic, type SecretRefusal } from './refusal.ts'

const version = 0x80
const ivBytes = 16
const hmacBytes = 32
const blockBytes = 16

/** Version and timestamp, then the IV. */
const headerBytes = 9
const minBytes = headerBytes + ivBytes + blockBytes + hmacBytes

/** Tolerated clock skew of a writer. */
const maxSkewSeconds = 60

const maxTokenUnits = 1_048_576

const urlToStandard = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/')
const standardToUrl = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_')

/** base64url as in the specification: with padding, and nothing around it. */
const decode = (text: string): Uint8Array<ArrayBuffer> | null => (/^[\w=-]*$/.test(text) ? fromBase64(urlToStandard(text)) : null)

/** Seals and opens tokens under one key. */
export class Fernet {
  readonly #signing: CryptoKey
  readonly #encryption: CryptoKey

  private constructor(signing: CryptoKey, encryption: CryptoKey) {
    this.#signing = signing
    this.#encryption = encryption
  }

  /** `key`: 32 bytes in base64url with padding, as in `SA01_CRYPTO_FERNET_KEY`. */
  static async withKey(key: string): Promise<Result<Fernet, SecretRefusal>> {
    const bytes = decode(key)
    if (bytes?.length !== 32) return fail(malformed)
    const signing = await crypto.subtle.importKey('raw', bytes.slice(0, 16), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
    const encryption = await crypto.subtle.importKey('raw', bytes.slice(16), 'AES-CBC', false, ['encrypt', 'decrypt'])
    bytes.fill(0)
    return ok(new Fernet(signing, encryption))
  }

  /** `now` in Unix ms. Pass `iv` only for the specification's vectors; the default is random. */
  async seal(secret: Uint8Array, now: number, iv = crypto.getRandomValues(new Uint8Array(ivBytes))): Promise<string> {
    const ciphertext = await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, this.#encryption, new Uint8Array(secret))
    const token = new Uint8Array(headerBytes + ivBytes + ciphertext.byteLength + hmacBytes)
    const view = new DataView(token.buffer)
    view.setUint8(0, version)
    view.setBigUint64(1, BigInt(Math.floor(now / 1_000)))
    token.set(iv, headerBytes)
    token.set(new Uint8Array(ciphertext), headerBytes + ivBytes)
    const signed = token.subarray(0, -hmacBytes)
    token.set(new Uint8Array(await crypto.subtle.sign('HMAC', this.#signing, signed)), signed.length)
    return standardToUrl(toBase64(token))
  }

  /** The content of a valid `token` that is at most `ttlSeconds` old, if given. `now` in Unix ms. */
  async open(token: string, now: number, ttlSeconds?: number): Promise<Result<Uint8Array<ArrayBuffer>, SecretRefusal>> {
    const bytes = token.length <= maxTokenUnits ? decode(token) : null
    if (!bytes || bytes.length < minBytes || bytes[0] !== version) return fail(malformed)
    if ((bytes.length - minBytes) % blockBytes !== 0) return fail(malformed)
    const signed = bytes.subarray(0, -hmacBytes)
    // WebCrypto compares in constant time. Nothing about the content is revealed before this.
    if (!(await crypto.subtle.verify('HMAC', this.#signing, bytes.subarray(-hmacBytes), signed))) return fail(notAuthentic)
    if (ttlSeconds !== undefined && !isFresh(bytes, now, ttlSeconds)) return fail(expired)
    const iv = signed.subarray(headerBytes, headerBytes + ivBytes)
    try {
      return ok(
        new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, this.#encryption, signed.subarray(headerBytes + ivBytes))),
      )
    } catch {
      return fail(notAuthentic)
    }
  }
}

function isFresh(token: Uint8Array<ArrayBuffer>, now: number, ttlSeconds: number): boolean {
  const at = Number(new DataView(token.buffer).getBigUint64(1))
  const seconds = Math.floor(now / 1_000)
  return at + ttlSeconds >= seconds && at <= seconds + maxSkewSeconds
}
