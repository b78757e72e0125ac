/**
 * Explains a decision: the rules that decided, the inputs they read, and each single input change that reverses the decision. Portable. For
 * people and the audit; a decision does not need it.
 */
import { jsonPointer } from '../../lib/json-pointer.ts'
import { defaultFuel, type EvaluationFault, type EvaluationOptions, evaluatePlan } from '../../rego/evaluate.ts'
import { type PlanFault, parseProgram } from '../../rego/ir.ts'
import { FuelMeter, metered } from '../../rego/meter.ts'
import { loadPlan } from '../../rego/plan.ts'
import { anyMember, type Comparison, type InputRead, type Path, type RuleOutcome, Trace, tracing, withPath } from '../../rego/trace.ts'
import { compare, equal, isArray, isNum, lookUp, type RegoValue, toJson } from '../../rego/value.ts'
import { fail, type Result } from '../../result.ts'

/** One input change, and the answer that it gives. */
export interface InputChange {
  /** A JSON Pointer into the input (RFC 6901). */
  readonly pointer: string
  /** Absent where the value was or becomes missing. */
  readonly from?: unknown
  readonly to?: unknown
  readonly answer: unknown
}

/** An answer, with the rules and inputs that led to it. */
export interface Explanation {
  readonly answer: unknown
  /** Rules that held first, then failed ones, nearest to holding first. */
  readonly rules: readonly RuleOutcome[]
  /** The inputs that were read, as JSON Pointers. Only the deepest pointers are listed. */
  readonly inputs: readonly { readonly pointer: string; readonly value?: unknown }[]
  /** Inputs with only one possible change first; then replacements before additions, and removals last. */
  readonly changes: readonly InputChange[]
}

/** Explains the answers of one loaded plan. */
export interface Explainer {
  explain(entrypoint: string, input: unknown, options?: EvaluationOptions): Result<Explanation, EvaluationFault>
}

/** Fuel for comparing and writing the answers of all tries. */
const maxReportFuel = 2_000_000
/** Fuel for all tries together. The caller limits the fuel of each. */
const maxTriesFuel = 5_000_000
/** Input changes that are tried. */
const maxTries = 400
/** Input changes that are reported. */
const maxChanges = 32
/** Placeholder for a missing value, to learn what the policy compares it with. */
const probe = '\u0001probe'
const probes: readonly RegoValue[] = [probe, [probe], {}]
const probeDepth = 3

/** Loads a plan for explanations. */
export function loadExplainer(json: unknown): Result<Explainer, PlanFault> {
  let trace: Trace | null = null
  const parsed = parseProgram(json)
  if ('detail' in parsed) return fail({ kind: 'malformed', detail: parsed.detail })
  const loaded = loadPlan(
    json,
    tracing(parsed.program, () => trace),
  )
  if (!loaded.ok) return loaded
  const plan = loaded.value

  const traced = (entrypoint: string, input: unknown, options: EvaluationOptions): ReturnType<Evaluate> => {
    const newTrace = new Trace()
    trace = newTrace
    try {
      return { trace: newTrace, evaluated: evaluatePlan(plan, entrypoint, input, options) }
    } finally {
      trace = null
    }
  }

  const explain = (entrypoint: string, input: unknown, options: EvaluationOptions): Result<Explanation, EvaluationFault> => {
    const { trace, evaluated } = traced(entrypoint, input, options)
    if (!evaluated.ok) return evaluated
    const { value } = evaluated.value
    const inputs = leaves([...trace.reads.values()]).map((read) => ({
      pointer: jsonPointer(read.path),
      ...(read.value === undefined ? {} : { value: toJson(read.value) }),
    }))
    let remainingFuel = maxTriesFuel
    const evaluate: Evaluate = (changed) => {
      const meter = new FuelMeter(Math.max(0, Math.min(options.fuel ?? defaultFuel, remainingFuel)))
      remainingFuel -= meter.fuel
      const evaluation = traced(entrypoint, changed, { ...options, meter })
      remainingFuel += Math.max(0, meter.fuel)
      return evaluation
    }
    const changes = findChanges(input as RegoValue | undefined, trace, value, evaluate, () => remainingFuel > 0)
    return { ok: true, value: { answer: toPlainJson(value), rules: sortRules(trace.rules), inputs, changes } }
  }

  return {
    ok: true,
    value: {
      explain(entrypoint, input, options = {}) {
        try {
          // Each evaluation has its own meter. This one pays for comparing and writing the answers.
          return metered(new FuelMeter(maxReportFuel), () => explain(entrypoint, input, options))
        } catch {
          // The input evaluates, but it is not JSON, or is nested too deeply to report.
          return fail({ kind: 'input', message: 'the input cannot be explained' })
        }
      },
    },
  }
}

