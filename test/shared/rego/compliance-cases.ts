/** Runs cases of OPA's compliance suite, compiled to plans. Each passes, fails, or names the missing builtins. */
import { evaluateAll } from '../../../shared/rego/evaluate.ts'
import { parseJson } from '../../../shared/rego/json.ts'
import { loadPlan } from '../../../shared/rego/plan.ts'
import {
  compare,
  Dict,
  equal,
  formatKey,
  isArray,
  isObj,
  type Json,
  lookUp,
  RegoSet,
  type RegoValue,
  sortedEntries,
} from '../../../shared/rego/value.ts'
import { parseTerm } from './term.ts'

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'skipped'; readonly missing: readonly string[] }

export interface Tally {
  passed: number
  readonly failed: string[]
  /** Skipped cases, by missing builtin. */
  readonly skipped: Map<string, number>
}

const passed: Outcome = { kind: 'passed' }
const failed = (detail: string): Outcome => ({ kind: 'failed', detail })

/** OPA's error codes, and the equivalent errors here. */
const kinds: Readonly<Record<string, string>> = {
  eval_conflict_error: 'conflict',
  eval_type_error: 'builtin',
  eval_builtin_error: 'builtin',
}

/** A result as JSON: sets become arrays, and every digit is kept. */
function toJsonValue(value: RegoValue, sort: boolean): RegoValue {
  if (value instanceof RegoSet) return toJsonValue(value.sorted(), sort)
  if (isArray(value)) {
    const members = value.map((member) => toJsonValue(member, sort))
    return sort ? members.sort(compare) : members
  }
  if (!isObj(value)) return value
  const created = new Dict()
  for (const [key, member] of sortedEntries(value)) created.set(formatKey(key), toJsonValue(member, sort))
  return created
}

export function runCase(testCase: Json): Outcome {
  const field = (name: string) => lookUp(testCase, name)
  const loaded = loadPlan(JSON.parse(JSON.stringify(field('plan'))))
  if (!loaded.ok) {
    if (loaded.error.kind === 'unknown') return { kind: 'skipped', missing: [...loaded.error.statements, ...loaded.error.builtins] }
    return failed(loaded.error.detail)
  }
  const term = field('input_term')
  const input = typeof term === 'string' ? parseTerm(term) : field('input')
  const wantError = field('want_error_code') ?? field('want_error')
  const [entrypoint] = field('entrypoints') as string[]
  const strict = field('strict_error') === true
  const answered = evaluateAll(loaded.value, entrypoint ?? '', input, { data: field('data') ?? {}, strict, at: 1e12, fuel: 5_000_000 })
  if (wantError !== undefined && wantError !== null) {
    if (answered.ok) return failed(`no error, but ${wantError} was expected`)
    const expected = kinds[String(field('want_error_code') ?? 'eval_builtin_error')]
    return answered.error.kind === expected
      ? passed
      : failed(`${answered.error.kind}: ${answered.error.message}, but ${wantError} was expected`)
  }
  if (!answered.ok) return failed(`${answered.error.kind}: ${answered.error.message}`)
  const sort = field('sort_bindings') === true
  const order = (bindings: readonly RegoValue[]) => bindings.map((binding) => toJsonValue(binding, sort)).sort(compare)
  const results = field('want_plan_result') ?? field('want_result')
  if (results === undefined) {
    const defined = answered.value.results.length > 0
    return defined === (field('want_defined') === true) ? passed : failed(`defined: ${defined}`)
  }
  const expectedResults = order(isArray(results) ? results : [])
  const actual = order(
    answered.value.results.map((binding) => (field('ignore_generated_vars') === true ? withoutGenerated(binding) : binding)),
  )
  return equal(expectedResults, actual) ? passed : failed(`wanted ${format(expectedResults)}\n   got ${format(actual)}`)
}

/** A binding without compiler-generated variables. */
const withoutGenerated = (binding: RegoValue): RegoValue =>
  isObj(binding) ? Object.fromEntries([...sortedEntries(binding)].filter(([name]) => !String(name).includes('$'))) : binding

const format = (value: RegoValue): string =>
  JSON.stringify(value, (_, member) =>
    member instanceof Dict ? Object.fromEntries(member) : typeof member === 'bigint' ? String(member) : member,
  )

/** Parses cases from JSON. Numbers in data keep every digit; numbers in plans are short. */
export function casesOf(text: string): readonly Json[] {
  const cases = lookUp(parseJson(text), 'cases')
  if (!isArray(cases)) throw new Error('no cases')
  const plans = (JSON.parse(text) as { cases: { plan?: Json }[] }).cases
  return cases.map((testCase, index) => ({ ...Object.fromEntries(testCase as Dict), plan: plans[index]?.plan ?? null }))
}

export function count(tally: Tally, note: string, outcome: Outcome): void {
  if (outcome.kind === 'passed') tally.passed++
  else if (outcome.kind === 'failed') tally.failed.push(`${note}: ${outcome.detail}`)
  else {
    const missing = outcome.missing.join(' + ')
    tally.skipped.set(missing, (tally.skipped.get(missing) ?? 0) + 1)
  }
}

/** One line of counts, then one per missing builtin. */
export function report(name: string, { passed, failed, skipped }: Tally): string {
  const skips = [...skipped].sort((a, b) => b[1] - a[1])
  const total = skips.reduce((sum, [, number]) => sum + number, 0)
  const share = ((100 * total) / (passed + failed.length + total)).toFixed(1)
  return [
    `${name}: ${passed} passed, ${failed.length} failed, ${total} skipped (${share} %)`,
    ...skips.map(([missing, number]) => `  skipped ${number} for ${missing}`),
  ].join('\n')
}
