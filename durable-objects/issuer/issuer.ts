/**
 * The platform's signing keys: makes them, keeps their private halves sealed, signs with them, and lets the next take over in time.
 * A private key never leaves this object. One object, named `platformIssuer`.
 */
import { DurableObject } from 'cloudflare:workers'
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { defaultLeadMs, pending, published, retirement, rotateEveryMs, signing } from '../../shared/identity/rotation.ts'
import { logFault } from '../../shared/log.ts'
import { Keyring, RootKeys } from '../../shared/secrets/envelope.ts'
import { type Migrations, migrate, storedSchema } from '../session/schema.ts'

/** A key as operators see it. Unix ms. */
export interface SigningKey {
  readonly kid: string
  readonly state: 'published' | 'signing' | 'verifying'
  readonly madeAt: number
  readonly signsFrom: number
  readonly retiresAt: number | null
}

/** What a token is to say. Unix seconds. */
export interface TokenClaims {
  readonly iss: string
  readonly aud: string
  readonly sub: string
  readonly tenant: string
  readonly scope: string
  readonly sid?: string | undefined
  /** RFC 8176; none: it is not said how. */
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

/** What the private keys are sealed for: there is no tenant of this name. */
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

export class Issuer extends DurableObject<StateEnv> {
  readonly #opened = new Map<string, CryptoKey>()
  #making: Promise<unknown> = Promise.resolve()

