/** Aborts an evaluation. Not an Error: nobody reads its stack, and creating one costs more than a decision. */
export class EvaluationAborted {
  readonly kind: 'fuel' | 'depth' | 'conflict' | 'builtin'
  readonly message: string
  constructor(kind: EvaluationAborted['kind'], message: string) {
    this.kind = kind
    this.message = message
  }
}
