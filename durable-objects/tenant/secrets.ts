/** A tenant's secrets on disk: data keys wrapped by a root key, and credentials sealed by a data key. Ciphertext only. */
import { keyIdOf, type StoredKey } from '../../shared/secrets/envelope.ts'
import type { MaskedDifference } from '../../shared/secrets/mask.ts'
import type { CredentialView } from '../../shared/settings/settings.ts'

/** A provider's key, sealed. `origin`: the only destination of the key. It is bound to the ciphertext. */
export type SealedCredential = {
  readonly provider: string
  readonly sealed: string
  readonly masked: string
  readonly origin: string
  readonly version: number
  readonly updated_at: number
  readonly updated_by: string
}

/** What the history of settings records when `after` replaces `before`. Null: there was none. */
export function credentialDiff(
  before: SealedCredential | null,
  after: Pick<SealedCredential, 'provider' | 'masked' | 'origin'>,
): MaskedDifference[] {
  const pointer = `/credentials/${after.provider}`
  const secret = { pointer: `${pointer}/secret`, ...(before && { before: before.masked }), after: after.masked }
  if (before?.origin === after.origin) return [secret]
  return [secret, { pointer: `${pointer}/origin`, ...(before && { before: before.origin }), after: after.origin }]
}

type KeyRow = { id: string; wrapped: string; state: StoredKey['state'] }

const columns = 'provider, sealed, masked, origin, version, updated_at, updated_by'

export class TenantSecrets {
  static readonly schema = `
    CREATE TABLE data_key (id TEXT PRIMARY KEY, wrapped TEXT NOT NULL, state TEXT NOT NULL, place INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE credential (provider TEXT PRIMARY KEY, sealed TEXT NOT NULL, masked TEXT NOT NULL, origin TEXT NOT NULL, version INTEGER NOT NULL,
      updated_at INTEGER NOT NULL, updated_by TEXT NOT NULL) WITHOUT ROWID;
  `
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  keys(): StoredKey[] {
    return this.#sql.exec<KeyRow>('SELECT id, wrapped, state FROM data_key ORDER BY place').toArray()
  }

  replaceKeys(expected: readonly string[], keys: readonly StoredKey[]): boolean {
    const statesOf = (keys: readonly StoredKey[]) => JSON.stringify(keys.map(({ wrapped, state }) => `${state} ${wrapped}`))
    if (statesOf(this.keys()) !== JSON.stringify(expected)) return false
    // Every secret must keep its key.
    const usable = new Set(keys.filter(({ state }) => state !== 'retired').map(({ id }) => id))
    if (this.all().some(({ sealed }) => !usable.has(keyIdOf(sealed) ?? ''))) return false
    this.#sql.exec('DELETE FROM data_key')
    for (const [position, { id, wrapped, state }] of keys.entries())
      this.#sql.exec('INSERT INTO data_key (id, wrapped, state, place) VALUES (?, ?, ?, ?)', id, wrapped, state, position)
    return true
  }

  get(provider: string): SealedCredential | null {
    return this.#sql.exec<SealedCredential>(`SELECT ${columns} FROM credential WHERE provider = ?`, provider).toArray()[0] ?? null
  }

  all(): SealedCredential[] {
    return this.#sql.exec<SealedCredential>(`SELECT ${columns} FROM credential ORDER BY provider`).toArray()
  }

  views(): CredentialView[] {
    return this.all().map(({ sealed: _sealed, ...view }) => view)
  }

  put(credential: SealedCredential): boolean {
    const { provider, sealed, masked, origin, version, updated_at, updated_by } = credential
    const key = this.keys().find(({ id }) => id === keyIdOf(sealed))
    if (!key || key.state === 'retired') return false
    this.#sql.exec(
      `INSERT OR REPLACE INTO credential (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      provider,
      sealed,
      masked,
      origin,
      version,
      updated_at,
      updated_by,
    )
    return true
  }

  remove(provider: string): void {
    this.#sql.exec('DELETE FROM credential WHERE provider = ?', provider)
  }

  reseal(replacements: readonly { readonly provider: string; readonly before: string; readonly after: string }[]): number {
    return replacements
      .map(
        ({ provider, before, after }) =>
          this.#sql.exec('UPDATE credential SET sealed = ? WHERE provider = ? AND sealed = ?', after, provider, before).rowsWritten > 0,
      )
      .filter(Boolean).length
  }
}
