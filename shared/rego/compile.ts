/** Compiles a program's statements to closures, once per plan. Pure. */

import { builtinCall, ruleCall } from './calls.ts'
import { documentLocals } from './documents.ts'
import { indexRules } from './equality-index.ts'
import { notEvaluated } from './evaluation.ts'
import { EvaluationAborted } from './evaluation-aborted.ts'
import { constantCollections, fuse, prebuild } from './fuse.ts'
import type { Block, Func, Program, Statement } from './ir.ts'
import { spendOnText } from './meter.ts'
import { parseNumber } from './number.ts'
import {
  alternatives,
  comparison,
  constant,
  inOrder,
  insertion,
  lengthOf,
  make,
  mergeObjects,
  read,
  scan,
  sequence,
  test,
  withValueAt,
} from './operations.ts'
import { Slots } from './slots.ts'
import { type Builtins, type Callable, type CompileScope, proceed, returned, type Step, type Watcher } from './step.ts'
import { Dict, equal, isArray, isInherited, isObj, lookUp, lookUpInDocument, lookUpOwn, RegoSet, type RegoValue } from './value.ts'

/** Longest step of a rule's path that a dynamic call looks up. UTF-16 units. */
const maxPathStep = 4096

/** Compiles the rules and entry points of one program. */
export class Compiler {
  readonly #builtins: Builtins
  readonly #watcher: Watcher | undefined
  readonly #callables = new Map<string, Callable>()
  readonly #byPath = new Map<string, Callable>()
  #rules = 0

