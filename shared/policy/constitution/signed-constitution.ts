/** The signature and the version of an uploaded constitution. Evaluates nothing. Pure except for WebCrypto. */
import { z } from 'zod'
import type { KeySet } from '../../identity/key-set.ts'
import { verifyJws } from '../../identity/verify.ts'
import { tryParseJson } from '../../lib/parse-json.ts'
import { textHash } from '../../lib/text-hash.ts'
import type { InvalidField } from '../../problem.ts'
import { fail, ok, type Result } from '../../result.ts'
import { maxRevisionStep } from '../decision-result.ts'
import type { ConstitutionExamination } from '../sandbox.ts'
import type { ConstitutionStamp } from './constitution.ts'

/** The signed claims, as compact JWS. */
const Claims = z.object({
  use: z.literal('soma-constitution'),
  /** The tenant that may use it; `*`: any tenant. */
  tenant: z.string(),
  version: z.int(),
  /** SHA-256 of the canonical JSON (RFC 8785), in hex: the `checksum`. */
  sha256: z.string(),
})
type Claims = z.infer<typeof Claims>

/** Why a constitution is refused, for its uploader. */
export interface ConstitutionRefusal {
  readonly why: 'signature' | 'version' | 'document' | 'tests'
  readonly detail: string
  readonly errors?: readonly InvalidField[]
}

/** The problem of a document without canonical JSON. */
export const noCanonicalText: InvalidField = { pointer: '', detail: 'it has no canonical JSON (RFC 8785)' }

const refuse = (why: ConstitutionRefusal['why'], detail: string, errors?: readonly InvalidField[]) =>
  fail<ConstitutionRefusal>({ why, detail, ...(errors ? { errors } : {}) })

/** The signed claims of a constitution for `tenant`. */
export async function verifySignedConstitution(
  signature: string,
  keys: KeySet,
  tenant: string,
): Promise<Result<Claims, ConstitutionRefusal>> {
  const verified = await verifyJws(signature, keys)
  if (!verified.ok) return refuse('signature', 'no trusted policy key made the signature')
  const claims = Claims.safeParse(tryParseJson(new TextDecoder().decode(verified.value)))
  if (!claims.success) return refuse('signature', 'the signed claims are not for a constitution')
  if (claims.data.tenant !== tenant && claims.data.tenant !== '*') return refuse('signature', 'the signature is for another tenant')
  return ok(claims.data)
}

/**
 * Whether the signed document may be loaded. `newest` is the tenant's newest version so far. This function computes the hash itself. So
 * the text is the signed one, whatever the sandbox returned.
 */
export function acceptConstitution(
  { text, problems, wellFormed }: ConstitutionExamination,
  claims: Claims,
  newest: number,
): Result<{ readonly stamp: ConstitutionStamp; readonly text: string }, ConstitutionRefusal> {
  const firstProblem = `${problems[0]?.pointer ?? ''}: ${problems[0]?.detail ?? ''}`
  const stamp = wellFormed ? stampOf(text) : null
  if (!stamp) return refuse('document', firstProblem, problems)
  if (claims.sha256 !== stamp.checksum) return refuse('signature', 'the signature is for another document')
  if (claims.version !== stamp.version) return refuse('signature', 'the signature is for another version')
  if (stamp.version <= newest) return refuse('version', `version ${stamp.version} is not newer than ${newest}`)
  const problem = versionProblem(stamp.version, newest)
  if (problem) return refuse('version', `version ${stamp.version} ${problem}`)
  if (problems.length > 0) return refuse('tests', firstProblem, problems)
  return ok({ stamp, text })
}

/** The stamp of a valid document in canonical JSON; null: it has no version. */
export function stampOf(text: string): ConstitutionStamp | null {
  const document = z.object({ version: z.int() }).safeParse(tryParseJson(text))
  return document.success ? { version: document.data.version, checksum: textHash(text) } : null
}

/** Why a tenant with the newest version `newest` cannot load `version`, as the end of a sentence; null: it can. */
export function versionProblem(version: number, newest: number): string | null {
  if (version <= newest) return `must be higher than ${newest}`
  return version > newest + maxRevisionStep ? `must not be more than ${maxRevisionStep} above ${newest}` : null
}
