/** Traces an evaluation: which rules held, which inputs were read, and what they were compared with. Portable. */
import type { Block, Func, Operand, Program, Statement } from './ir.ts'
import { type Locals, proceed, returned, type Step, type Watcher } from './step.ts'
import { isArray, isObj, RegoSet, type RegoValue } from './value.ts'

/** The path from the input to a nested value. */
export type Path = readonly (string | number)[]

/** The result of one rule's body. */
export interface RuleOutcome {
  /** The qualified name: `soma.policy.permitted`. */
  readonly rule: string
  readonly file: string
  readonly row: number
  /** `default`: the value of a rule that no body defined. */
  readonly outcome: 'held' | 'failed' | 'default'
  /** The row at which a failed body stopped, and the number of its conditions that held. */
  readonly stoppedAt: number
  readonly heldConditions: number
}

/** An input that was read. */
export interface InputRead {
  readonly path: Path
  /** Undefined if it does not exist. */
  readonly value: RegoValue | undefined
}

/** A value that an input was compared with. `member`: a value that was searched for in an input collection. */
export interface Comparison {
  readonly path: Path
  readonly against: RegoValue
  readonly kind: 'equal' | 'order' | 'member'
}

/** The record of one evaluation. */
export class Trace {
  readonly rules: RuleOutcome[] = []
  readonly reads = new Map<string, InputRead>()
  readonly comparisons: Comparison[] = []
  /** The input path of each local in each frame, by the plan's own numbers. */
  readonly origins = new WeakMap<Locals, Map<number, Path>>()
  /** For each set, the inputs that supplied its members. */
  readonly #setInputs = new WeakMap<RegoSet, Map<string, Path>>()
  failedAt = 0
  heldConditions = 0

  add(set: RegoValue | undefined, from: Path | undefined): void {
    if (!(set instanceof RegoSet) || from?.at(-1) !== anyMember) return
    const paths = this.#setInputs.get(set) ?? new Map<string, Path>()
    this.#setInputs.set(set, paths.set(JSON.stringify(from), from))
  }

