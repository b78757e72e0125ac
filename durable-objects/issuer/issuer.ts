/**
 * The platform's signing keys: creates, seals, rotates and uses them. A private key never leaves this object. One object, named
 * `platformIssuerName`.
 */

import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { defaultLeadMs, pendingKey, publishedKeys, retiresAtAfter, rotateEveryMs, signingKey } from '../../shared/identity/rotation.ts'
import { toBase64Url } from '../../shared/lib/base64.ts'
import { Keyring, RootKeys } from '../../shared/secrets/envelope.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { logger } from '../logger.ts'
import type { Migrations } from '../migrations.ts'
import { SqlObject } from '../sql-object.ts'
import { issuerBackup } from './backup.ts'

/** A key as operators see it. Times in Unix ms. */
export interface SigningKey {
  readonly kid: string
  readonly state: 'published' | 'signing' | 'verifying'
  readonly madeAt: number
  readonly signsFrom: number
  readonly retiresAt: number | null
}

/** The claims of a token. Times in Unix seconds. */
export interface TokenClaims {
  readonly iss: string
  readonly aud: string
  readonly sub: string
  readonly tenant: string
  readonly scope: string
  readonly sid?: string | undefined
  /** RFC 8176. Absent: unknown. */
  readonly amr?: readonly string[] | undefined
  readonly iat: number
  readonly exp: number
}

interface Row extends Record<string, SqlStorageValue> {
  kid: string
  public_jwk: string
  wrapped: string
  sealed: string
  made_at: number
  signs_from: number
  retires_at: number | null
}

interface Key {
  readonly kid: string
  readonly row: Row
  readonly madeAt: number
  readonly signsFrom: number
  readonly retiresAt: number | null
}

/** The owner that the private keys are bound to. No tenant can have this name. */
const owner = '/issuer'

const migrations: Migrations = [
  (sql) => {
    sql.exec(`
      CREATE TABLE meta (schema INTEGER NOT NULL);
      CREATE TABLE signing_key (
        kid TEXT PRIMARY KEY, public_jwk TEXT NOT NULL, wrapped TEXT NOT NULL, sealed TEXT NOT NULL,
        made_at INTEGER NOT NULL, signs_from INTEGER NOT NULL, retires_at INTEGER
      ) WITHOUT ROWID;
    `)
    sql.exec('INSERT INTO meta VALUES (1)')
  },
]

export class Issuer extends SqlObject {
  static readonly backup = issuerBackup

