/** The key of credentials' checksums, from the issuer object. Each accounts object asks once. */
import { importChecksumKey } from '../../shared/identity/credential.ts'
import { platformIssuerName } from '../../shared/ids.ts'
import { fromBase64Url } from '../../shared/lib/base64.ts'
import { logger } from '../logger.ts'

export class ChecksumKey {
  readonly #issuers: () => StateEnv['ISSUER']
  #key: Promise<CryptoKey | null> | null = null

  constructor(issuers: () => StateEnv['ISSUER']) {
    this.#issuers = issuers
  }

  /** Null: the issuer does not respond. A credential without a checksum works too, as those of earlier releases do. */
  async get(): Promise<CryptoKey | null> {
    this.#key ??= this.#fetch()
    const key = await this.#key
    if (!key) this.#key = null
    return key
  }

  async #fetch(): Promise<CryptoKey | null> {
    try {
      const bytes = fromBase64Url(await this.#issuers().getByName(platformIssuerName).checksumKey())
      return bytes && (await importChecksumKey(bytes))
    } catch (error) {
      logger.write('checksum_key.unreachable', { error })
      return null
    }
  }
}