  /** The values that were searched for in `set`. As a member of the set's inputs, each would have been found. */
  search(set: RegoValue | undefined, values: readonly RegoValue[]): void {
    if (set instanceof RegoSet)
      for (const path of this.#setInputs.get(set)?.values() ?? []) for (const member of values) this.compare(path, member, 'equal')
  }

  read(path: Path, value: RegoValue | undefined): void {
    if (path.length > 0) this.reads.set(JSON.stringify(path), { path, value })
  }

  compare(path: Path | undefined, against: RegoValue | undefined, kind: Comparison['kind']): void {
    if (!path || path.length === 0 || against === undefined || this.comparisons.length >= 10_000) return
    // A comparison with one member applies to every other member too.
    if (path.at(-1) === anyMember) this.comparisons.push({ path: path.slice(0, -1), against, kind: 'member' })
    else this.comparisons.push({ path, against, kind })
  }

  originsOf(locals: Locals): Map<number, Path> {
    const origins = this.origins.get(locals)
    if (origins) return origins
    // The first frame belongs to the entry point; its local 0 is the input.
    const paths = new Map<number, Path>([[0, []]])
    this.origins.set(locals, paths)
    return paths
  }
}

/** Statements that conditions compile to. The others only fetch and build. */
const conditions = new Set<Statement['type']>(['EqualStmt', 'NotEqualStmt', 'NotStmt', 'ScanStmt'])

const ordering = new Set(['lt', 'lte', 'gt', 'gte'])
const equality = new Set(['equal', 'neq', 'startswith', 'endswith', 'contains'])

/** A watcher that reports to the trace that is current when the plan runs. */
export function tracing(program: Program, current: () => Trace | null): Watcher {
  const funcs = new Map(program.funcs.map((func) => [func.name, func]))

  return {
    step(statement, step, slot) {
      const tracedStep = traceStatement(statement, step, slot, current)
      return (locals, run) => {
        const trace = current()
        if (!trace) return step(locals, run)
        const signal = tracedStep(locals, run)
        if (signal === proceed && conditions.has(statement.type)) trace.heldConditions++
        // The enclosing statement describes the failure better, unless the compiler generated it.
        if (signal === 0 && statement.row > 0) trace.failedAt = statement.row
        return signal
      }
    },
    call({ name }, args, from, to) {
      const trace = current()
      const func = funcs.get(name)
      if (!trace || !func) return
      const origins = trace.originsOf(from)
      const parameterOrigins = new Map<number, Path>()
      for (const [index, arg] of args.entries()) {
        const path = arg.kind === 'local' ? origins.get(arg.local) : undefined
        const param = func.params[index]
        if (path && param !== undefined) parameterOrigins.set(param, path)
      }
      trace.origins.set(to, parameterOrigins)
    },
    block(func, index, step) {
      const block = func.blocks[index] as Block
      const kind = kindOf(func, block)
      const { file, row } = block.find((statement) => statement.row > 0) ?? block[0] ?? { file: 0, row: 0 }
      const rule = func.name.replace(/^.*?\bdata\./, '')
      return (locals, run) => {
        const trace = current()
        if (!trace) return step(locals, run)
        const outer = [trace.failedAt, trace.heldConditions] as const
        trace.failedAt = 0
        trace.heldConditions = 0
        const signal = step(locals, run)
        const hasSucceeded = signal === proceed || signal === returned
        const { failedAt, heldConditions } = trace
        ;[trace.failedAt, trace.heldConditions] = outer
        if (!kind || (!hasSucceeded && kind === 'default')) return signal
        const outcome = hasSucceeded ? (kind === 'default' ? 'default' : 'held') : 'failed'
        trace.rules.push({
          rule,
          file: program.files[file] ?? '',
          row,
          outcome,
          stoppedAt: outcome === 'failed' ? failedAt : 0,
          heldConditions,
        })
        return signal
      }
    },
  }
}

/** A rule's body starts with a reset of its value; a default checks that there is none. Other blocks are generated. */
function kindOf(func: Func, block: Block): 'rule' | 'default' | null {
  const first = block[0]
  if (first?.type === 'ResetLocalStmt') return 'rule'
  if (first?.type === 'BlockStmt') return 'rule'
  return first?.type === 'IsUndefinedStmt' && first.source === func.returns ? 'default' : null
}

function traceStatement(statement: Statement, step: Step, slot: (local: number) => number, current: () => Trace | null): Step {
  const operandValue = (operand: Operand, locals: Locals) => (operand.kind === 'constant' ? operand.value : locals[slot(operand.local)])
  const originOf = (operand: Operand, origins: Map<number, Path>) => (operand.kind === 'local' ? origins.get(operand.local) : undefined)
  const setOrigin = (origins: Map<number, Path>, target: number, path: Path | undefined) => {
    if (path) origins.set(target, path)
    else origins.delete(target)
  }
  switch (statement.type) {
    case 'DotStmt': {
      const { source, key, target } = statement
      const to = slot(target)
      return (locals, run) => {
        const trace = current()
        if (!trace) return step(locals, run)
        const origins = trace.originsOf(locals)
        const from = originOf(source, origins)
        const name = operandValue(key, locals)
        const isSet = operandValue(source, locals) instanceof RegoSet
        const signal = step(locals, run)
        const path = from && (typeof name === 'string' || typeof name === 'number') ? [...from, name] : undefined
        if (path) trace.read(path, signal === proceed ? locals[to] : undefined)
        // Looking up an input value in a set is a membership test.
        const keyOrigin = originOf(key, origins)
        if (isSet && name !== undefined) trace.search(operandValue(source, locals), [name])
        if (keyOrigin && isSet) for (const member of members(operandValue(source, locals))) trace.compare(keyOrigin, member, 'equal')
        if (signal === proceed) setOrigin(origins, target, path)
        return signal
      }
    }
    case 'AssignVarStmt':
    case 'AssignVarOnceStmt': {
      const { source, target } = statement
      return (locals, run) => {
        const signal = step(locals, run)
        const origins = current()?.originsOf(locals)
        if (origins) setOrigin(origins, target, originOf(source, origins))
        return signal
      }
    }
    case 'EqualStmt':
    case 'NotEqualStmt': {
      const { a, b } = statement
      return (locals, run) => {
        const trace = current()
        if (trace) {
          const origins = trace.originsOf(locals)
          trace.compare(originOf(a, origins), operandValue(b, locals), 'equal')
          trace.compare(originOf(b, origins), operandValue(a, locals), 'equal')
        }
        return step(locals, run)
      }
    }
    case 'ScanStmt': {
      // The inner block runs many times. The origin of its key and value is recorded before its first statement runs.
      const { source, key, value } = statement
      return (locals, run) => {
        const trace = current()
        const origins = trace?.originsOf(locals)
        const from = origins?.get(source)
        const collection = locals[slot(source)]
        if (trace && from) trace.read(from, collection)
        if (origins) {
          origins.delete(key)
          setOrigin(origins, value, from && (isArray(collection) || isObj(collection)) ? [...from, anyMember] : undefined)
        }
        return step(locals, run)
      }
    }
    case 'WithStmt': {
      const { local, path } = statement
      return (locals, run) => {
        const origins = current()?.originsOf(locals)
        const before = origins?.get(local)
        // Inside, the input is a different one.
        if (origins && path.length === 0) origins.delete(local)
        const signal = step(locals, run)
        if (origins) setOrigin(origins, local, before)
        return signal
      }
    }
    case 'SetAddStmt': {
      const { set, value } = statement
      return (locals, run) => {
        const trace = current()
        trace?.add(locals[slot(set)], originOf(value, trace.originsOf(locals)))
        return step(locals, run)
      }
    }
    case 'CallStmt': {
      const { func, args, result } = statement
      return (locals, run) => {
        const trace = current()
        if (!trace) return step(locals, run)
        const origins = trace.originsOf(locals)
        const paths = args.map((arg) => originOf(arg, origins))
        const values = args.map((arg) => operandValue(arg, locals))
        for (const [index, path] of paths.entries()) if (path) trace.read(path, values[index])
        if (func === 'internal.member_2') {
          for (const member of members(values[1])) trace.compare(paths[0], member, 'equal')
          trace.compare(paths[1], values[0], 'member')
          if (values[0] !== undefined) trace.search(values[1], [values[0]])
        } else if (func === 'and') {
          trace.search(values[0], members(values[1]))
          trace.search(values[1], members(values[0]))
        } else if (ordering.has(func) || equality.has(func)) {
          trace.compare(paths[0], values[1], ordering.has(func) ? 'order' : 'equal')
          trace.compare(paths[1], values[0], ordering.has(func) ? 'order' : 'equal')
        }
        const signal = step(locals, run)
        origins.delete(result)
        return signal
      }
    }
  }
  return step
}

/** Any member of a scanned collection, in a path. */
export const anyMember = '*'

function members(collection: RegoValue | undefined): RegoValue[] {
  if (isArray(collection)) return collection.slice(0, 32)
  if (collection instanceof RegoSet) return collection.sorted().slice(0, 32)
  return []
}

/** A copy of `value` with `replacement` at `path`, or without that path if `replacement` is undefined. */
export function withPath(value: RegoValue | undefined, path: Path, replacement: RegoValue | undefined): RegoValue | undefined {
  const [step, ...rest] = path
  if (step === undefined) return replacement
  if (isArray(value) && typeof step === 'number') {
    const copy: RegoValue[] = [...value]
    const inner = withPath(value[step], rest, replacement)
    if (inner === undefined) copy.splice(step, 1)
    else copy[step] = inner
    return copy
  }
  const before = isObj(value) ? (value as Record<string, RegoValue>) : {}
  const inner = withPath(Object.hasOwn(before, step) ? before[step] : undefined, rest, replacement)
  const pairs = Object.entries(before).filter(([key]) => key !== String(step))
  if (inner !== undefined) pairs.push([String(step), inner])
  return Object.fromEntries(pairs)
}
