/** A tenant's API keys, without their secrets: SQL of the accounts object. */
import type { Credential } from '../../shared/identity/credential.ts'

/** An API key as lists show it. Times in Unix ms. `lastUsedAt` is accurate to `lastUsedResolutionMs`. */
export interface ApiKey {
  readonly id: string
  readonly subject: string
  readonly name: string
  readonly scopes: string[]
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
}

interface Row extends Record<string, SqlStorageValue> {
  id: string
  hash: string
  subject: string
  name: string
  scopes: string
  created_at: number
  expires_at: number | null
  last_used_at: number | null
}

/** The resolution of the last use. Milliseconds. */
const lastUsedResolutionMs = 300_000
/** The most keys of one subject. */
export const maxKeys = 50

/** The table of API keys. */
export const apiKeyTables = `
  CREATE TABLE api_key (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER, last_used_at INTEGER
  ) WITHOUT ROWID;
`

const fromRow = ({ id, subject, name, scopes, created_at, expires_at, last_used_at }: Row): ApiKey => ({
  id,
  subject,
  name,
  scopes: scopes.split(' ').filter(Boolean),
  createdAt: created_at,
  expiresAt: expires_at,
  lastUsedAt: last_used_at,
})

export class ApiKeys {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Stores a new key. Null: the subject has `maxKeys` keys already. */
  add({ id, hash }: Credential, key: Pick<ApiKey, 'subject' | 'name' | 'scopes' | 'expiresAt'>, now: number): ApiKey | null {
    if (this.list(key.subject).length >= maxKeys) return null
    const { subject, name, scopes, expiresAt } = key
    this.#sql.exec('INSERT INTO api_key VALUES (?, ?, ?, ?, ?, ?, ?, NULL)', id, hash, subject, name, scopes.join(' '), now, expiresAt)
    return this.get(id)
  }

  get(id: string): ApiKey | null {
    const [row] = this.#sql.exec<Row>('SELECT * FROM api_key WHERE id = ?', id).toArray()
    return row ? fromRow(row) : null
  }

  /** The keys of `subject`, newest first. Null: of every subject. */
  list(subject: string | null): ApiKey[] {
    const rows = this.#sql.exec<Row>('SELECT * FROM api_key WHERE ?1 IS NULL OR subject = ?1 ORDER BY created_at DESC, id', subject)
    return rows.toArray().map(fromRow)
  }

  /** The key of this credential, unless it has expired. Records its use. */
  use({ id, hash }: Credential, now: number): ApiKey | null {
    const [row] = this.#sql.exec<Row>('SELECT * FROM api_key WHERE id = ?', id).toArray()
    if (!row || row.hash !== hash || (row.expires_at !== null && row.expires_at <= now)) return null
    if (row.last_used_at === null || now - row.last_used_at >= lastUsedResolutionMs)
      this.#sql.exec('UPDATE api_key SET last_used_at = ? WHERE id = ?', now, id)
    return fromRow(row)
  }

  remove(id: string): void {
    this.#sql.exec('DELETE FROM api_key WHERE id = ?', id)
  }

  removeAll(subject: string): void {
    this.#sql.exec('DELETE FROM api_key WHERE subject = ?', subject)
  }
}