  /** The public keys that verify now, or soon will. Makes the first key. */
  async keySet(): Promise<{ keys: JWK[] }> {
    await this.#first()
    return { keys: published(this.#keys(), Date.now()).map(({ row }) => JSON.parse(row.public_jwk) as JWK) }
  }

  /** An access token (RFC 9068) that says `claims`. */
  async sign(claims: TokenClaims): Promise<string> {
    await this.#first()
    const key = await this.#signer()
    const { iss, aud, sub, iat, exp, ...own } = claims
    return new SignJWT({ ...own, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
      .setIssuer(iss)
      .setAudience(aud)
      .setSubject(sub)
      .setIssuedAt(iat)
      .setExpirationTime(exp)
      .sign(key.open)
  }

  /** Publishes another key, which signs after `leadMs`. While one waits to sign, that one is the next. */
  async rotate(leadMs = defaultLeadMs): Promise<SigningKey[]> {
    await this.#first()
    await this.#alone(async () => {
      if (!pending(this.#keys(), Date.now())) await this.#make(Date.now() + leadMs)
    })
    return this.list()
  }

  /** The keys that are in use, the newest first. */
  list(): SigningKey[] {
    if (storedSchema(this.ctx.storage.sql) === 0) return []
    const now = Date.now()
    const keys = published(this.#keys(), now)
    const current = signing(keys, now)?.kid
    const state = (key: Key) => (key.kid === current ? 'signing' : key.signsFrom > now ? 'published' : 'verifying')
    return keys
      .map((key) => ({ kid: key.kid, state: state(key), madeAt: key.madeAt, signsFrom: key.signsFrom, retiresAt: key.retiresAt }) as const)
      .sort((one, other) => other.signsFrom - one.signsFrom)
  }

  /** Drops a key that has become known: what it signed is refused. If it was the one that signs, the next one does, from now on. */
  async remove(kid: string): Promise<boolean> {
    const { sql } = this.ctx.storage
    if (storedSchema(sql) === 0) return false
    const { rowsWritten } = sql.exec('DELETE FROM signing_key WHERE kid = ?', kid)
    this.#opened.delete(kid)
    const now = Date.now()
    const next = pending(this.#keys(), now)
    if (!signing(this.#keys(), now) && next) sql.exec('UPDATE signing_key SET signs_from = ? WHERE kid = ?', now, next.kid)
    await this.#first()
    return rowsWritten > 0
  }

  /** Once in a while the next key by itself; and keys that verify nothing any more are forgotten. */
  override async alarm(): Promise<void> {
    const now = Date.now()
    this.ctx.storage.sql.exec('DELETE FROM signing_key WHERE retires_at <= ?', now)
    const current = signing(this.#keys(), now)
    if (current && now - current.signsFrom >= rotateEveryMs) await this.rotate()
    await this.#arm()
  }

  async #signer(): Promise<{ readonly kid: string; readonly open: CryptoKey }> {
    const key = signing(this.#keys(), Date.now())
    if (!key) throw new Error('no key signs')
    try {
      return { kid: key.kid, open: await this.#open(key) }
    } catch (error) {
      // Its root key is gone, and with it the private half. It goes on verifying; another must sign.
      logFault('issuer.key_lost', error, { kid: key.kid })
      await this.#alone(async () => {
        if (signing(this.#keys(), Date.now())?.kid === key.kid) await this.#make(Date.now())
      })
      const next = signing(this.#keys(), Date.now())
      if (!next || next.kid === key.kid) throw error
      return { kid: next.kid, open: await this.#open(next) }
    }
  }

  async #first(): Promise<void> {
    migrate(this.ctx.storage, storedSchema(this.ctx.storage.sql), migrations)
    if (signing(this.#keys(), Date.now())) return
    await this.#alone(async () => {
      if (!signing(this.#keys(), Date.now())) await this.#make(Date.now())
    })
  }

  /** Making a key takes a moment, in which others may ask for one too: they wait, and find this one. */
  #alone<T>(make: () => Promise<T>): Promise<T> {
    const made = this.#making.then(make)
    this.#making = made.catch(() => undefined)
    return made
  }

  /** Makes a key that signs from `signsFrom` on; those before it verify until the last token of theirs has ended. */
  async #make(signsFrom: number): Promise<void> {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const { d, ...open } = await exportJWK(privateKey)
    const kid = crypto.randomUUID()
    const roots = await this.#roots()
    const wrapped = await roots.makeDataKey(owner, kid)
    const ring = await Keyring.open(roots, owner, [{ ...wrapped, state: 'current' }])
    if (!ring.ok) throw new Error('a data key that was just made does not open')
    const sealed = await ring.value.seal(kid, JSON.stringify({ ...open, d }))
    const publicJwk = JSON.stringify({ ...open, kid, use: 'sig', alg: 'ES256' })
    const { sql } = this.ctx.storage
    this.ctx.storage.transactionSync(() => {
      sql.exec('UPDATE signing_key SET retires_at = ? WHERE retires_at IS NULL', retirement(signsFrom))
      sql.exec('INSERT INTO signing_key VALUES (?, ?, ?, ?, ?, ?, NULL)', kid, publicJwk, wrapped.wrapped, sealed, Date.now(), signsFrom)
    })
    await this.#arm()
  }

  /** Wakes when a key retires, or the next is due. */
  async #arm(): Promise<void> {
    const now = Date.now()
    const times = this.#keys().map(({ retiresAt, signsFrom }) => retiresAt ?? signsFrom + rotateEveryMs)
    if (times.length > 0) await this.ctx.storage.setAlarm(Math.max(Math.min(...times), now + 1_000))
  }

  async #open({ kid, row }: Key): Promise<CryptoKey> {
    const known = this.#opened.get(kid)
    if (known) return known
    const ring = await Keyring.open(await this.#roots(), owner, [{ id: kid, wrapped: row.wrapped, state: 'current' }])
    const text = ring.ok ? await ring.value.open(kid, row.sealed) : ring
    if (!text.ok) throw new Error(`signing key ${kid} cannot be unsealed: ${text.error.kind}. Is SOMA_ISSUER_ROOT_KEYS complete?`)
    const key = await importJWK(JSON.parse(text.value), 'ES256')
    if (!(key instanceof CryptoKey)) throw new Error('an ES256 key is a CryptoKey')
    this.#opened.set(kid, key)
    return key
  }

  async #roots(): Promise<RootKeys> {
    const roots = await RootKeys.parse(this.env.SOMA_ISSUER_ROOT_KEYS ?? '')
    if (!roots.ok) throw new Error(`SOMA_ISSUER_ROOT_KEYS: ${roots.error.detail}`)
    return roots.value
  }

  #keys(): Key[] {
    const rows = this.ctx.storage.sql.exec<Row>('SELECT * FROM signing_key').toArray()
    return rows.map((row) => ({ kid: row.kid, row, madeAt: row.made_at, signsFrom: row.signs_from, retiresAt: row.retires_at }))
  }
}
