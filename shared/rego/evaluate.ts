/** Asks a plan one question. Pure: the clock is an argument. Whatever the input, it answers; it never throws. */
import { fail, type Result } from '../result.ts'
import { Evaluation, EvaluationAborted } from './evaluation.ts'
import { NumberTooLong } from './number.ts'
import type { Plan } from './plan.ts'
import type { Locals } from './step.ts'
import { lookUp, type RegoValue } from './value.ts'

export interface EvaluationOptions {
  /** The documents under `data` that are not rules. */
  readonly data?: RegoValue
  /** Statements, members and builtins that may be gone through: a decision of this project's policy takes some 50. */
  readonly fuel?: number
  /** What `time.now_ns` answers, Unix ms. */
  readonly at?: number
  /** Builtins that refuse their arguments end the evaluation; otherwise they are undefined, as OPA has it. */
  readonly strict?: boolean
}

/** Why there is no answer. To a caller that decides, each means deny. */
export interface EvaluationFault {
  readonly kind: 'entrypoint' | 'fuel' | 'depth' | 'conflict' | 'builtin' | 'input'
  readonly message: string
}

export interface Answer {
  /** What the entry point came to; undefined where no rule said. */
  readonly value: RegoValue | undefined
  readonly fuel: number
}

export const defaultFuel = 500_000

/** What `entrypoint` (`soma/policy/allow`) comes to for `input`: parsed JSON, or undefined for none. */
export function evaluatePlan(
  plan: Plan,
  entrypoint: string,
  input: unknown,
  terms: EvaluationOptions = {},
): Result<Answer, EvaluationFault> {
  const answered = evaluateAll(plan, entrypoint, input, terms)
  if (!answered.ok) return answered
  const [first] = answered.value.results
  return { ok: true, value: { value: first === undefined ? undefined : lookUp(first, 'result'), fuel: answered.value.fuel } }
}

/** Every binding that an entry point adds to its result set, and the fuel that went. */
export function evaluateAll(
  plan: Plan,
  entrypoint: string,
  input: unknown,
  { data = {}, fuel = defaultFuel, at = 0, strict = false }: EvaluationOptions = {},
): Result<{ results: readonly RegoValue[]; fuel: number }, EvaluationFault> {
  const entry = plan.entrypoints.get(entrypoint)
  if (!entry) return fail({ kind: 'entrypoint', message: `the plan has no entry point ${entrypoint}` })
  try {
    const run = new Evaluation(fuel, BigInt(Math.trunc(at)) * 1_000_000n, plan.rules, strict)
    const locals: Locals = new Array(entry.size).fill(undefined)
    locals[entry.params[0] as number] = input as RegoValue | undefined
    locals[entry.params[1] as number] = data
    run.spend(entry.size >> 3)
    entry.body(locals, run)
    return { ok: true, value: { results: run.results, fuel: fuel - run.fuel } }
  } catch (fault) {
    if (fault instanceof EvaluationAborted) return fail({ kind: fault.kind, message: fault.message })
    if (fault instanceof NumberTooLong) return fail({ kind: 'builtin', message: fault.message })
    // A value nested so deeply that comparing it overflows the stack, or a text longer than the engine can hold.
    if (fault instanceof RangeError) return fail({ kind: 'depth', message: 'a value is too large or nested too deeply' })
    return fail({ kind: 'input', message: 'the input is not JSON, or the plan is not the compiler’s' })
  }
}
