/** One evaluation under way: its fuel, its clock, what it has worked out so far, and the ways it can stop. */
import { effort, type RegoValue } from './value.ts'

/** Stops an evaluation. Not an Error: nobody reads its stack, and making one costs more than a decision. */
export class EvaluationAborted {
  readonly kind: 'fuel' | 'depth' | 'conflict' | 'builtin'
  readonly message: string
  constructor(kind: EvaluationAborted['kind'], message: string) {
    this.kind = kind
    this.message = message
  }
}

/** A builtin's refusal of its arguments: undefined to the policy, or the end of the evaluation where it is strict. */
export class BuiltinFault {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/** Calls of functions within functions. The compiler refuses recursion, so only a forged plan comes near. */
export const maxDepth = 256

export const notEvaluated = Symbol('not worked out yet')

export class Evaluation {
  fuel: number
  depth = 0
  strict: boolean
  /** Nanoseconds since 1970, the same throughout. */
  readonly nowNs: bigint
  readonly results: RegoValue[] = []
  /** What rules without arguments came to, by their number: undefined counts as worked out. Replaced within a `with`. */
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

  /** Charges what comparing and hashing have done since last time. */
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
