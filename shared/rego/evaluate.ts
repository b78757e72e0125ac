/** Evaluates an entry point of a plan. Pure: the clock is an argument. Always answers, and never throws, for any input. */
import { fail, type Result } from '../result.ts'
import { Evaluation } from './evaluation.ts'
import { EvaluationAborted } from './evaluation-aborted.ts'
import { FuelMeter, metered } from './meter.ts'
import { NumberTooLong } from './number.ts'
import type { Plan } from './plan.ts'
import type { Locals } from './step.ts'
import { lookUp, type RegoValue, toJson } from './value.ts'

/** The data, the fuel and the clock of an evaluation. */
export interface EvaluationOptions {
  /** The base documents under `data`. */
  readonly data?: RegoValue
  /**
   * Fuel: statements, members, nodes of compared values, and the sizes that builtins read and make. A decision of the built-in policy
   * takes about 50.
   */
  readonly fuel?: number
  /** Pays for the evaluation instead of `fuel`. Also has the fuel that a failed evaluation used. */
  readonly meter?: FuelMeter
  /** The result of `time.now_ns`, as Unix ms. */
  readonly at?: number
  /** Strict: a builtin that refuses its arguments aborts the evaluation. Otherwise it is undefined, as in OPA. */
  readonly strict?: boolean
}

/** Why there is no answer. A caller that decides must deny. */
export interface EvaluationFault {
  readonly kind: 'entrypoint' | 'fuel' | 'depth' | 'conflict' | 'builtin' | 'input'
  readonly message: string
}

/** The result of an evaluation. */
export interface Answer {
  /** The value of the entry point; undefined if no rule defined it. */
  readonly value: RegoValue | undefined
  readonly fuel: number
}

/** The fuel of an evaluation without its own limit. */
export const defaultFuel = 500_000

/** Evaluates `entrypoint` (`soma/policy/allow`) for `input`: parsed JSON, or undefined for none. */
export function evaluatePlan(
  plan: Plan,
  entrypoint: string,
  input: unknown,
  options: EvaluationOptions = {},
): Result<Answer, EvaluationFault> {
  const evaluated = evaluateAll(plan, entrypoint, input, options)
  if (!evaluated.ok) return evaluated
  const [first] = evaluated.value.results
  return { ok: true, value: { value: first === undefined ? undefined : lookUp(first, 'result'), fuel: evaluated.value.fuel } }
}

/** `evaluatePlan` for JSON. A small plan can produce a value of endless JSON, so writing it spends fuel too. */
export function evaluateToJson(
  plan: Plan,
  entrypoint: string,
  input: unknown,
  options: EvaluationOptions = {},
): Result<{ readonly value: unknown; readonly fuel: number }, EvaluationFault> {
  const meter = options.meter ?? new FuelMeter(options.fuel ?? defaultFuel)
  const evaluated = evaluatePlan(plan, entrypoint, input, { ...options, meter })
  if (!evaluated.ok) return evaluated
  const { value, fuel } = evaluated.value
  const json = guarded(() => metered(meter, () => (value === undefined ? undefined : toJson(value))))
  return json.ok ? { ok: true, value: { value: json.value, fuel } } : json
}

/** Every binding that an entry point adds to its result set, and the fuel used. */
export function evaluateAll(
  plan: Plan,
  entrypoint: string,
  input: unknown,
  { data = {}, fuel = defaultFuel, meter, at = 0, strict = false }: EvaluationOptions = {},
): Result<{ results: readonly RegoValue[]; fuel: number }, EvaluationFault> {
  const entry = plan.entrypoints.get(entrypoint)
  if (!entry) return fail({ kind: 'entrypoint', message: `the plan has no entry point ${entrypoint}` })
  return guarded(() => {
    const available = meter?.fuel ?? fuel
    const run = new Evaluation(available, BigInt(Math.trunc(at)) * 1_000_000n, plan.rules, strict)
    const locals: Locals = new Array(entry.size).fill(undefined)
    locals[entry.params[0] as number] = input as RegoValue | undefined
    locals[entry.params[1] as number] = data
    try {
      metered(run, () => {
        run.spend(entry.size >> 3)
        return entry.body(locals, run)
      })
    } finally {
      if (meter) meter.fuel = run.fuel
    }
    return { results: run.results, fuel: available - run.fuel }
  })
}

function guarded<T>(work: () => T): Result<T, EvaluationFault> {
  try {
    return { ok: true, value: work() }
  } catch (fault) {
    if (fault instanceof EvaluationAborted) return fail({ kind: fault.kind, message: fault.message })
    if (fault instanceof NumberTooLong) return fail({ kind: 'builtin', message: fault.message })
    // Comparing a deeply nested value can overflow the stack, and a text can exceed the engine's limit.
    if (fault instanceof RangeError) return fail({ kind: 'depth', message: 'a value is too large or nested too deeply' })
    return fail({ kind: 'input', message: 'the input is not JSON, or the plan is not the compiler’s' })
  }
}
