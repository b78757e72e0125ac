/** Builds plans by hand: statements with explicit operands, and strings in the table. */

export type Local = { readonly local: number }
type OperandInput = string | boolean | Local
export interface Stmt {
  readonly type: string
  readonly stmt: Readonly<Record<string, unknown>>
}

export const at = (local: number): Local => ({ local })

export class PlanBuilder {
  readonly #strings: string[] = []
  readonly #builtins: { name: string; decl: { args: unknown[] } }[] = []
  readonly #funcs: unknown[] = []

  string(text: string): number {
    const index = this.#strings.indexOf(text)
    return index >= 0 ? index : this.#strings.push(text) - 1
  }

  operand(input: OperandInput): unknown {
    if (typeof input === 'string') return { type: 'string_index', value: this.string(input) }
    if (typeof input === 'boolean') return { type: 'bool', value: input }
    return { type: 'local', value: input.local }
  }

  stmt(type: string, fields: Record<string, unknown> = {}): Stmt {
    return { type, stmt: { file: 0, row: 1, col: 1, ...fields } }
  }

  dot(source: Local, key: OperandInput, target: number): Stmt {
    return this.stmt('DotStmt', { source: this.operand(source), key: this.operand(key), target })
  }

  equal(a: OperandInput, b: OperandInput): Stmt {
    return this.stmt('EqualStmt', { a: this.operand(a), b: this.operand(b) })
  }

  call(func: string, args: OperandInput[], result: number): Stmt {
    return this.stmt('CallStmt', { func, args: args.map((arg) => this.operand(arg)), result })
  }

  assign(source: OperandInput, target: number, type = 'AssignVarOnceStmt'): Stmt {
    return this.stmt(type, { source: this.operand(source), target })
  }

  number(text: string, target: number): Stmt {
    return this.stmt('MakeNumberRefStmt', { Index: this.string(text), target })
  }

  builtin(name: string, args: number): this {
    this.#builtins.push({ name, decl: { args: new Array(args).fill({ type: 'any' }) } })
    return this
  }

  func(name: string, blocks: readonly (readonly Stmt[])[], params = [0, 1], returns = 2): this {
    this.#funcs.push({ name, path: ['g0', name], params, return: returns, blocks: blocks.map((stmts) => ({ stmts })) })
    return this
  }

  /** The blocks of a rule that is `true` if its body holds, as the compiler writes them. */
  rule(body: readonly Stmt[], value: OperandInput = true): Stmt[][] {
    return [
      [this.stmt('ResetLocalStmt', { target: 3 }), ...body, this.assign(value, 3)],
      [this.stmt('IsDefinedStmt', { source: 3 }), this.assign(at(3), 2)],
    ]
  }

  get returnStatement(): Stmt[] {
    return [this.stmt('ReturnLocalStmt', { source: 2 })]
  }

  /** A plan with the entry point `main`, which returns the function's result. */
  json(func: string): unknown {
    const blocks = [
      {
        stmts: [
          this.call(func, [at(0), at(1)], 2),
          this.stmt('MakeObjectStmt', { target: 3 }),
          this.stmt('ObjectInsertStmt', { key: this.operand('result'), value: this.operand(at(2)), object: 3 }),
          this.stmt('ResultSetAddStmt', { value: 3 }),
        ],
      },
    ]
    return {
      static: { strings: this.#strings.map((value) => ({ value })), builtin_funcs: this.#builtins, files: [{ value: 'test.rego' }] },
      plans: { plans: [{ name: 'main', blocks }] },
      funcs: { funcs: this.#funcs },
    }
  }
}

/** An array of two arrays of two arrays, 48 deep: 2^48 nodes in a few bytes. */
export const sharedArray = (p: PlanBuilder, target: number): Stmt[] => [
  p.assign('x', target, 'AssignVarStmt'),
  ...Array.from({ length: 48 }, () => [
    p.stmt('MakeArrayStmt', { capacity: 2, target: 9 }),
    p.stmt('ArrayAppendStmt', { value: p.operand(at(target)), array: 9 }),
    p.stmt('ArrayAppendStmt', { value: p.operand(at(target)), array: 9 }),
    p.assign(at(9), target, 'AssignVarStmt'),
  ]).flat(),
]

/** A plan with the entry points of a policy. It runs the statements of `make`, and then allows. */
export function policyOf(make: (p: PlanBuilder) => readonly Stmt[]) {
  const p = new PlanBuilder()
  for (const [name, args] of [
    ['json.marshal', 1],
    ['base64.is_valid', 1],
  ] as const)
    p.builtin(name, args)
  const json = p.func('f', [[...make(p), p.assign(true, 2)], p.returnStatement]).json('f') as {
    plans: { plans: { name: string; blocks: unknown }[] }
  }
  const blocks = json.plans.plans[0]?.blocks
  return { ...json, plans: { plans: ['soma/policy/allow', 'soma/policy/reasons'].map((name) => ({ name, blocks })) } }
}
