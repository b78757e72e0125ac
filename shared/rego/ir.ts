/**
 * Validates OPA's IR plan (openpolicyagent.org/docs/ir). Pure. A plan is untrusted data: every statement, index and arity is checked here,
 * so the evaluator can rely on it.
 */

/** A local by its number, or a constant. */
export type Operand = { readonly kind: 'local'; readonly local: number } | { readonly kind: 'constant'; readonly value: string | boolean }

/** The origin of a statement: file, row and column of the Rego source. */
export interface SourceLocation {
  readonly file: number
  readonly row: number
  readonly col: number
}

/** Statements that run in order until one is undefined. */
export type Block = readonly Statement[]

type Shape =
  | { readonly type: 'ArrayAppendStmt'; readonly value: Operand; readonly array: number }
  | { readonly type: 'AssignIntStmt' | 'MakeNumberIntStmt'; readonly value: number; readonly target: number }
  | { readonly type: 'AssignVarStmt' | 'AssignVarOnceStmt'; readonly source: Operand; readonly target: number }
  | { readonly type: 'BlockStmt'; readonly blocks: readonly Block[] }
  | { readonly type: 'BreakStmt'; readonly index: number }
  | { readonly type: 'CallStmt'; readonly func: string; readonly args: readonly Operand[]; readonly result: number }
  | { readonly type: 'CallDynamicStmt'; readonly path: readonly Operand[]; readonly args: readonly Operand[]; readonly result: number }
  | { readonly type: 'DotStmt'; readonly source: Operand; readonly key: Operand; readonly target: number }
  | { readonly type: 'EqualStmt' | 'NotEqualStmt'; readonly a: Operand; readonly b: Operand }
  | { readonly type: 'IsArrayStmt' | 'IsObjectStmt' | 'IsSetStmt'; readonly source: Operand }
  | { readonly type: 'IsDefinedStmt' | 'IsUndefinedStmt' | 'ReturnLocalStmt'; readonly source: number }
  | { readonly type: 'LenStmt'; readonly source: Operand; readonly target: number }
  | { readonly type: 'MakeArrayStmt' | 'MakeNullStmt' | 'MakeObjectStmt' | 'MakeSetStmt' | 'ResetLocalStmt'; readonly target: number }
  | { readonly type: 'MakeNumberRefStmt'; readonly text: string; readonly target: number }
  | { readonly type: 'NopStmt' }
  | { readonly type: 'NotStmt'; readonly block: Block }
  | {
      readonly type: 'ObjectInsertStmt' | 'ObjectInsertOnceStmt'
      readonly key: Operand
      readonly value: Operand
      readonly object: number
    }
  | { readonly type: 'ObjectMergeStmt'; readonly a: number; readonly b: number; readonly target: number }
  | { readonly type: 'ResultSetAddStmt'; readonly value: number }
  | { readonly type: 'ScanStmt'; readonly source: number; readonly key: number; readonly value: number; readonly block: Block }
  | { readonly type: 'SetAddStmt'; readonly value: Operand; readonly set: number }
  | {
      readonly type: 'WithStmt'
      readonly local: number
      readonly path: readonly string[]
      readonly value: Operand
      readonly block: Block
    }

/** One statement of a plan, with its origin. */
export type Statement = Shape & SourceLocation
/** The name of a statement in OPA's IR. */
export type StatementType = Statement['type']

/** A rule or function. Its first two parameters are `input` and `data`. */
export interface Func {
  readonly name: string
  readonly path: readonly string[]
  readonly params: readonly number[]
  readonly returns: number
  readonly blocks: readonly Block[]
}

/** A validated plan. */
export interface Program {
  readonly files: readonly string[]
  /** The name and arity of every builtin that the plan declares. */
  readonly builtins: ReadonlyMap<string, number>
  readonly plans: readonly { readonly name: string; readonly blocks: readonly Block[] }[]
  readonly funcs: readonly Func[]
}

/** Why a plan is refused. All unknown statements and builtins are listed. */
export type PlanFault =
  | { readonly kind: 'malformed'; readonly detail: string }
  | { readonly kind: 'unknown'; readonly statements: readonly string[]; readonly builtins: readonly string[] }

/** Limits of a plan, far above what a policy needs. */
export const planLimits = { statements: 1_000_000, depth: 200, locals: 100_000, path: 64 }

class Malformed {
  readonly detail: string
  constructor(detail: string) {
    this.detail = detail
  }
}

type Fields = Readonly<Record<string, unknown>>

