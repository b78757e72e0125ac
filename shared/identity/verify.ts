/**
 * Verifies JWS signatures with a key set. The algorithm comes from the key. A token's header only selects among the keys, and must agree
 * with the selected one.
 */
import {
  compactVerify,
  decodeProtectedHeader,
  errors,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import { fromBase64Url } from '../lib/base64.ts'
import { fail, ok, type Result } from '../result.ts'
import type { CredentialFault } from './credential-fault.ts'
import { type Algorithm, canonicalAlgorithm, type Key, type KeySet, publicKeyAlgorithms } from './key-set.ts'
import { clockLeewaySeconds, maxTokenUnits } from './token-limits.ts'

/**
 * `unknown_key`: well-formed, but no key fits; a new key set may help. `invalid`: a wrong algorithm, signature or claim. `fault`: the
 * wrong claim; absent for a wrong signature.
 */
export interface JwsRefusal {
  readonly kind: 'malformed' | 'unknown_key' | 'invalid'
  readonly fault?: CredentialFault
}

const malformed: JwsRefusal = { kind: 'malformed' }
const unknownKey: JwsRefusal = { kind: 'unknown_key' }
const invalid: JwsRefusal = { kind: 'invalid' }

/** Three base64url parts and nothing else. jose accepts a trailing line break. */
const tokenShape = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Options of a verification. */
export interface VerifyOptions {
  /** Accepted algorithms. Default: `publicKeyAlgorithms`. */
  readonly algorithms?: readonly Algorithm[]
}

/** The claims and types that a token must have. */
export interface JwtRules extends VerifyOptions, Omit<JWTVerifyOptions, 'algorithms' | 'crit' | 'typ' | 'clockTolerance'> {
  /** The accepted types (`typ`), in lower case and without `application/`. Null: a token without one. Default: any. */
  readonly types?: readonly (string | null)[]
}

interface CandidateKeys {
  readonly keys: readonly Key[]
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
const forbiddenParameters = ['jwk', 'jku', 'x5u', 'crit', 'b64']

function selectKeys(token: string, keys: KeySet, { algorithms = publicKeyAlgorithms }: VerifyOptions): Result<CandidateKeys, JwsRefusal> {
  const header = parseHeader(token)
  if (!header || forbiddenParameters.some((name) => Object.hasOwn(header, name))) return fail(malformed)
  const { alg, kid } = header
  if (typeof alg !== 'string' || (kid !== undefined && typeof kid !== 'string')) return fail(malformed)
  const algorithm = algorithms.find((name) => name === canonicalAlgorithm(alg))
  if (!algorithm) return fail(invalid)
  const fitting = keys.find(kid, algorithm)
  return fitting.length > 0 ? ok({ keys: fitting, algorithm }) : fail(unknownKey)
}

/** jose's option for the accepted algorithm, taken from the key. */
const joseAlgorithms = (algorithm: Algorithm): string[] => (algorithm === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [algorithm])

type ImportedKey = Awaited<ReturnType<Key['import']>>

/** The result of `check` with the first key that made the signature. */
async function withFittingKey<T>(
  { keys, algorithm }: CandidateKeys,
  check: (key: ImportedKey) => Promise<T>,
): Promise<Result<T, JwsRefusal>> {
  let refusal = unknownKey
  for (const key of keys) {
    let imported: ImportedKey
    try {
      imported = await key.import(algorithm)
    } catch {
      continue
    }
    try {
      return ok(await check(imported))
    } catch (error) {
      refusal = refusalOf(error)
      if (refusal.fault) break
    }
  }
  return fail(refusal)
}

/** jose checks the claims after the signature, so a `fault` reveals nothing about a token of another signer. */
function refusalOf(error: unknown): JwsRefusal {
  if (error instanceof errors.JWTExpired) return { kind: 'invalid', fault: 'expired' }
  if (!(error instanceof errors.JWTClaimValidationFailed)) return invalid
  return { kind: 'invalid', fault: error.reason === 'check_failed' ? (faultOfClaim[error.claim] ?? 'claims') : 'claims' }
}

const faultOfClaim: Readonly<Record<string, CredentialFault>> = { aud: 'audience', iss: 'issuer', nbf: 'not_yet_valid' }

/** The payload of `token`, if a key of the set signed it. Checks no claims. */
export async function verifyJws(token: string, keys: KeySet, options: VerifyOptions = {}): Promise<Result<Uint8Array, JwsRefusal>> {
  const candidates = selectKeys(token, keys, options)
  if (!candidates.ok) return candidates
  const algorithms = joseAlgorithms(candidates.value.algorithm)
  return withFittingKey(candidates.value, async (key) => (await compactVerify(token, key, { algorithms })).payload)
}

/**
 * The claims of `token`, if a key of the set signed it and `rules` (issuer, audience, types …) hold. Clocks may differ by
 * `clockLeewaySeconds`.
 */
export async function verifyJwt(
  token: string,
  keys: KeySet,
  { algorithms, types, ...claimRules }: JwtRules,
): Promise<Result<JWTPayload, JwsRefusal>> {
  const candidates = selectKeys(token, keys, algorithms ? { algorithms } : {})
  if (!candidates.ok) return candidates.error.kind === 'invalid' ? fail({ kind: 'invalid', fault: 'algorithm' }) : candidates
  const options = { ...claimRules, clockTolerance: clockLeewaySeconds, algorithms: joseAlgorithms(candidates.value.algorithm) }
  const verified = await withFittingKey(candidates.value, (key) => jwtVerify(token, key, options))
  if (!verified.ok) return verified
  const { payload, protectedHeader } = verified.value
  return types && !types.includes(typeOf(protectedHeader)) ? fail({ kind: 'invalid', fault: 'type' }) : ok(payload)
}

const typeOf = ({ typ }: JWTHeaderParameters): string | null => (typeof typ === 'string' ? mediaSubtype(typ) : null)

/** `typ` in lower case and without `application/`, which may be left out (RFC 7515 §4.1.9). */
export const mediaSubtype = (typ: string): string => typ.toLowerCase().replace(/^application\//, '')