  constructor(program: Program, builtins: Builtins, watcher?: Watcher) {
    this.#builtins = builtins
    this.#watcher = watcher
    for (const { name, path, params } of program.funcs) {
      const memo = params.length === 2 ? this.#rules++ : -1
      const callable: Callable = { name, memo, size: 0, params: [], returns: 0, body: () => proceed }
      this.#callables.set(name, callable)
      this.#byPath.set(path.join('\0'), callable)
    }
    for (const func of program.funcs) {
      const callable = this.#callables.get(func.name)
      if (callable) Object.assign(callable, this.#function(func))
    }
  }

  /** Rules without arguments, which an evaluation memoizes. */
  get rules(): number {
    return this.#rules
  }

  plan(name: string, blocks: readonly Block[]): Callable {
    const func = { name, path: [], params: [0, 1], returns: 0, blocks }
    return { name, memo: -1, ...this.#function(func) }
  }

  #function(func: Func): Pick<Callable, 'size' | 'params' | 'returns' | 'body'> {
    const slots = new Slots()
    const params = func.params.map(slots.slotOf)
    const returns = slots.slotOf(func.returns)
    const constants = this.#watcher ? new Set<number>() : constantCollections(func)
    const documents = documentLocals(func)
    const steps = func.blocks.map((block, index) => {
      const step = this.#block(block, { slot: slots.slotOf, constants, documents, isInsideWith: false })
      return this.#watcher ? this.#watcher.block(func, index, step) : step
    })
    const body = sequence(this.#watcher ? steps : indexRules(func, steps, slots.slotOf))
    return { size: slots.size, params, returns, body }
  }

  #block(block: Block, scope: CompileScope): Step {
    if (this.#watcher) {
      const watcher = this.#watcher
      return inOrder(block.map((statement) => watcher.step(statement, this.#statement(statement, scope), scope.slot)))
    }
    const steps: Step[] = []
    for (let index = 0; index < block.length; index++) {
      const step = prebuild(block, index, scope) ?? fuse(block, index, scope)
      steps.push(step?.step ?? this.#statement(block[index] as Statement, scope))
      if (step) index = step.last
    }
    const first = block[0]
    // Most blocks that read a rule's value find none.
    return first?.type === 'IsDefinedStmt' ? whereDefined(scope.slot(first.source), inOrder(steps)) : inOrder(steps)
  }

  #statement(statement: Statement, scope: CompileScope): Step {
    const { slot } = scope
    switch (statement.type) {
      case 'ArrayAppendStmt': {
        const value = read(statement.value, slot)
        const array = slot(statement.array)
        return (locals) => {
          const member = value(locals)
          if (member === undefined) return 0
          ;(locals[array] as RegoValue[]).push(member)
          return proceed
        }
      }
      case 'AssignIntStmt':
      case 'MakeNumberIntStmt':
        return constant(statement.value, slot(statement.target))
      case 'AssignVarStmt': {
        if (statement.source.kind === 'constant') return constant(statement.source.value, slot(statement.target))
        const source = slot(statement.source.local)
        const target = slot(statement.target)
        return (locals) => {
          locals[target] = locals[source]
          return proceed
        }
      }
      case 'AssignVarOnceStmt': {
        const source = read(statement.source, slot)
        const target = slot(statement.target)
        return (locals) => {
          const value = source(locals)
          const before = locals[target]
          if (before === undefined) locals[target] = value
          else if (!equal(before, value)) throw new EvaluationAborted('conflict', 'complete rules must not produce multiple outputs')
          return proceed
        }
      }
      case 'BlockStmt':
        return alternatives(statement.blocks.map((block) => this.#block(block, scope)))
      case 'BreakStmt': {
        const { index } = statement
        return () => index
      }
      case 'CallStmt':
        return this.#call(statement, slot)
      case 'CallDynamicStmt': {
        const path = statement.path.map((operand) => read(operand, slot))
        const result = slot(statement.result)
        const { args } = statement
        return (locals, run) => {
          const parts: string[] = []
          for (const part of path) {
            const step = part(locals)
            // A composite names no rule, and its text may have any length.
            if (typeof step === 'object' || (typeof step === 'string' && step.length > maxPathStep)) return 0
            parts.push(String(step))
          }
          const name = parts.join('\0')
          run.spend(2 + (name.length >> 5))
          const callee = this.#byPath.get(name)
          if (callee?.params.length !== args.length) return 0
          const value = ruleCall(callee, args, slot, this.#watcher)(locals, run)
          if (value === undefined) return 0
          locals[result] = value
          return proceed
        }
      }
      case 'DotStmt': {
        const target = slot(statement.target)
        const { source, key } = statement
        if (source.kind === 'local' && key.kind === 'constant') {
          const from = slot(source.local)
          const name = key.value
          const find = typeof name === 'string' && !isInherited(name) ? lookUpOwn : lookUp
          return (locals) => {
            const value = find(locals[from], name as string)
            if (value === undefined) return 0
            locals[target] = value
            return proceed
          }
        }
        const from = read(source, slot)
        const keyOf = read(key, slot)
        const find = source.kind === 'local' && scope.documents.has(source.local) ? lookUpInDocument : lookUp
        return (locals) => {
          const name = keyOf(locals)
          if (name === undefined) return 0
          if (typeof name === 'string') spendOnText(name)
          const value = find(from(locals), name)
          if (value === undefined) return 0
          locals[target] = value
          return proceed
        }
      }
      case 'EqualStmt':
      case 'NotEqualStmt':
        return comparison(statement.a, statement.b, statement.type === 'EqualStmt', slot)
      case 'IsArrayStmt':
        return test(read(statement.source, slot), isArray)
      case 'IsObjectStmt':
        return test(read(statement.source, slot), isObj)
      case 'IsSetStmt':
        return test(read(statement.source, slot), (value) => value instanceof RegoSet)
      case 'IsDefinedStmt': {
        const source = slot(statement.source)
        return (locals) => (locals[source] === undefined ? 0 : proceed)
      }
      case 'IsUndefinedStmt': {
        const source = slot(statement.source)
        return (locals) => (locals[source] === undefined ? proceed : 0)
      }
      case 'LenStmt': {
        const source = read(statement.source, slot)
        const target = slot(statement.target)
        return (locals) => {
          const value = source(locals)
          if (value === undefined) return 0
          locals[target] = lengthOf(value)
          return locals[target] === undefined ? 0 : proceed
        }
      }
      case 'MakeArrayStmt':
        return make(slot(statement.target), () => [])
      case 'MakeNullStmt':
        return constant(null, slot(statement.target))
      case 'MakeNumberRefStmt':
        return constant(parseNumber(statement.text) ?? 0, slot(statement.target))
      case 'MakeObjectStmt':
        return make(slot(statement.target), () => new Dict())
      case 'MakeSetStmt':
        return make(slot(statement.target), () => new RegoSet())
      case 'NopStmt':
        return () => proceed
      case 'NotStmt': {
        const block = this.#block(statement.block, scope)
        return (locals, run) => {
          const signal = block(locals, run)
          return signal === proceed ? 0 : signal === 0 ? proceed : signal === returned ? returned : signal - 1
        }
      }
      case 'ObjectInsertStmt':
      case 'ObjectInsertOnceStmt':
        return insertion(statement, slot)
      case 'ObjectMergeStmt': {
        const a = slot(statement.a)
        const b = slot(statement.b)
        const target = slot(statement.target)
        return (locals, run) => {
          const left = locals[a]
          const right = locals[b]
          if (!isObj(left) || !isObj(right)) return 0
          locals[target] = mergeObjects(run, left, right)
          return proceed
        }
      }
      case 'ResetLocalStmt': {
        const target = slot(statement.target)
        return (locals) => {
          locals[target] = undefined
          return proceed
        }
      }
      case 'ResultSetAddStmt': {
        const value = slot(statement.value)
        return (locals, run) => {
          const result = locals[value]
          if (result === undefined) return 0
          run.results.push(result)
          return proceed
        }
      }
      case 'ReturnLocalStmt': {
        const source = slot(statement.source)
        return (locals) => {
          // The caller reads the frame: the result is in its first slot.
          locals[0] = locals[source]
          return returned
        }
      }
      case 'ScanStmt':
        return scan(slot(statement.source), slot(statement.key), slot(statement.value), this.#block(statement.block, scope))
      case 'SetAddStmt': {
        const value = read(statement.value, slot)
        const set = slot(statement.set)
        return (locals) => {
          const member = value(locals)
          if (member === undefined) return 0
          ;(locals[set] as RegoSet).add(member)
          return proceed
        }
      }
      case 'WithStmt': {
        const block = this.#block(statement.block, { ...scope, isInsideWith: true })
        const local = slot(statement.local)
        const value = read(statement.value, slot)
        const { path } = statement
        return (locals, run) => {
          const before = locals[local]
          const { memo } = run
          run.spend(memo.length >> 3)
          run.memo = new Array(memo.length).fill(notEvaluated)
          locals[local] = withValueAt(run, before, path, 0, value(locals))
          const signal = block(locals, run)
          if (signal !== returned) locals[local] = before
          run.memo = memo
          return signal > 0 ? signal - 1 : signal
        }
      }
    }
  }

  #call(statement: Statement & { type: 'CallStmt' }, slot: (local: number) => number): Step {
    const callee = this.#callables.get(statement.func)
    if (!callee) return builtinCall(statement, this.#builtins, slot)
    const result = slot(statement.result)
    const call = ruleCall(callee, statement.args, slot, this.#watcher)
    return (locals, run) => {
      const value = call(locals, run)
      if (value === undefined) return 0
      locals[result] = value
      return proceed
    }
  }
}

const whereDefined =
  (source: number, step: Step): Step =>
  (locals, run) =>
    locals[source] === undefined ? 0 : step(locals, run)