const fields = (value: unknown, name: string): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed(`${name} is not an object`)
  return value as Fields
}
const list = (value: unknown, name: string): readonly unknown[] => {
  // Go writes an empty slice as null.
  if (value === null || value === undefined) return []
  if (!Array.isArray(value)) throw new Malformed(`${name} is not an array`)
  return value
}
const text = (value: unknown, name: string): string => {
  if (typeof value !== 'string') throw new Malformed(`${name} is not a string`)
  return value
}
const boundedInteger = (value: unknown, name: string, below: number): number => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= below) throw new Malformed(`${name} is out of range`)
  return value
}

/** Validates a plan. Reports unknown statement types. The caller checks the builtins. */
export function parseProgram(json: unknown): { program: Program; unknown: readonly string[] } | { detail: string } {
  try {
    return new Reader(fields(json, 'plan')).program()
  } catch (fault) {
    if (fault instanceof Malformed) return fault
    throw fault
  }
}

class Reader {
  readonly #json: Fields
  readonly #strings: readonly string[]
  readonly #unknown = new Set<string>()
  #statements = 0

  constructor(json: Fields) {
    this.#json = json
    this.#strings = list(fields(json.static ?? {}, 'static').strings, 'strings').map((entry) =>
      text(fields(entry, 'string').value, 'string'),
    )
  }

  program(): { program: Program; unknown: readonly string[] } {
    const statics = fields(this.#json.static ?? {}, 'static')
    const builtins = new Map<string, number>()
    for (const entry of list(statics.builtin_funcs, 'builtin_funcs')) {
      const { name, decl } = fields(entry, 'builtin')
      builtins.set(text(name, 'builtin'), list(fields(decl, 'declaration').args, 'arguments').length)
    }
    const plans = list(fields(this.#json.plans ?? {}, 'plans').plans, 'plans').map((entry) => {
      const plan = fields(entry, 'plan')
      return { name: text(plan.name, 'plan name'), blocks: this.#blocks(plan.blocks, 0) }
    })
    const funcs = list(fields(this.#json.funcs ?? {}, 'funcs').funcs, 'funcs').map((entry): Func => {
      const func = fields(entry, 'function')
      return {
        name: text(func.name, 'function name'),
        path: list(func.path, 'function path').map((step) => text(step, 'function path')),
        params: list(func.params, 'parameters').map((local) => this.#local(local)),
        returns: this.#local(func.return),
        blocks: this.#blocks(func.blocks, 0),
      }
    })
    const files = list(statics.files, 'files').map((entry) => text(fields(entry, 'file').value, 'file'))
    const program = { files, builtins, plans, funcs }
    if (this.#unknown.size === 0) checkCalls(program)
    return { program, unknown: [...this.#unknown].sort() }
  }

  #blocks(value: unknown, depth: number): readonly Block[] {
    return list(value, 'blocks').map((block) => this.#block(block, depth))
  }

  #block(value: unknown, depth: number): Block {
    if (depth > planLimits.depth) throw new Malformed('blocks are nested too deeply')
    return list(fields(value, 'block').stmts, 'statements').flatMap((entry) => {
      const { type, stmt } = fields(entry, 'statement')
      if (++this.#statements > planLimits.statements) throw new Malformed('too many statements')
      const content = fields(stmt, 'statement')
      const shape = this.#shape(text(type, 'statement type'), content, depth)
      const locationField = (key: string) => (typeof content[key] === 'number' ? (content[key] as number) : 0)
      return shape ? [{ ...shape, file: locationField('file'), row: locationField('row'), col: locationField('col') }] : []
    })
  }

  #shape(type: string, stmt: Fields, depth: number): Shape | null {
    const operand = (key: string) => this.#operand(stmt[key])
    const local = (key: string) => this.#local(stmt[key])
    const target = (key = 'target') => this.#target(stmt[key])
    const operands = (key: string) => list(stmt[key], key).map((entry) => this.#operand(entry))
    switch (type) {
      case 'ArrayAppendStmt':
        return { type, value: operand('value'), array: target('array') }
      case 'AssignIntStmt':
      case 'MakeNumberIntStmt':
        if (!Number.isSafeInteger(stmt.value)) throw new Malformed('an integer is out of range')
        return { type, value: stmt.value as number, target: target() }
      case 'AssignVarStmt':
      case 'AssignVarOnceStmt':
        return { type, source: operand('source'), target: target() }
      case 'BlockStmt':
        return { type, blocks: this.#blocks(stmt.blocks, depth + 1) }
      case 'BreakStmt':
        return { type, index: boundedInteger(stmt.index, 'break', planLimits.depth) }
      case 'CallStmt':
        return { type, func: text(stmt.func, 'function'), args: operands('args'), result: target('result') }
      case 'CallDynamicStmt': {
        // Its arguments are bare local numbers.
        const args = list(stmt.args, 'args').map((entry): Operand => ({ kind: 'local', local: this.#local(entry) }))
        return { type, path: operands('path'), args, result: target('result') }
      }
      case 'DotStmt':
        return { type, source: operand('source'), key: operand('key'), target: target() }
      case 'EqualStmt':
      case 'NotEqualStmt':
        return { type, a: operand('a'), b: operand('b') }
      case 'IsArrayStmt':
      case 'IsObjectStmt':
      case 'IsSetStmt':
        return { type, source: operand('source') }
      case 'IsDefinedStmt':
      case 'IsUndefinedStmt':
      case 'ReturnLocalStmt':
        return { type, source: local('source') }
      case 'LenStmt':
        return { type, source: operand('source'), target: target() }
      case 'MakeArrayStmt':
      case 'MakeNullStmt':
      case 'MakeObjectStmt':
      case 'MakeSetStmt':
      case 'ResetLocalStmt':
        return { type, target: target() }
      case 'MakeNumberRefStmt':
        // The compiler capitalizes only this field.
        return { type, text: this.#string(stmt.Index ?? stmt.index), target: target() }
      case 'NopStmt':
        return { type }
      case 'NotStmt':
        return { type, block: this.#block(stmt.block, depth + 1) }
      case 'ObjectInsertStmt':
      case 'ObjectInsertOnceStmt':
        return { type, key: operand('key'), value: operand('value'), object: target('object') }
      case 'ObjectMergeStmt':
        return { type, a: local('a'), b: local('b'), target: target() }
      case 'ResultSetAddStmt':
        return { type, value: local('value') }
      case 'ScanStmt':
        return { type, source: local('source'), key: target('key'), value: target('value'), block: this.#block(stmt.block, depth + 1) }
      case 'SetAddStmt':
        return { type, value: operand('value'), set: target('set') }
      case 'WithStmt': {
        const path = list(stmt.path, 'path').map((index) => this.#string(index))
        if (path.length > planLimits.path) throw new Malformed('a path is too long')
        return { type, local: local('local'), path, value: operand('value'), block: this.#block(stmt.block, depth + 1) }
      }
    }
    this.#unknown.add(type)
    return null
  }

  #operand(value: unknown): Operand {
    const { type, value: content } = fields(value, 'operand')
    switch (type) {
      case 'local':
        return { kind: 'local', local: this.#local(content) }
      case 'string_index':
        return { kind: 'constant', value: this.#string(content) }
      case 'bool':
        if (typeof content === 'boolean') return { kind: 'constant', value: content }
    }
    throw new Malformed('an operand is neither a local, a string nor a boolean')
  }

  #string(index: unknown): string {
    return this.#strings[boundedInteger(index, 'string', this.#strings.length)] as string
  }

  #local(value: unknown): number {
    return boundedInteger(value, 'local', planLimits.locals)
  }

  /** Locals 0 and 1 are `input` and `data`. Only `with` may change them. */
  #target(value: unknown): number {
    const local = this.#local(value)
    if (local < 2) throw new Malformed('a statement writes over input or data')
    return local
  }
}

/** Every call names a function of the plan or a declared builtin, with the right number of arguments. */
function checkCalls({ builtins, plans, funcs }: Program): void {
  const arity = new Map(builtins)
  for (const { name, params } of funcs) {
    if (params[0] !== 0 || params[1] !== 1) throw new Malformed(`function ${name} does not take input and data first`)
    arity.set(name, params.length)
  }
  const visit = (block: Block): void => {
    for (const statement of block) {
      if (statement.type === 'CallStmt') {
        const expected = arity.get(statement.func)
        if (expected === undefined) throw new Malformed(`function ${statement.func} is called but not declared`)
        if (expected !== statement.args.length)
          throw new Malformed(`function ${statement.func} is called with ${statement.args.length} arguments`)
      }
      if ('block' in statement) visit(statement.block)
      if ('blocks' in statement) statement.blocks.forEach(visit)
    }
  }
  for (const { blocks } of [...plans, ...funcs]) blocks.forEach(visit)
}
