/**
 * Loads a plan. Pure. The whole plan is validated before it runs, and unsupported statements and builtins are named. Loading is slow and
 * happens once. The result is immutable, and all requests may share it.
 */

import { fail, type Result } from '../result.ts'
import { builtins } from './builtins/catalog.ts'
import { Compiler } from './compile.ts'
import { type PlanFault, type Program, parseProgram } from './ir.ts'
import { NumberTooLong } from './number.ts'
import type { Callable, Watcher } from './step.ts'

/** A loaded policy plan. */
export interface Plan {
  readonly program: Program
  readonly entrypoints: ReadonlyMap<string, Callable>
  /** Rules without arguments, which an evaluation memoizes. */
  readonly rules: number
}

/** Loads a parsed `plan.json`, or returns why it is refused. `watcher` traces the evaluation for explanations, which is slower. */
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
    // An input with a throwing getter or extreme depth is not a plan.
    const detail = fault instanceof NumberTooLong || fault instanceof Error ? fault.message : 'the plan cannot be read'
    return fail({ kind: 'malformed', detail })
  }
}
