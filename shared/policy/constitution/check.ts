/**
 * Validates a constitution: its fields, with pointers; its own tests; and for loading, its signature and tenant. Pure except for WebCrypto.
 * A refused document changes nothing.
 */
import { z } from 'zod'
import type { KeySet } from '../../identity/key-set.ts'
import { verifyJws } from '../../identity/verify.ts'
import type { InvalidField } from '../../problem.ts'
import { FuelMeter } from '../../rego/meter.ts'
import type { Plan } from '../../rego/plan.ts'
import { fail, ok, type Result } from '../../result.ts'
import { trialFuel } from '../bundle.ts'
import { maxRevisionStep } from '../decision-result.ts'
import { inOneTurn, inTurns, type Pause } from '../turns.ts'
import { violations } from './apply.ts'
import { articleWords, Constitution, canonicalText, derive, type LoadedConstitution, maxConstitutionUnits } from './constitution.ts'

/** Fuel for all tests of a document together: each may use `trialFuel`, but not every one of 500. */
const maxTestsFuel = 2_000_000

/** The signed claims, as compact JWS. */
const Claims = z.object({
  use: z.literal('soma-constitution'),
  /** The tenant that may use it; `*`: any tenant. */
  tenant: z.string(),
  version: z.int(),
  /** SHA-256 of the canonical JSON (RFC 8785), in hex: the `checksum`. */
  sha256: z.string(),
})

/** Why a constitution is refused, for its uploader. */
export interface ConstitutionRefusal {
  readonly why: 'signature' | 'version' | 'document' | 'tests'
  readonly detail: string
  readonly errors?: readonly InvalidField[]
}

export interface Examined {
  readonly loaded: LoadedConstitution | null
  readonly text: string
  readonly problems: readonly InvalidField[]
  /** Whether everything but its tests is valid. */
  readonly wellFormed: boolean
}

/** All problems of a document, found in one turn. `plan` must have the entry point `soma/constitution/refusals`. */
export const examine = (document: unknown, plan: Plan, at: number): Examined => inOneTurn(examination(document, plan, at))

/** All problems of a document, with a pause for other requests after some tests. */
export const examineInTurns = (document: unknown, plan: Plan, at: number, pause: Pause): Promise<Examined> =>
  inTurns(examination(document, plan, at), pause)

function* examination(document: unknown, plan: Plan, at: number): Generator<number, Examined> {
  const text = canonicalText(document) ?? ''
  const invalid = (problems: readonly InvalidField[]): Examined => ({ loaded: null, text, problems, wellFormed: false })
  if (text === '') return invalid([{ pointer: '', detail: 'it has no canonical JSON (RFC 8785)' }])
  if (text.length > maxConstitutionUnits)
    return invalid([{ pointer: '', detail: `it has ${text.length} UTF-16 units, more than ${maxConstitutionUnits}` }])
  const parsed = Constitution.safeParse(document)
  if (!parsed.success) return invalid(parsed.error.issues.flatMap(problemsOf))
  const loaded = derive(parsed.data, text)
  return { loaded, text, problems: yield* failures(loaded, plan, at), wellFormed: true }
}

/** Validates `document` for `tenant`. `newest` is the tenant's newest version so far. */
export async function admitConstitution(
  { constitution, signature }: { readonly constitution: unknown; readonly signature: string },
  keys: KeySet,
  tenant: string,
  newest: number,
  plan: Plan,
  at: number,
  pause: Pause = async () => {},
): Promise<Result<LoadedConstitution & { readonly text: string }, ConstitutionRefusal>> {
  const refuse = (why: ConstitutionRefusal['why'], detail: string, errors?: readonly InvalidField[]) =>
    fail<ConstitutionRefusal>({ why, detail, ...(errors ? { errors } : {}) })
  const verified = await verifyJws(signature, keys)
  if (!verified.ok) return refuse('signature', 'no trusted policy key made the signature')
  const claims = Claims.safeParse(parse(new TextDecoder().decode(verified.value)))
  if (!claims.success) return refuse('signature', 'the signed claims are not for a constitution')
  if (claims.data.tenant !== tenant && claims.data.tenant !== '*') return refuse('signature', 'the signature is for another tenant')
  const { loaded, text, problems, wellFormed } = await examineInTurns(constitution, plan, at, pause)
  const firstProblem = `${problems[0]?.pointer ?? ''}: ${problems[0]?.detail ?? ''}`
  if (!loaded || !wellFormed) return refuse('document', firstProblem, problems)
  if (claims.data.sha256 !== loaded.stamp.checksum) return refuse('signature', 'the signature is for another document')
  if (claims.data.version !== loaded.stamp.version) return refuse('signature', 'the signature is for another version')
  if (loaded.stamp.version <= newest) return refuse('version', `version ${loaded.stamp.version} is not newer than ${newest}`)
  const misplaced = versionFault(loaded.stamp.version, newest)
  if (misplaced) return refuse('version', `version ${loaded.stamp.version} ${misplaced}`)
  if (problems.length > 0) return refuse('tests', firstProblem, problems)
  return ok({ ...loaded, text })
}

/** Why a tenant with the newest version `newest` cannot load `version`, to follow its name; null: it can. */
export function versionFault(version: number, newest: number): string | null {
  if (version <= newest) return `must be higher than ${newest}`
  return version > newest + maxRevisionStep ? `must not be more than ${maxRevisionStep} above ${newest}` : null
}

/** The tests that fail, and the rules that no test covers. */
function* failures(loaded: LoadedConstitution, plan: Plan, at: number): Generator<number, InvalidField[]> {
  const { tests, rules } = loaded.document
  const problems: InvalidField[] = []
  const deniedBy = new Set<string>()
  let fuel = maxTestsFuel
  for (const [index, { input, allow }] of tests.entries()) {
    const pointer = `/tests/${index}`
    if (fuel <= 0) {
      problems.push({ pointer, detail: 'the tests before it used up the fuel of all tests' })
      break
    }
    const meter = new FuelMeter(Math.min(trialFuel, fuel))
    const before = meter.fuel
    const articles = violations(plan, loaded, input, { at, meter })
    fuel -= before - meter.fuel
    yield before - meter.fuel
    if (!articles.ok) problems.push({ pointer, detail: `the rules could not be evaluated: ${articles.error.message}` })
    else if (allow && articles.value.length > 0) problems.push({ pointer, detail: `it is denied: ${articles.value.join('; ')}` })
    else if (!allow && articles.value.length === 0) problems.push({ pointer, detail: 'no article denies the input' })
    else for (const article of articles.value) deniedBy.add(article)
  }
  for (const [index, { article, says }] of rules.entries())
    if (!deniedBy.has(articleWords(article, says))) problems.push({ pointer: `/rules/${index}`, detail: 'no test is denied by this rule' })
  return problems
}

/** Names the unknown field itself, not the object that holds it. */
function problemsOf(issue: z.core.$ZodIssue): InvalidField[] {
  const pointer = issue.path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ pointer: `${pointer}/${key}`, detail: 'there is no such field' }))
  return [{ pointer, detail: issue.message }]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