  readonly #openedKeys = new Map<string, CryptoKey>()
  #lastCreation: Promise<unknown> = Promise.resolve()

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, env, migrations)
  }

  /** The public keys that verify now or soon. Creates the first key. */
  async keySet(): Promise<{ keys: JWK[] }> {
    await this.#ensureSigningKey()
    return { keys: publishedKeys(this.#keys(), Date.now()).map(({ row }) => JSON.parse(row.public_jwk) as JWK) }
  }

  /** The key of credentials' checksums, 32 bytes in base64url. Created once. It is not sealed, because it protects no data. */
  checksumKey(): string {
    return this.tables.write(() => {
      const { sql } = this.ctx.storage
      const [stored] = sql.exec<{ key: string }>('SELECT key FROM checksum_key').toArray()
      if (stored) return stored.key
      const key = toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
      sql.exec('INSERT INTO checksum_key VALUES (?)', key)
      return key
    })
  }

  /** Signs an access token (RFC 9068) with `claims`. */
  async sign(claims: TokenClaims): Promise<string> {
    await this.#ensureSigningKey()
    const key = await this.#signer()
    const { iss, aud, sub, iat, exp, ...otherClaims } = claims
    return new SignJWT({ ...otherClaims, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
      .setIssuer(iss)
      .setAudience(aud)
      .setSubject(sub)
      .setIssuedAt(iat)
      .setExpirationTime(exp)
      .sign(key.privateKey)
  }

  /** Publishes the next key, which signs after `leadMs`. Does nothing if a published key is waiting already. */
  async rotate(leadMs = defaultLeadMs): Promise<SigningKey[]> {
    await this.#ensureSigningKey()
    await this.#serialize(async () => {
      if (!pendingKey(this.#keys(), Date.now())) await this.#createKey(Date.now() + leadMs)
    })
    return this.list()
  }

  /** The keys in use, newest first. */
  list(): SigningKey[] {
    if (!this.tables.exist()) return []
    const now = Date.now()
    const keys = publishedKeys(this.#keys(), now)
    const current = signingKey(keys, now)?.kid
    const stateOf = (key: Key) => (key.kid === current ? 'signing' : key.signsFrom > now ? 'published' : 'verifying')
    return keys
      .map(
        (key) => ({ kid: key.kid, state: stateOf(key), madeAt: key.madeAt, signsFrom: key.signsFrom, retiresAt: key.retiresAt }) as const,
      )
      .sort((a, b) => b.signsFrom - a.signsFrom)
  }

  /**
   * Removes a leaked key: its tokens become invalid. If it was the signing key, the next key signs at once. False: there is no
   * such key.
   */
  async remove(kid: string): Promise<boolean> {
    if (!this.tables.exist()) return false
    const { sql } = this.ctx.storage
    const { rowsWritten } = sql.exec('DELETE FROM signing_key WHERE kid = ?', kid)
    this.#openedKeys.delete(kid)
    const now = Date.now()
    const next = pendingKey(this.#keys(), now)
    if (!signingKey(this.#keys(), now) && next) sql.exec('UPDATE signing_key SET signs_from = ? WHERE kid = ?', now, next.kid)
    await this.#ensureSigningKey()
    return rowsWritten > 0
  }

  /** Rotates the key when it is due, and deletes retired keys. */
  override async alarm(): Promise<void> {
    const now = Date.now()
    this.ctx.storage.sql.exec('DELETE FROM signing_key WHERE retires_at <= ?', now)
    const current = signingKey(this.#keys(), now)
    if (current && now - current.signsFrom >= rotateEveryMs) await this.rotate()
    await this.#arm()
  }

  async #signer(): Promise<{ readonly kid: string; readonly privateKey: CryptoKey }> {
    const key = signingKey(this.#keys(), Date.now())
    if (!key) throw new Error('no key signs')
    try {
      return { kid: key.kid, privateKey: await this.#openKey(key) }
    } catch (error) {
      // Without its root key the private key is lost. The public key still verifies; a new key must sign.
      logger.write('issuer.key_lost', { error, key: key.kid })
      await this.#serialize(async () => {
        if (signingKey(this.#keys(), Date.now())?.kid === key.kid) await this.#createKey(Date.now())
      })
      const next = signingKey(this.#keys(), Date.now())
      if (!next || next.kid === key.kid) throw error
      return { kid: next.kid, privateKey: await this.#openKey(next) }
    }
  }

  async #ensureSigningKey(): Promise<void> {
    this.tables.migrate()
    if (signingKey(this.#keys(), Date.now())) return
    await this.#serialize(async () => {
      if (!signingKey(this.#keys(), Date.now())) await this.#createKey(Date.now())
    })
  }

  /** Runs one creation at a time. Concurrent callers wait and find the new key. */
  #serialize<T>(create: () => Promise<T>): Promise<T> {
    const created = this.#lastCreation.then(create)
    this.#lastCreation = created.catch(() => undefined)
    return created
  }

  /** Creates a key that signs from `signsFrom` on. Earlier keys verify until their last token has expired. */
  async #createKey(signsFrom: number): Promise<void> {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const { d, ...publicParts } = await exportJWK(privateKey)
    const kid = crypto.randomUUID()
    const rootKeys = await this.#rootKeys()
    const wrapped = await rootKeys.createDataKey(owner, kid)
    const keyring = await Keyring.open(rootKeys, owner, [{ ...wrapped, state: 'current' }])
    if (!keyring.ok) throw new Error('a new data key cannot be opened')
    const sealed = await keyring.value.seal(kid, JSON.stringify({ ...publicParts, d }))
    const publicJwk = JSON.stringify({ ...publicParts, kid, use: 'sig', alg: 'ES256' })
    const { sql } = this.ctx.storage
    this.ctx.storage.transactionSync(() => {
      sql.exec('UPDATE signing_key SET retires_at = ? WHERE retires_at IS NULL', retiresAtAfter(signsFrom))
      sql.exec('INSERT INTO signing_key VALUES (?, ?, ?, ?, ?, ?, NULL)', kid, publicJwk, wrapped.wrapped, sealed, Date.now(), signsFrom)
    })
    await this.#arm()
  }

  /** Sets the alarm for the next retirement or rotation. */
  async #arm(): Promise<void> {
    const now = Date.now()
    const times = this.#keys().map(({ retiresAt, signsFrom }) => retiresAt ?? signsFrom + rotateEveryMs)
    if (times.length > 0) await this.ctx.storage.setAlarm(Math.max(Math.min(...times), now + 1_000))
  }

  async #openKey({ kid, row }: Key): Promise<CryptoKey> {
    const cached = this.#openedKeys.get(kid)
    if (cached) return cached
    const keyring = await Keyring.open(await this.#rootKeys(), owner, [{ id: kid, wrapped: row.wrapped, state: 'current' }])
    const text = keyring.ok ? await keyring.value.open(kid, row.sealed) : keyring
    if (!text.ok) throw new Error(`signing key ${kid} cannot be unsealed: ${text.error.kind}. Is SOMA_ISSUER_ROOT_KEYS complete?`)
    const key = await importJWK(JSON.parse(text.value), 'ES256')
    if (!(key instanceof CryptoKey)) throw new Error('the ES256 key is not a CryptoKey')
    this.#openedKeys.set(kid, key)
    return key
  }

  async #rootKeys(): Promise<RootKeys> {
    const rootKeys = await RootKeys.parse(readVariable(this.env, 'SOMA_ISSUER_ROOT_KEYS'))
    if (!rootKeys.ok) throw new Error(`SOMA_ISSUER_ROOT_KEYS: ${rootKeys.error.detail}`)
    return rootKeys.value
  }

  #keys(): Key[] {
    const rows = this.ctx.storage.sql.exec<Row>('SELECT * FROM signing_key').toArray()
    return rows.map((row) => ({ kid: row.kid, row, madeAt: row.made_at, signsFrom: row.signs_from, retiresAt: row.retires_at }))
  }
}
