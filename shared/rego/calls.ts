/** Compiles calls of rules and builtins to closures. Pure. */
import { sizeOfArgument, sizeOfResult } from './builtin-cost.ts'
import { BuiltinFault, type Evaluation, maxDepth, notEvaluated } from './evaluation.ts'
import { EvaluationAborted } from './evaluation-aborted.ts'
import type { Operand, Statement } from './ir.ts'
import { NumberTooLong } from './number.ts'
import { read } from './operations.ts'
import { type Builtins, type Callable, isLocal, type Locals, proceed, returned, type Step, type Watcher } from './step.ts'
import type { RegoValue } from './value.ts'

type Slot = (local: number) => number

/** The step that calls a builtin. It spends fuel for the sizes of arguments and result. */
export function builtinCall(statement: Statement & { type: 'CallStmt' }, builtins: Builtins, slot: Slot): Step {
  const { func } = statement
  const builtin = builtins.get(func)
  if (!builtin) throw new Error(`unchecked builtin ${func}`)
  const result = slot(statement.result)
  const args = statement.args.map((operand) => read(operand, slot))
  const [a, b] = statement.args.map((operand) => (operand.kind === 'local' ? slot(operand.local) : -1)) as [number, number]
  const [first, second] = statement.args.map((operand) => (operand.kind === 'local' ? null : operand.value)) as [RegoValue, RegoValue]
  const apply: (locals: Locals, run: Evaluation) => RegoValue | undefined =
    args.length === 1
      ? (locals, run) => builtin(run, a < 0 ? first : (locals[a] as RegoValue))
      : args.length === 2
        ? (locals, run) => builtin(run, a < 0 ? first : (locals[a] as RegoValue), b < 0 ? second : (locals[b] as RegoValue))
        : (locals, run) => builtin(run, ...args.map((arg) => arg(locals) as RegoValue))
  const argumentSize = sizeOfArgument(func)
  let constants = 0
  const sizedSlots: number[] = []
  for (const operand of argumentSize ? statement.args : []) {
    if (operand.kind === 'local') sizedSlots.push(slot(operand.local))
    else constants += argumentSize?.(operand.value) ?? 0
  }
  return (locals, run) => {
    let value: RegoValue | undefined
    if (argumentSize) {
      let cost = constants
      for (let index = 0; index < sizedSlots.length; index++) cost += argumentSize(locals[sizedSlots[index] as number])
      if (cost > 0) run.spend(cost)
    }
    try {
      value = apply(locals, run)
    } catch (fault) {
      if (!(fault instanceof BuiltinFault || fault instanceof NumberTooLong)) throw fault
      if (run.strict) throw new EvaluationAborted('builtin', `${func}: ${fault.message}`)
      return 0
    }
    if (typeof value === 'string' || typeof value === 'object') run.spend(sizeOfResult(value))
    if (value === undefined) return 0
    locals[result] = value
    return proceed
  }
}

/** The call of a rule or function in a new frame. A rule without arguments is memoized. */
export function ruleCall(
  callee: Callable,
  args: readonly Operand[],
  slot: Slot,
  watcher: Watcher | undefined,
): (locals: Locals, run: Evaluation) => RegoValue | undefined {
  const slots = args.map((operand) => (operand.kind === 'local' ? slot(operand.local) : -1))
  const constants = args.map((operand) => (operand.kind === 'local' ? undefined : operand.value))
  const invoke = (locals: Locals, run: Evaluation): RegoValue | undefined => {
    if (++run.depth > maxDepth) throw new EvaluationAborted('depth', 'functions call each other too deeply')
    run.spend(1 + (callee.size >> 3))
    const frame: Locals = new Array(callee.size).fill(undefined)
    for (let index = 0; index < slots.length; index++) {
      const from = slots[index] as number
      frame[callee.params[index] as number] = from < 0 ? constants[index] : locals[from]
    }
    watcher?.call(callee, args, locals, frame)
    const signal = callee.body(frame, run)
    run.depth--
    return signal === returned ? frame[0] : undefined
  }
  const { memo } = callee
  // Only calls with the current input and data always have the same result.
  if (memo < 0 || !isLocal(args[0], 0) || !isLocal(args[1], 1)) return invoke
  return (locals, run) => {
    const cached = run.memo[memo]
    if (cached !== notEvaluated) return cached as RegoValue | undefined
    const { memo: memos } = run
    const value = invoke(locals, run)
    memos[memo] = value
    return value
  }
}
