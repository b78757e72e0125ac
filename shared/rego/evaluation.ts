/** The state of one evaluation: fuel, clock and memoized rules. Pure. */
import { FuelMeter } from './meter.ts'
import type { RegoValue } from './value.ts'

/** A builtin refuses its arguments. The call is undefined to the policy, or aborts the evaluation in strict mode. */
export class BuiltinFault {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/** Depth of nested function calls. The compiler refuses recursion, so only a forged plan reaches it. */
export const maxDepth = 256

/** The memo of a rule that has not run. */
export const notEvaluated = Symbol('not evaluated yet')

/** One evaluation. Its fuel pays for every step. */
export class Evaluation extends FuelMeter {
  depth = 0
  strict: boolean
  /** Nanoseconds since 1970, constant during an evaluation. */
  readonly nowNs: bigint
  readonly results: RegoValue[] = []
  /** Results of rules without arguments, by number. Undefined is a result too. Replaced inside a `with`. */
  memo: (RegoValue | undefined | typeof notEvaluated)[]

  constructor(fuel: number, nowNs: bigint, rules: number, strict: boolean) {
    super(fuel)
    this.nowNs = nowNs
    this.strict = strict
    this.memo = new Array(rules).fill(notEvaluated)
  }
}
