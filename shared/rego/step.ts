/** What the parts of a compiled plan are: closures over a frame of locals, and how each says that it ended. */

import type { Evaluation } from './evaluation.ts'
import type { Func, Operand, Statement } from './ir.ts'
import type { RegoValue } from './value.ts'

export type Locals = (RegoValue | undefined)[]

/** `on`: the next statement is due. 0: this block is over (a statement was undefined). n: so are the n blocks around it. */
export type StepResult = number
export const proceed = -1
export const returned = -2

export type Step = (locals: Locals, run: Evaluation) => StepResult

/** A rule or function, ready to run. */
export interface Callable {
  readonly name: string
  /** Its number among the rules without arguments, or -1. */
  readonly memo: number
  /** Locals that its frame has. */
  size: number
  params: readonly number[]
  returns: number
  body: Step
}

/** Stands around each statement and block of a plan that is compiled to be watched; costs what it does, and no index is built. */
export interface Watcher {
  step(statement: Statement, step: Step, slot: (local: number) => number): Step
  /** Arguments are passed: `args` of the frame `from` become the parameters of the frame `to`. */
  call(callee: Callable, args: readonly Operand[], from: Locals, to: Locals): void
  block(func: Func, at: number, step: Step): Step
}

export type Builtins = ReadonlyMap<string, (run: Evaluation, ...args: RegoValue[]) => RegoValue | undefined>

/** What the statements of one function share. */
export interface CompileScope {
  readonly slot: (local: number | string) => number
  /** Locals that only ever hold sets of constants, added to where they are made. */
  readonly constants: ReadonlySet<number>
  /** Below a `with`, input or data may be another: what was found in them before does not hold. */
  readonly replaced: boolean
}

export const isLocal = (operand: Operand | undefined, local: number) => operand?.kind === 'local' && operand.local === local