const toPlainJson = (value: RegoValue | undefined): unknown => (value === undefined ? undefined : toJson(value))

function sortRules(rules: readonly RuleOutcome[]): RuleOutcome[] {
  const distinct = new Map(rules.map((rule) => [JSON.stringify([rule.rule, rule.file, rule.row, rule.outcome]), rule]))
  const rank = { held: 0, default: 1, failed: 2 }
  return [...distinct.values()].sort((a, b) => rank[a.outcome] - rank[b.outcome] || b.heldConditions - a.heldConditions || a.row - b.row)
}

/** The reads that are not prefixes of another read. */
function leaves(reads: readonly InputRead[]): InputRead[] {
  const texts = reads.map(({ path }) => jsonPointer(path))
  return reads.filter((_, index) => !texts.some((other) => other.startsWith(`${texts[index]}/`)))
}

type Evaluate = (input: RegoValue | undefined) => { trace: Trace; evaluated: ReturnType<typeof evaluatePlan> }

interface CandidateChange {
  readonly path: Path
  readonly to: RegoValue | undefined
}

function findChanges(
  input: RegoValue | undefined,
  originalTrace: Trace,
  answer: RegoValue | undefined,
  evaluate: Evaluate,
  hasFuel: () => boolean,
): InputChange[] {
  const changes: InputChange[] = []
  const triedKeys = new Set<string>()
  let attempts = 0
  const attempt = ({ path, to }: CandidateChange): Trace | null => {
    const key = `${jsonPointer(path)}=${to === undefined ? '' : JSON.stringify(toJson(to))}`
    const before = valueAt(input, path)
    if (triedKeys.has(key) || attempts >= maxTries || !hasFuel() || path.includes(anyMember) || equal(before, to)) return null
    triedKeys.add(key)
    attempts++
    const { trace, evaluated } = evaluate(withPath(input, path, to))
    // The last try may have had too little fuel for an answer.
    if (!hasFuel()) return null
    const newAnswer = evaluated.ok ? evaluated.value.value : undefined
    if (!probes.some((placeholder) => equal(placeholder, to)) && !equal(newAnswer, answer)) {
      changes.push({
        pointer: jsonPointer(path),
        ...(before === undefined ? {} : { from: toJson(before) }),
        ...(to === undefined ? {} : { to: toJson(to) }),
        answer: toPlainJson(newAnswer),
      })
    }
    return trace
  }
  for (const candidate of candidates(input, originalTrace.comparisons)) attempt(candidate)
  for (const { path, value } of originalTrace.reads.values()) {
    if (typeof value === 'boolean') attempt({ path, to: !value })
    if (value === undefined) explore(path, 0)
  }
  for (const { path, value } of leaves([...originalTrace.reads.values()])) if (value !== undefined) attempt({ path, to: undefined })
  // An input with many changes, such as the action itself, explains less per change.
  const alternatives = (change: InputChange) => changes.filter((other) => other.pointer === change.pointer).length
  return changes.sort((a, b) => alternatives(a) - alternatives(b) || weight(a) - weight(b)).slice(0, maxChanges)

  /** Nothing is at `path`. Finds the values that the policy compares with a value there. */
  function explore(path: Path, depth: number): void {
    for (const to of [true, 0, '']) attempt({ path, to })
    for (const to of probes) {
      const trace = attempt({ path, to })
      if (!trace) continue
      for (const candidate of candidates(withPath(input, path, to), trace.comparisons))
        if (isBelow(candidate.path, path)) attempt(candidate)
      if (depth >= probeDepth) continue
      for (const read of trace.reads.values())
        if (read.value === undefined && read.path.length > path.length && isBelow(read.path, path)) explore(read.path, depth + 1)
    }
  }
}

const weight = ({ from, to }: InputChange): number => (to === undefined ? 2 : from === undefined ? 1 : 0)

const isBelow = (path: Path, top: Path): boolean => top.every((step, index) => path[index] === step)

function valueAt(input: RegoValue | undefined, path: Path): RegoValue | undefined {
  let current = input
  for (const step of path) current = lookUp(current, step)
  return current
}

/** For each compared input, the values that change the comparison. */
function* candidates(input: RegoValue | undefined, comparisons: readonly Comparison[]): Iterable<CandidateChange> {
  for (const { path, against, kind } of comparisons) {
    const original = valueAt(input, path)
    if (kind === 'member') {
      const members = isArray(original) ? original.filter((member) => member !== probe) : []
      if (isArray(original) || original === undefined) yield { path, to: [...members, against] }
      continue
    }
    yield { path, to: against }
    if (kind === 'order' && isNum(against)) {
      const number = Number(toJson(against))
      yield { path, to: original !== undefined && compare(original, against) > 0 ? number - 1 : number + 1 }
    }
  }
}
