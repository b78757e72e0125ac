/**
 * JWS signatures, verified with a key set. The algorithm comes from the key: what a token says of itself only chooses among the keys,
 * and must then agree with the one chosen. Refusals are alike to whoever sent the token; `kind` is for our logs.
 */
import { compactVerify, decodeProtectedHeader, importJWK, type JWK, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { fromBase64Url } from '../lib/base64.ts'
import { fail, ok, type Result } from '../result.ts'

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

/** Those whose keys may be published. The others must be asked for by name. */
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

/**
 * `unknown_key`: well-formed, but no key of the set fits; fetching the set again may help · `invalid`: its signature, or a claim, is
 * not right, and nothing helps.
 */
export type JwsRefusal = { readonly kind: 'malformed' | 'unknown_key' | 'invalid' }

const malformed: JwsRefusal = { kind: 'malformed' }
const unknownKey: JwsRefusal = { kind: 'unknown_key' }
const invalid: JwsRefusal = { kind: 'invalid' }

/** Three parts of base64url and nothing around them: jose takes a line break at the end. */
const tokenShape = /^[\w-]+\.[\w-]+\.[\w-]+$/
const maxTokenUnits = 8_192

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

/** The primes for which a modulus of the flawed generator (CVE-2017-15361, "ROCA") is a power of 65537. */
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
  const wanted = number % prime
  for (let power = 1n, first = true; first || power !== 1n; power = (power * 65_537n) % prime, first = false)
    if (power === wanted) return true
  return false
}

/** Whether the factors of `modulus` can be found, because of how it was made. A sound modulus passes by chance once in 2^27. */
const isFactorable = (modulus: bigint): boolean => rocaPrimes.every((prime) => isPower(modulus, prime))

function isStrongModulus(bytes: Uint8Array): boolean {
  const modulus = toBigInt(bytes)
  return modulus >> BigInt(minModulusBits - 1) > 0n && !isFactorable(modulus)
}

/** What a key of this kind can verify, before its own `alg` is heard. */
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
const sameAlgorithm = (name: string): string => (name === 'Ed25519' ? 'EdDSA' : name)

class Key {
  readonly kid: string | undefined
  readonly isSecret: boolean
  /** Empty: this key verifies nothing, whether by its kind, its use or its weakness. */
  readonly algorithms: readonly Algorithm[]
  readonly #jwk: JWK
  readonly #imported = new Map<string, ReturnType<typeof importJWK>>()

  constructor(jwk: JWK) {
    const { alg, use, key_ops } = jwk
    const verifies = (use === undefined || use === 'sig') && (key_ops === undefined || key_ops.includes('verify'))
    this.kid = jwk.kid
    this.isSecret = jwk.kty === 'oct'
    this.algorithms = verifies ? algorithmsOfKind(jwk).filter((name) => alg === undefined || sameAlgorithm(alg) === name) : []
    this.#jwk = jwk
  }

  /** The key for `algorithm`, imported once. */
  import(algorithm: Algorithm): ReturnType<typeof importJWK> {
    const known = this.#imported.get(algorithm)
    if (known) return known
    const { alg: _alg, key_ops: _keyOps, ext: _ext, use: _use, ...jwk } = this.#jwk
    const imported = importJWK(jwk as JWK, algorithm)
    this.#imported.set(algorithm, imported)
    return imported
  }
}

/** A set of keys to verify with. Make it once and keep it: it remembers what it imported. */
export class KeySet {
  readonly #keys: readonly Key[]

  private constructor(keys: readonly Key[]) {
    this.#keys = keys
  }

