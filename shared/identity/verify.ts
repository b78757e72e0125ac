/**
 * Verifies JWS signatures with a key set. The algorithm comes from the key. A token's header only selects among the keys, and must agree
 * with the selected one. Senders see one refusal for all causes; `kind` is for our logs.
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

/** `unknown_key`: well-formed, but no key fits; a new key set may help. `invalid`: a wrong signature or claim. */
export type JwsRefusal = { readonly kind: 'malformed' | 'unknown_key' | 'invalid' }

const malformed: JwsRefusal = { kind: 'malformed' }
const unknownKey: JwsRefusal = { kind: 'unknown_key' }
const invalid: JwsRefusal = { kind: 'invalid' }

/** Three base64url parts and nothing else. jose accepts a trailing line break. */
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
const sameAlgorithm = (name: string): string => (name === 'Ed25519' ? 'EdDSA' : name)

class Key {
  readonly kid: string | undefined
  readonly isSecret: boolean
  /** Empty: the key verifies nothing, because of its type, its use or its weakness. */
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

  /** The imported key for `algorithm`. Imported once. */
  import(algorithm: Algorithm): ReturnType<typeof importJWK> {
    const known = this.#imported.get(algorithm)
    if (known) return known
    const { alg: _alg, key_ops: _keyOps, ext: _ext, use: _use, ...jwk } = this.#jwk
    const imported = importJWK(jwk as JWK, algorithm)
    this.#imported.set(algorithm, imported)
    return imported
  }
}

/** A set of verification keys. Reuse it, because it caches imported keys. */
export class KeySet {
  readonly #keys: readonly Key[]

  private constructor(keys: readonly Key[]) {
    this.#keys = keys
  }

  /**
   * Parses a JWK set (RFC 7517 §5). Skips keys that cannot verify. Refuses a set with a duplicate id, with both secrets and public keys, or
   * with a private key.
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

  /** The only key that fits this id and algorithm. Without an id, there must be exactly one candidate. */
  find(kid: string | undefined, algorithm: Algorithm): Key | null {
    const fitting = this.#keys.filter((key) => key.algorithms.includes(algorithm) && (kid === undefined || key.kid === kid))
    return fitting.length === 1 ? (fitting[0] ?? null) : null
  }
}

export interface VerifyOptions {
  /** Accepted algorithms. Default: `publicKeyAlgorithms`. */
  readonly algorithms?: readonly Algorithm[]
}

interface Chosen {
  readonly key: Awaited<ReturnType<typeof importJWK>>
  readonly algorithm: Algorithm
}

function parseHeader(token: string): ReturnType<typeof decodeProtectedHeader> | null {
  if (token.length > maxTokenUnits || !tokenShape.test(token)) return null
  // Another spelling of the same bytes is refused. jose ignores unused base64 bits.
  if (!token.split('.').every((part) => fromBase64Url(part))) return null
  try {
    return decodeProtectedHeader(token)
  } catch {
    return null
  }
}

/** Header parameters with which a token would bring its own key or rules. No extension is supported. */
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

/** jose's option for the accepted algorithm, taken from the key. */
const joseAlgorithms = (algorithm: Algorithm): string[] => (algorithm === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [algorithm])

/** The payload of `token`, if a key of the set signed it. Checks no claims. */
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

/** The claims of `token`, if a key of the set signed it and `options` (issuer, audience, typ, times …) hold. */
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
