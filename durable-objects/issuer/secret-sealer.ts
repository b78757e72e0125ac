/**
 * What the accounts object keeps and must be able to read: secrets of authenticator apps. Sealed under a data key of the tenant's, which
 * a root key of soma-state wraps: the one that seals the issuer's private keys, for another purpose.
 */
import { Keyring, keyIdOf, RootKeys, type WrappedKey } from '../../shared/secrets/envelope.ts'

/** Where the tenant's data key is kept. */
export interface StoredDataKey {
  sealKey(): WrappedKey | null
  setSealKey(id: string, wrapped: string): void
}

export class SecretSealer {
  readonly #owner: string
  readonly #kept: StoredDataKey
  readonly #rootKeys: () => string
  #ring: Promise<Keyring> | null = null

  /** `owner`: what the data key is bound to, e.g. a tenant's accounts. */
  constructor(owner: string, kept: StoredDataKey, rootKeys: () => string) {
    this.#owner = owner
    this.#kept = kept
    this.#rootKeys = rootKeys
  }

  async seal(name: string, secret: string): Promise<string> {
    return (await this.#open()).seal(name, secret)
  }

  async unseal(name: string, sealed: string): Promise<string> {
    const opened = await (await this.#open()).open(name, sealed)
    if (!opened.ok) throw new Error(`what was sealed does not open: ${opened.error.kind}`)
    return opened.value
  }

  #open(): Promise<Keyring> {
    this.#ring ??= this.#first().catch((error) => {
      this.#ring = null
      throw error
    })
    return this.#ring
  }

  /** Makes the data key, or opens it; one that an older root key wraps is wrapped anew, so that the older may go. */
  async #first(): Promise<Keyring> {
    const roots = await RootKeys.parse(this.#rootKeys())
    if (!roots.ok) throw new Error(`SOMA_ISSUER_ROOT_KEYS: ${roots.error.detail}`)
    let key = this.#kept.sealKey()
    if (!key) {
      key = await roots.value.makeDataKey(this.#owner, crypto.randomUUID())
      this.#kept.setSealKey(key.id, key.wrapped)
    } else if (keyIdOf(key.wrapped) !== roots.value.currentId) {
      const rewrapped = await roots.value.rewrap(this.#owner, key)
      if (rewrapped.ok) {
        key = rewrapped.value
        this.#kept.setSealKey(key.id, key.wrapped)
      }
    }
    const ring = await Keyring.open(roots.value, this.#owner, [{ ...key, state: 'current' }])
    if (!ring.ok) throw new Error(`the data key does not open: ${ring.error.kind}. Is SOMA_ISSUER_ROOT_KEYS complete?`)
    return ring.value
  }
}
