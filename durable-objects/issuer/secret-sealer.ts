/**
 * Seals the secrets of authenticator apps, which the accounts object must be able to read. A data key of the tenant seals them.
 * A root key of soma-state wraps the data key; the issuer uses the same root key for another purpose.
 */
import { Keyring, keyIdOf, RootKeys, type WrappedKey } from '../../shared/secrets/envelope.ts'

/** Stores the tenant's wrapped data key. */
export interface DataKeyStore {
  dataKey(): WrappedKey | null
  setDataKey(id: string, wrapped: string): void
}

export class SecretSealer {
  readonly #owner: string
  readonly #store: DataKeyStore
  readonly #rootKeys: () => string
  #keyring: Promise<Keyring> | null = null

  /** `owner`: the name that the data key is bound to, such as a tenant's accounts. */
  constructor(owner: string, store: DataKeyStore, rootKeys: () => string) {
    this.#owner = owner
    this.#store = store
    this.#rootKeys = rootKeys
  }

  async seal(name: string, secret: string): Promise<string> {
    return (await this.#open()).seal(name, secret)
  }

  async unseal(name: string, sealed: string): Promise<string> {
    const opened = await (await this.#open()).open(name, sealed)
    if (!opened.ok) throw new Error(`a sealed secret cannot be opened: ${opened.error.kind}`)
    return opened.value
  }

  #open(): Promise<Keyring> {
    this.#keyring ??= this.#loadKeyring().catch((error) => {
      this.#keyring = null
      throw error
    })
    return this.#keyring
  }

  /** Creates or opens the data key. A data key under an older root key is wrapped again, so the older root key can be removed. */
  async #loadKeyring(): Promise<Keyring> {
    const rootKeys = await RootKeys.parse(this.#rootKeys())
    if (!rootKeys.ok) throw new Error(`SOMA_ISSUER_ROOT_KEYS: ${rootKeys.error.detail}`)
    let key = this.#store.dataKey()
    if (!key) {
      key = await rootKeys.value.createDataKey(this.#owner, crypto.randomUUID())
      this.#store.setDataKey(key.id, key.wrapped)
    } else if (keyIdOf(key.wrapped) !== rootKeys.value.currentId) {
      const rewrapped = await rootKeys.value.rewrap(this.#owner, key)
      if (rewrapped.ok) {
        key = rewrapped.value
        this.#store.setDataKey(key.id, key.wrapped)
      }
    }
    const keyring = await Keyring.open(rootKeys.value, this.#owner, [{ ...key, state: 'current' }])
    if (!keyring.ok) throw new Error(`the data key cannot be opened: ${keyring.error.kind}. Is SOMA_ISSUER_ROOT_KEYS complete?`)
    return keyring.value
  }
}
