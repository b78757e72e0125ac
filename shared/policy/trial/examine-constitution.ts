/** Examines a constitution: its fields, with pointers, and its own tests. Pure. */
import type { z } from 'zod'
import { jsonPointer } from '../../lib/json-pointer.ts'
import { runToEnd } from '../../lib/steps.ts'
import type { InvalidField } from '../../problem.ts'
import { FuelMeter } from '../../rego/meter.ts'
import type { Plan } from '../../rego/plan.ts'
import { violations } from '../constitution/apply.ts'
import {
  articleText,
  Constitution,
  canonicalText,
  compileConstitution,
  type LoadedConstitution,
  maxConstitutionUnits,
} from '../constitution/constitution.ts'
import { noCanonicalText } from '../constitution/signed-constitution.ts'
import { type Pause, runInSlices, trialFuel } from './time-slices.ts'

/** Fuel for all tests of a document together: each may use `trialFuel`, but not every one of 500. */
const maxTestsFuel = 2_000_000

/** The result of an examination. `loaded`: null unless the document is well-formed. */
export interface Examination {
  readonly loaded: LoadedConstitution | null
  readonly text: string
  readonly problems: readonly InvalidField[]
  /** Whether everything but its tests is valid. */
  readonly wellFormed: boolean
}

/** All problems of a document, found without a pause. `plan` must have the entry point `soma/constitution/refusals`. */
export const examine = (document: unknown, plan: Plan, at: number): Examination => runToEnd(examination(document, plan, at))

/** All problems of a document, with a pause for other requests after some tests. */
export const examineInSlices = (document: unknown, plan: Plan, at: number, pause: Pause): Promise<Examination> =>
  runInSlices(examination(document, plan, at), pause)

function* examination(document: unknown, plan: Plan, at: number): Generator<number, Examination> {
  const text = canonicalText(document) ?? ''
  const invalid = (problems: readonly InvalidField[]): Examination => ({ loaded: null, text, problems, wellFormed: false })
  if (text === '') return invalid([noCanonicalText])
  if (text.length > maxConstitutionUnits)
    return invalid([{ pointer: '', detail: `it has ${text.length} UTF-16 units, more than ${maxConstitutionUnits}` }])
  const parsed = Constitution.safeParse(document)
  if (!parsed.success) return invalid(parsed.error.issues.flatMap(problemsOf))
  const loaded = compileConstitution(parsed.data, text)
  return { loaded, text, problems: yield* failures(loaded, plan, at), wellFormed: true }
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
    if (!deniedBy.has(articleText(article, says))) problems.push({ pointer: `/rules/${index}`, detail: 'no test is denied by this rule' })
  return problems
}

/** Names the unknown field itself, not the object that holds it. */
function problemsOf(issue: z.core.$ZodIssue): InvalidField[] {
  const pointer = jsonPointer(issue.path)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ pointer: `${pointer}/${key}`, detail: 'there is no such field' }))
  return [{ pointer, detail: issue.message }]
}
