/**
 * Loads a plan: all of it is checked before any of it runs, and what it needs that is not here is refused by name.
 * Loading is the slow part, done once; the result is immutable and may be shared by every request.
 */

import { fail, type Result } from '../result.ts'
import { builtins } from './builtins/catalog.ts'
import { Compiler } from './compile.ts'
import { type PlanFault, type Program, parseProgram } from './ir.ts'
import { NumberTooLong } from './number.ts'
import type { Callable, Watcher } from './step.ts'

/** A policy, ready to be asked. */
export interface Plan {
  readonly program: Program
  readonly entrypoints: ReadonlyMap<string, Callable>
  /** Rules without arguments, whose values an evaluation keeps. */
  readonly rules: number
}

/** A plan out of `plan.json`, parsed; or why it is not taken. `watcher` is for explanations, which cost more than answers. */
export function loadPlan(json: unknown, watcher?: Watcher): Result<Plan, PlanFault> {
  try {
    const parsed = parseProgram(json)
    if ('detail' in parsed) return fail({ kind: 'malformed', detail: parsed.detail })
    const { program, unknown } = parsed
    const missing = [...program.builtins.keys()].filter((name) => !builtins.has(name)).sort()
    if (unknown.length > 0 || missing.length > 0) return fail({ kind: 'unknown', statements: unknown, builtins: missing })
    const compiler = new Compiler(program, builtins, watcher)
    const entrypoints = new Map(program.plans.map(({ name, blocks }) => [name, compiler.plan(name, blocks)]))
    return { ok: true, value: { program, entrypoints, rules: compiler.rules } }
  } catch (fault) {
    // A getter that throws, a depth that no JSON has: whatever it is, it is no plan.
    const detail = fault instanceof NumberTooLong || fault instanceof Error ? fault.message : 'the plan cannot be read'
    return fail({ kind: 'malformed', detail })
  }
}