  /**
   * A JWK set (RFC 7517 §5). Keys that cannot verify are passed over; a set is refused as a whole if two keys have one id, if it mixes
   * secrets with public keys, or if it gives a private key away.
   */
  static parse(jwks: unknown): Result<KeySet, { readonly detail: string }> {
    const list = typeof jwks === 'object' && jwks !== null && 'keys' in jwks ? jwks.keys : undefined
    if (!Array.isArray(list)) return fail({ detail: 'a key set is an object with a list `keys`' })
    if (list.some((jwk) => typeof jwk !== 'object' || jwk === null || typeof jwk.kty !== 'string'))
      return fail({ detail: 'a key has no `kty`' })
    const jwksList = list as JWK[]
    if (jwksList.some((jwk) => jwk.kty !== 'oct' && jwk.d !== undefined)) return fail({ detail: 'the set holds a private key' })
    const ids = jwksList.map(({ kid }) => kid).filter((kid) => kid !== undefined)
    if (new Set(ids).size < ids.length) return fail({ detail: 'two keys have one id' })
    const keys = jwksList.map((jwk) => new Key(jwk))
    if (keys.some(({ isSecret }) => isSecret) && keys.some(({ isSecret }) => !isSecret)) {
      return fail({ detail: 'the set mixes secrets and public keys' })
    }
    return ok(new KeySet(keys))
  }

  /** The one key that a token with this id and algorithm can mean. Without an id, there must be no choice. */
  find(kid: string | undefined, algorithm: Algorithm): Key | null {
    const fitting = this.#keys.filter((key) => key.algorithms.includes(algorithm) && (kid === undefined || key.kid === kid))
    return fitting.length === 1 ? (fitting[0] ?? null) : null
  }
}

export interface VerifyOptions {
  /** What may be used, of what the keys can do: `publicKeyAlgorithms` unless told otherwise. */
  readonly algorithms?: readonly Algorithm[]
}

interface Chosen {
  readonly key: Awaited<ReturnType<typeof importJWK>>
  readonly algorithm: Algorithm
}

function parseHeader(token: string): ReturnType<typeof decodeProtectedHeader> | null {
  if (token.length > maxTokenUnits || !tokenShape.test(token)) return null
  // Another spelling of the same bytes is another token: jose ignores the bits that base64 leaves over.
  if (!token.split('.').every((part) => fromBase64Url(part))) return null
  try {
    return decodeProtectedHeader(token)
  } catch {
    return null
  }
}

/** Parameters by which a token would bring its own key, or its own rules. We know none of their extensions. */
const forbidden = ['jwk', 'jku', 'x5u', 'crit', 'b64']

async function choose(
  token: string,
  keys: KeySet,
  { algorithms = publicKeyAlgorithms }: VerifyOptions,
): Promise<Result<Chosen, JwsRefusal>> {
  const header = parseHeader(token)
  if (!header || forbidden.some((name) => Object.hasOwn(header, name))) return fail(malformed)
  const { alg, kid } = header
  if (typeof alg !== 'string' || (kid !== undefined && typeof kid !== 'string')) return fail(malformed)
  const algorithm = algorithms.find((name) => name === sameAlgorithm(alg))
  if (!algorithm) return fail(invalid)
  const key = keys.find(kid, algorithm)
  if (!key) return fail(unknownKey)
  try {
    return ok({ key: await key.import(algorithm), algorithm })
  } catch {
    return fail(unknownKey)
  }
}

/** jose's name for what may stand in the header: the algorithm that the key has. */
const joseAlgorithms = (algorithm: Algorithm): string[] => (algorithm === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [algorithm])

/** What `token` says, if a key of the set signed it. Says nothing about claims. */
export async function verifyJws(token: string, keys: KeySet, options: VerifyOptions = {}): Promise<Result<Uint8Array, JwsRefusal>> {
  const chosen = await choose(token, keys, options)
  if (!chosen.ok) return chosen
  const { key, algorithm } = chosen.value
  try {
    return ok((await compactVerify(token, key, { algorithms: joseAlgorithms(algorithm) })).payload)
  } catch {
    return fail(invalid)
  }
}

/** The claims of `token`, if a key of the set signed it and `options` (issuer, audience, typ, times …) are met. */
export async function verifyJwt(
  token: string,
  keys: KeySet,
  { algorithms, ...claims }: VerifyOptions & Omit<JWTVerifyOptions, 'algorithms' | 'crit'>,
): Promise<Result<JWTPayload, JwsRefusal>> {
  const chosen = await choose(token, keys, algorithms ? { algorithms } : {})
  if (!chosen.ok) return chosen
  const { key, algorithm } = chosen.value
  try {
    return ok((await jwtVerify(token, key, { ...claims, algorithms: joseAlgorithms(algorithm) })).payload)
  } catch {
    return fail(invalid)
  }
}
