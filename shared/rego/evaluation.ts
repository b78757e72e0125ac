/** The state of one evaluation: fuel, clock, memoized rules, and the ways it can abort. Pure. */
import { effort, type RegoValue } from './value.ts'

/** Aborts an evaluation. Not an Error: nobody reads its stack, and creating one costs more than a decision. */
export class EvaluationAborted {
  readonly kind: 'fuel' | 'depth' | 'conflict' | 'builtin'
  readonly message: string
  constructor(kind: EvaluationAborted['kind'], message: string) {
    this.kind = kind
    this.message = message
  }
}

/** A builtin refuses its arguments. The call is undefined to the policy, or aborts the evaluation in strict mode. */
export class BuiltinFault {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/** Depth of nested function calls. The compiler refuses recursion, so only a forged plan reaches it. */
export const maxDepth = 256

export const notEvaluated = Symbol('not worked out yet')

export class Evaluation {
  fuel: number
  depth = 0
  strict: boolean
  /** Nanoseconds since 1970, constant during an evaluation. */
  readonly nowNs: bigint
  readonly results: RegoValue[] = []
  /** Results of rules without arguments, by number. Undefined is a result too. Replaced inside a `with`. */
  memo: (RegoValue | undefined | typeof notEvaluated)[]
  #seen = effort.spent

  constructor(fuel: number, nowNs: bigint, rules: number, strict: boolean) {
    this.fuel = fuel
    this.nowNs = nowNs
    this.strict = strict
    this.memo = new Array(rules).fill(notEvaluated)
  }

  spend(amount: number): void {
    this.fuel -= amount
    if (this.fuel < 0) exhausted()
  }

  /** Charges the comparisons and hashes since the last call. */
  settle(): void {
    const spent = effort.spent - this.#seen
    if (spent === 0) return
    this.#seen = effort.spent
    this.spend(spent)
  }
}

function exhausted(): never {
  throw new EvaluationAborted('fuel', 'the evaluation ran out of fuel')
}
