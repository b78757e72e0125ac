/** Aborts an evaluation. It is not an Error, because a stack costs more than a decision and has no reader. */
export class EvaluationAborted {
  readonly kind: 'fuel' | 'depth' | 'conflict' | 'builtin'
  readonly message: string
  constructor(kind: EvaluationAborted['kind'], message: string) {
    this.kind = kind
    this.message = message
  }
}
