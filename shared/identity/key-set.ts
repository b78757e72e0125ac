/**
 * Key sets that verify JWS signatures (RFC 7517). The algorithm comes from the key, never from a token's header.
 * A configured set is refused for any mistake. An issuer's published set stays usable: a key that cannot be used is skipped.
 */
import { importJWK, type JWK } from 'jose'
import { fromBase64Url } from '../lib/base64.ts'
import { fail, ok, type Result } from '../result.ts'

/** The signature algorithms that this code verifies (RFC 7518). */
export type Algorithm =
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'EdDSA'
  | 'HS256'
  | 'HS384'
  | 'HS512'

/** Algorithms with keys that may be published. The others must be requested by name. */
export const publicKeyAlgorithms = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
] as const satisfies readonly Algorithm[]

/** RFC 7518 §3.3. */
const minModulusBits = 2_048

const ellipticAlgorithms: Readonly<Record<string, Algorithm>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }
const rsaAlgorithms: readonly Algorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']
/** RFC 7518 §3.2: a secret has at least as many bytes as the hash. */
const secretAlgorithms: readonly (readonly [Algorithm, number])[] = [
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
]

const bytesOf = (text: string | undefined): Uint8Array => fromBase64Url(text ?? '') ?? new Uint8Array()

const toBigInt = (bytes: Uint8Array): bigint => bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n)

/** The primes with which a modulus of the flawed generator (CVE-2017-15361, "ROCA") is a power of 65537. */
const rocaPrimes = [
  3n,
  5n,
  7n,
  11n,
  13n,
  17n,
  19n,
  23n,
  29n,
  31n,
  37n,
  41n,
  43n,
  47n,
  53n,
  59n,
  61n,
  67n,
  71n,
  73n,
  79n,
  83n,
  89n,
  97n,
  101n,
].concat([103n, 107n, 109n, 113n, 127n, 131n, 137n, 139n, 149n, 151n, 157n, 163n, 167n])

/** Whether `number` is a power of 65537 modulo `prime`. */
function isPower(number: bigint, prime: bigint): boolean {
  const residue = number % prime
  for (let power = 1n, isFirst = true; isFirst || power !== 1n; power = (power * 65_537n) % prime, isFirst = false)
    if (power === residue) return true
  return false
}

/** Whether `modulus` can be factored because of its generator. A sound modulus matches by chance once in 2^27. */
const isFactorable = (modulus: bigint): boolean => rocaPrimes.every((prime) => isPower(modulus, prime))

function isStrongModulus(bytes: Uint8Array): boolean {
  const modulus = toBigInt(bytes)
  return modulus >> BigInt(minModulusBits - 1) > 0n && !isFactorable(modulus)
}

/** The algorithms of a key's type, before its own `alg`. */
function algorithmsOfKind(jwk: JWK): readonly Algorithm[] {
  switch (jwk.kty) {
    case 'EC': {
      const algorithm = ellipticAlgorithms[jwk.crv ?? '']
      return algorithm ? [algorithm] : []
    }
    case 'OKP':
      return jwk.crv === 'Ed25519' ? ['EdDSA'] : []
    case 'RSA':
      return isStrongModulus(bytesOf(jwk.n)) ? rsaAlgorithms : []
    case 'oct': {
      const bytes = bytesOf(jwk.k).length
      return secretAlgorithms.filter(([, min]) => bytes >= min).map(([name]) => name)
    }
    default:
      return []
  }
}

/** RFC 9864 renames EdDSA with Ed25519. */
export const canonicalAlgorithm = (name: string): string => (name === 'Ed25519' ? 'EdDSA' : name)

/** One verification key, with the algorithms that it fits. */
export class Key {
  readonly kid: string | undefined
  readonly isSecret: boolean
  readonly isForSignatures: boolean
  /** Empty: the key verifies nothing, because of its type, its use or its weakness. */
  readonly algorithms: readonly Algorithm[]
  readonly #jwk: JWK
  readonly #imported = new Map<string, ReturnType<typeof importJWK>>()

