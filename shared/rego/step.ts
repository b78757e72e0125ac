/** The parts of a compiled plan: closures over a frame of locals, and their results. Pure. */

import type { Evaluation } from './evaluation.ts'
import type { Func, Operand, Statement } from './ir.ts'
import type { RegoValue } from './value.ts'

/** The frame of a function: its locals by slot. */
export type Locals = (RegoValue | undefined)[]

/** `proceed`: run the next statement. 0: this block ends, because a statement was undefined. Any n: n enclosing blocks end too. */
export type StepResult = number
/** The next statement runs. */
export const proceed = -1
/** The function returns. */
export const returned = -2

/** A compiled statement or block. */
export type Step = (locals: Locals, run: Evaluation) => StepResult

/** A compiled rule or function. */
export interface Callable {
  readonly name: string
  /** Its number among the rules without arguments, or -1. */
  readonly memo: number
  /** Locals in its frame. */
  size: number
  params: readonly number[]
  returns: number
  body: Step
}

/** Wraps each statement and block of a traced plan. Traced plans have no index. */
export interface Watcher {
  step(statement: Statement, step: Step, slot: (local: number) => number): Step
  /** Passes arguments: `args` of the frame `from` become the parameters of the frame `to`. */
  call(callee: Callable, args: readonly Operand[], from: Locals, to: Locals): void
  block(func: Func, index: number, step: Step): Step
}

/** The builtins by name. Undefined: the call is undefined. */
export type Builtins = ReadonlyMap<string, (run: Evaluation, ...args: RegoValue[]) => RegoValue | undefined>

/** Shared by the statements of one function. */
export interface CompileScope {
  readonly slot: (local: number | string) => number
  /** Locals that hold only sets of constants, each built in one place. */
  readonly constants: ReadonlySet<number>
  /** Locals that hold only parts of base documents. */
  readonly documents: ReadonlySet<number>
  /** Whether the statement is inside a `with`. There, input or data may differ, so cached paths are invalid. */
  readonly isInsideWith: boolean
}

/** Whether the operand is this local. */
export const isLocal = (operand: Operand | undefined, local: number) => operand?.kind === 'local' && operand.local === local