  constructor(jwk: JWK) {
    const { alg, use, key_ops } = jwk
    this.isForSignatures = (use === undefined || use === 'sig') && (key_ops === undefined || key_ops.includes('verify'))
    this.kid = jwk.kid
    this.isSecret = jwk.kty === 'oct'
    this.algorithms = this.isForSignatures
      ? algorithmsOfKind(jwk).filter((name) => alg === undefined || canonicalAlgorithm(alg) === name)
      : []
    this.#jwk = jwk
  }

  /** The imported key for `algorithm`. Imported once. */
  import(algorithm: Algorithm): ReturnType<typeof importJWK> {
    const cached = this.#imported.get(algorithm)
    if (cached) return cached
    const { alg: _alg, key_ops: _keyOps, ext: _ext, use: _use, ...jwk } = this.#jwk
    const imported = importJWK(jwk as JWK, algorithm)
    this.#imported.set(algorithm, imported)
    return imported
  }
}

/** Candidates of one id that are tried. An issuer may use one id for an unmarked encryption key and a signing key. */
const maxCandidates = 4

const isRecord = (value: unknown): value is JWK =>
  typeof value === 'object' && value !== null && 'kty' in value && typeof value.kty === 'string'

const isPrivate = ({ kty, d }: JWK): boolean => kty !== 'oct' && d !== undefined

/** The list in a JWK set; null: it is none. */
function listOf(jwks: unknown): readonly unknown[] | null {
  const list = typeof jwks === 'object' && jwks !== null && 'keys' in jwks ? jwks.keys : undefined
  return Array.isArray(list) ? list : null
}

const notASet = { detail: 'a key set is an object with a list `keys`' }

/** A set of verification keys. Reuse it, because it caches imported keys. */
export class KeySet {
  readonly #keys: readonly Key[]

  private constructor(keys: readonly Key[]) {
    this.#keys = keys
  }

  /**
   * Parses a configured JWK set (RFC 7517 §5). Skips keys that cannot verify. Refuses a set with two signature keys of one id, with secrets
   * beside public keys, or with a private key.
   */
  static parse(jwks: unknown): Result<KeySet, { readonly detail: string }> {
    const list = listOf(jwks)
    if (!list) return fail(notASet)
    if (!list.every(isRecord)) return fail({ detail: 'a key has no `kty`' })
    if (list.some(isPrivate)) return fail({ detail: 'the set holds a private key' })
    const keys = list.map((jwk) => new Key(jwk))
    const ids = keys.filter(({ isForSignatures }) => isForSignatures).flatMap(({ kid }) => kid ?? [])
    if (new Set(ids).size < ids.length) return fail({ detail: 'two keys have one id' })
    if (keys.some(({ isSecret }) => isSecret) && keys.some(({ isSecret }) => !isSecret)) {
      return fail({ detail: 'the set mixes secrets and public keys' })
    }
    return ok(new KeySet(keys))
  }

  /**
   * The keys of an issuer's published JWK set that verify. Skips every other entry: encryption keys, weak and unknown keys, entries that
   * are no key, secrets, and published private keys. Fails without any key that verifies.
   */
  static fromIssuer(jwks: unknown): Result<KeySet, { readonly detail: string }> {
    const list = listOf(jwks)
    if (!list) return fail(notASet)
    const usable = list.filter(isRecord).filter((jwk) => !isPrivate(jwk) && jwk.kty !== 'oct')
    const keys = usable.map((jwk) => new Key(jwk)).filter(({ algorithms }) => algorithms.length > 0)
    return keys.length > 0 ? ok(new KeySet(keys)) : fail({ detail: 'no key of the set verifies signatures' })
  }

  /** The keys that fit this id and algorithm, at most `maxCandidates`. Without an id, there must be exactly one. */
  find(kid: string | undefined, algorithm: Algorithm): readonly Key[] {
    const fitting = this.#keys.filter((key) => key.algorithms.includes(algorithm) && (kid === undefined || key.kid === kid))
    return kid === undefined && fitting.length > 1 ? [] : fitting.slice(0, maxCandidates)
  }
}
