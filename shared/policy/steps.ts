/** Turns statements into closures, once per plan. A closure answers how its statement ended: on, out of blocks, or out of the function. */

import { indexed } from './equality-index.ts'
import type { Block, Func, Operand, Program, Statement } from './ir.ts'
import { NumberTooLong, parseNumber } from './number.ts'
import { BuiltinFault, maxDepth, type Run, Stop, unknown } from './run.ts'
import {
  Dict,
  entriesOf,
  equal,
  isArray,
  isInherited,
  isObj,
  lookUp,
  lookUpOwn,
  SetOf,
  sizeOf,
  sortedEntries,
  type Value,
} from './value.ts'

export type Locals = (Value | undefined)[]

/** `on`: the next statement is due. 0: this block is over (a statement was undefined). n: so are the n blocks around it. */
export type Signal = number
export const on = -1
export const returned = -2

export type Step = (locals: Locals, run: Run) => Signal

/** A rule or function, ready to run. */
export interface Callable {
  readonly name: string
  /** Its number among the rules without arguments, or -1. */
  readonly memo: number
  /** Locals that its frame has. */
  size: number
  params: readonly number[]
  returns: number
  body: Step
}

/** Stands around each statement and block of a plan that is compiled to be watched; costs what it does, and no index is built. */
export interface Watcher {
  step(statement: Statement, step: Step, slot: (local: number) => number): Step
  /** Arguments are passed: `args` of the frame `from` become the parameters of the frame `to`. */
  call(callee: Callable, args: readonly Operand[], from: Locals, to: Locals): void
  block(func: Func, at: number, step: Step): Step
}

export type Builtins = ReadonlyMap<string, (run: Run, ...args: Value[]) => Value | undefined>

/** Numbers the locals of one function densely, in order of mention: a plan may number them as wildly as it likes. */
class Slots {
  readonly #slots = new Map<number, number>()
  readonly of = (local: number): number => {
    const known = this.#slots.get(local)
    if (known !== undefined) return known
    this.#slots.set(local, this.#slots.size)
    return this.#slots.size - 1
  }
  get size(): number {
    return this.#slots.size
  }
}

/** What the statements of one function share. */
interface Scope {
  readonly slot: (local: number) => number
  /** Locals that only ever hold sets of constants, added to where they are made. */
  readonly constants: ReadonlySet<number>
}

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
      const callable: Callable = { name, memo, size: 0, params: [], returns: 0, body: () => on }
      this.#callables.set(name, callable)
      this.#byPath.set(path.join('\0'), callable)
    }
    for (const func of program.funcs) {
      const callable = this.#callables.get(func.name)
      if (callable) Object.assign(callable, this.#function(func))
    }
  }

  /** Rules without arguments, whose values an evaluation keeps. */
  get rules(): number {
    return this.#rules
  }

  plan(name: string, blocks: readonly Block[]): Callable {
    const func = { name, path: [], params: [0, 1], returns: 0, blocks }
    return { name, memo: -1, ...this.#function(func) }
  }

  #function(func: Func): Pick<Callable, 'size' | 'params' | 'returns' | 'body'> {
    const slots = new Slots()
    const params = func.params.map(slots.of)
    const returns = slots.of(func.returns)
    const constants = this.#watcher ? new Set<number>() : constantCollections(func)
    const steps = func.blocks.map((block, at) => {
      const step = this.#block(block, { slot: slots.of, constants })
      return this.#watcher ? this.#watcher.block(func, at, step) : step
    })
    const body = sequence(this.#watcher ? steps : indexed(func, steps, slots.of))
    return { size: slots.size, params, returns, body }
  }

  #block(block: Block, scope: Scope): Step {
    const steps: Step[] = []
    for (let at = 0; at < block.length; at++) {
      const statement = block[at] as Statement
      const made = prebuilt(block, at, scope)
      if (made) {
        steps.push(made.step)
        at = made.last
        continue
      }
      const step = this.#statement(statement, scope)
      steps.push(this.#watcher ? this.#watcher.step(statement, step, scope.slot) : step)
    }
    return inOrder(steps)
  }

  #statement(statement: Statement, scope: Scope): Step {
    const { slot } = scope
    switch (statement.type) {
      case 'ArrayAppendStmt': {
        const value = read(statement.value, slot)
        const array = slot(statement.array)
        return (locals) => {
          const added = value(locals)
          if (added === undefined) return 0
          ;(locals[array] as Value[]).push(added)
          return on
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
          return on
        }
      }
      case 'AssignVarOnceStmt': {
        const source = read(statement.source, slot)
        const target = slot(statement.target)
        return (locals, run) => {
          const value = source(locals)
          const before = locals[target]
          if (before === undefined) locals[target] = value
          else if (!same(run, before, value)) throw new Stop('conflict', 'complete rules must not produce multiple outputs')
          return on
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
          let name = ''
          for (const [at, part] of path.entries()) name += at === 0 ? part(locals) : `\0${part(locals)}`
          const callee = this.#byPath.get(name)
          if (callee?.params.length !== args.length) return 0
          const value = this.#invoke(callee, args, slot)(locals, run)
          if (value === undefined) return 0
          locals[result] = value
          return on
        }
      }
      case 'DotStmt': {
        const target = slot(statement.target)
        const { source, key } = statement
        if (source.kind === 'local' && key.kind === 'constant') {
          const from = slot(source.local)
          const name = key.value
          const look = typeof name === 'string' && !isInherited(name) ? lookUpOwn : lookUp
          return (locals) => {
            const value = look(locals[from], name as string)
            if (value === undefined) return 0
            locals[target] = value
            return on
          }
        }
        const from = read(source, slot)
        const by = read(key, slot)
        return (locals, run) => {
          const name = by(locals)
          if (name === undefined) return 0
          const value = lookUp(from(locals), name)
          if (typeof name === 'object') run.settle()
          if (value === undefined) return 0
          locals[target] = value
          return on
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
        return test(read(statement.source, slot), (value) => value instanceof SetOf)
      case 'IsDefinedStmt': {
        const source = slot(statement.source)
        return (locals) => (locals[source] === undefined ? 0 : on)
      }
      case 'IsUndefinedStmt': {
        const source = slot(statement.source)
        return (locals) => (locals[source] === undefined ? on : 0)
      }
      case 'LenStmt': {
        const source = read(statement.source, slot)
        const target = slot(statement.target)
        return (locals) => {
          const value = source(locals)
          if (value === undefined) return 0
          locals[target] = lengthOf(value)
          return locals[target] === undefined ? 0 : on
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
        return make(slot(statement.target), () => new SetOf())
      case 'NopStmt':
        return () => on
      case 'NotStmt': {
        const block = this.#block(statement.block, scope)
        return (locals, run) => {
          const signal = block(locals, run)
          return signal === on ? 0 : signal === 0 ? on : signal === returned ? returned : signal - 1
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
          locals[target] = merged(run, left, right)
          return on
        }
      }
      case 'ResetLocalStmt': {
        const target = slot(statement.target)
        return (locals) => {
          locals[target] = undefined
          return on
        }
      }
      case 'ResultSetAddStmt': {
        const value = slot(statement.value)
        return (locals, run) => {
          const result = locals[value]
          if (result === undefined) return 0
          run.results.push(result)
          return on
        }
      }
      case 'ReturnLocalStmt': {
        const source = slot(statement.source)
        return (locals) => {
          // The frame is the caller's to read: the answer travels in its first place.
          locals[0] = locals[source]
          return returned
        }
      }
      case 'ScanStmt':
        return scan(slot(statement.source), slot(statement.key), slot(statement.value), this.#block(statement.block, scope))
      case 'SetAddStmt': {
        const value = read(statement.value, slot)
        const set = slot(statement.set)
        return (locals, run) => {
          const added = value(locals)
          if (added === undefined) return 0
          ;(locals[set] as SetOf).add(added)
          if (typeof added === 'object') run.settle()
          return on
        }
      }
      case 'WithStmt': {
        const block = this.#block(statement.block, scope)
        const local = slot(statement.local)
        const value = read(statement.value, slot)
        const { path } = statement
        return (locals, run) => {
          const before = locals[local]
          const { memo } = run
          run.spend(memo.length >> 3)
          run.memo = new Array(memo.length).fill(unknown)
          locals[local] = replaced(run, before, path, 0, value(locals))
          const signal = block(locals, run)
          if (signal !== returned) locals[local] = before
          run.memo = memo
          return signal > 0 ? signal - 1 : signal
        }
      }
    }
  }

  #call(statement: Statement & { type: 'CallStmt' }, slot: (local: number) => number): Step {
    const result = slot(statement.result)
    const callee = this.#callables.get(statement.func)
    if (callee) {
      const invoke = this.#invoke(callee, statement.args, slot)
      return (locals, run) => {
        const value = invoke(locals, run)
        if (value === undefined) return 0
        locals[result] = value
        return on
      }
    }
    const builtin = this.#builtins.get(statement.func)
    if (!builtin) throw new Error(`unchecked builtin ${statement.func}`)
    const { func } = statement
    const args = statement.args.map((operand) => read(operand, slot))
    const [first, second] = args
    const apply: (locals: Locals, run: Run) => Value | undefined =
      args.length === 1 && first
        ? (locals, run) => builtin(run, first(locals) as Value)
        : args.length === 2 && first && second
          ? (locals, run) => builtin(run, first(locals) as Value, second(locals) as Value)
          : (locals, run) => builtin(run, ...args.map((arg) => arg(locals) as Value))
    return (locals, run) => {
      let value: Value | undefined
      try {
        value = apply(locals, run)
      } catch (fault) {
        if (!(fault instanceof BuiltinFault || fault instanceof NumberTooLong)) throw fault
        if (run.strict) throw new Stop('builtin', `${func}: ${fault.message}`)
        return 0
      }
      run.spend(typeof value === 'string' ? 1 + (value.length >> 5) : isArray(value) ? 1 + (value.length >> 2) : 1)
      run.settle()
      if (value === undefined) return 0
      locals[result] = value
      return on
    }
  }

  #invoke(callee: Callable, args: readonly Operand[], slot: (local: number) => number): (locals: Locals, run: Run) => Value | undefined {
    const slots = args.map((operand) => (operand.kind === 'local' ? slot(operand.local) : -1))
    const constants = args.map((operand) => (operand.kind === 'local' ? undefined : operand.value))
    const watcher = this.#watcher
    const enter = (locals: Locals, run: Run): Value | undefined => {
      if (++run.depth > maxDepth) throw new Stop('depth', 'functions call each other too deeply')
      run.spend(1 + (callee.size >> 3))
      const frame: Locals = new Array(callee.size).fill(undefined)
      for (let at = 0; at < slots.length; at++) {
        const from = slots[at] as number
        frame[callee.params[at] as number] = from < 0 ? constants[at] : locals[from]
      }
      watcher?.call(callee, args, locals, frame)
      const signal = callee.body(frame, run)
      run.depth--
      return signal === returned ? frame[0] : undefined
    }
    const { memo } = callee
    // Only what is called with the input and data at hand is the same every time.
    if (memo < 0 || !isLocal(args[0], 0) || !isLocal(args[1], 1)) return enter
    return (locals, run) => {
      const known = run.memo[memo]
      if (known !== unknown) return known as Value | undefined
      const { memo: into } = run
      const value = enter(locals, run)
      into[memo] = value
      return value
    }
  }
}

/**
 * Locals whose every set is made of constants in one go: `x in {"a", "b"}` would build that set for each question. A set that
 * is added to anywhere else must be made anew each time.
 */
function constantCollections({ blocks }: Func): Set<number> {
  const made = new Set<number>()
  const grown = new Set<number>()
  const visit = (block: Block): void => {
    for (let at = 0; at < block.length; at++) {
      const statement = block[at] as Statement
      if (statement.type === 'MakeSetStmt') {
        made.add(statement.target)
        at = lastOfSet(block, at)
      } else if (statement.type === 'SetAddStmt') grown.add(statement.set)
      if ('block' in statement) visit(statement.block)
      if ('blocks' in statement) statement.blocks.forEach(visit)
    }
  }
  blocks.forEach(visit)
  return made.difference(grown)
}

/** Where the constants end that are added to the set made at `from`. */
function lastOfSet(block: Block, from: number): number {
  const first = block[from]
  let at = from
  for (let next = block[at + 1]; next?.type === 'SetAddStmt' && next.value.kind === 'constant'; next = block[at + 1]) {
    if (first?.type !== 'MakeSetStmt' || next.set !== first.target) break
    at++
  }
  return at
}

function prebuilt(block: Block, at: number, { slot, constants }: Scope): { step: Step; last: number } | undefined {
  const first = block[at]
  if (first?.type !== 'MakeSetStmt' || !constants.has(first.target)) return undefined
  const last = lastOfSet(block, at)
  const set = new SetOf()
  for (const statement of block.slice(at + 1, last + 1))
    if (statement.type === 'SetAddStmt' && statement.value.kind === 'constant') set.add(statement.value.value)
  return { step: constant(set, slot(first.target)), last }
}

const isLocal = (operand: Operand | undefined, local: number) => operand?.kind === 'local' && operand.local === local

/** One statement after another. */
function inOrder(steps: readonly Step[]): Step {
  const cost = steps.length
  return (locals, run) => {
    run.spend(cost)
    for (let at = 0; at < steps.length; at++) {
      const signal = (steps[at] as Step)(locals, run)
      if (signal !== on) return signal
    }
    return on
  }
}

/** Blocks of a function: each is tried, whatever became of the one before. */
export function sequence(steps: readonly Step[]): Step {
  return (locals, run) => {
    for (let at = 0; at < steps.length; at++) {
      const signal = (steps[at] as Step)(locals, run)
      if (signal !== on && signal !== 0) return signal
    }
    return on
  }
}

function alternatives(blocks: readonly Step[]): Step {
  return (locals, run) => {
    for (let at = 0; at < blocks.length; at++) {
      const signal = (blocks[at] as Step)(locals, run)
      if (signal > 0) return signal - 1
      if (signal === returned) return returned
    }
    return on
  }
}

function read(operand: Operand, slot: (local: number) => number): (locals: Locals) => Value | undefined {
  if (operand.kind === 'constant') {
    const { value } = operand
    return () => value
  }
  const at = slot(operand.local)
  return (locals) => locals[at]
}

const constant =
  (value: Value, target: number): Step =>
  (locals) => {
    locals[target] = value
    return on
  }

const make =
  (target: number, made: () => Value): Step =>
  (locals) => {
    locals[target] = made()
    return on
  }

const test =
  (source: (locals: Locals) => Value | undefined, holds: (value: Value | undefined) => boolean): Step =>
  (locals) =>
    holds(source(locals)) ? on : 0

const same = (run: Run, a: Value | undefined, b: Value | undefined): boolean => {
  if (a === b) return true
  if (typeof a !== 'object') return false
  const answer = equal(a, b)
  run.settle()
  return answer
}

function comparison(a: Operand, b: Operand, wanted: boolean, slot: (local: number) => number): Step {
  const [left, right] = a.kind === 'constant' ? [b, a] : [a, b]
  if (left.kind === 'local' && right.kind === 'constant') {
    const at = slot(left.local)
    const { value } = right
    return wanted ? (locals) => (locals[at] === value ? on : 0) : (locals) => (locals[at] === value ? 0 : on)
  }
  const first = read(left, slot)
  const second = read(right, slot)
  return (locals, run) => (same(run, first(locals), second(locals)) === wanted ? on : 0)
}

function insertion(statement: Statement & { type: 'ObjectInsertStmt' | 'ObjectInsertOnceStmt' }, slot: (local: number) => number): Step {
  const key = read(statement.key, slot)
  const value = read(statement.value, slot)
  const object = slot(statement.object)
  const once = statement.type === 'ObjectInsertOnceStmt'
  return (locals, run) => {
    const name = key(locals)
    const held = value(locals)
    if (name === undefined || held === undefined) return 0
    const into = locals[object] as Dict
    const before = once ? into.get(name) : undefined
    if (before === undefined) into.set(name, held)
    else if (!same(run, before, held)) throw new Stop('conflict', 'object keys must be unique')
    if (typeof name === 'object') run.settle()
    return on
  }
}

function lengthOf(value: Value): number | undefined {
  if (typeof value === 'string') return [...value].length
  if (isArray(value)) return value.length
  if (value instanceof SetOf) return value.size
  return isObj(value) ? sizeOf(value) : undefined
}

/** Both objects in one; where both have a key with objects, those merged, else the first's. */
function merged(run: Run, a: Value, b: Value): Value {
  if (!isObj(a) || !isObj(b)) return a
  const made = new Dict()
  for (const [key, value] of entriesOf(b)) made.set(key, value)
  for (const [key, value] of entriesOf(a)) {
    const other = made.get(key)
    made.set(key, other === undefined ? value : merged(run, value, other))
  }
  run.spend(made.size)
  return made
}

/** `value` put at `path` within a copy of what was there. */
function replaced(run: Run, before: Value | undefined, path: readonly string[], from: number, value: Value | undefined): Value | undefined {
  const key = path[from]
  if (key === undefined) return value
  const copy = new Dict()
  if (isObj(before)) {
    for (const [name, held] of entriesOf(before)) copy.set(name, held)
    run.spend(copy.size)
  }
  const inner = replaced(run, copy.get(key), path, from + 1, value)
  if (inner !== undefined) copy.set(key, inner)
  return copy
}

/** The block once for each member, in Rego's order. What is no collection has no members. */
function scan(source: number, keySlot: number, valueSlot: number, block: Step): Step {
  return (locals, run) => {
    const over = locals[source]
    if (typeof over !== 'object' || over === null) return on
    const visit = (key: Value, value: Value): Signal => {
      run.spend(1)
      locals[keySlot] = key
      locals[valueSlot] = value
      const signal = block(locals, run)
      return signal === 0 ? on : signal > 0 ? signal - 1 : signal
    }
    if (isArray(over)) {
      for (let at = 0; at < over.length; at++) {
        const signal = visit(at, over[at] as Value)
        if (signal !== on) return signal
      }
    } else if (over instanceof SetOf) {
      for (const member of over.sorted()) {
        const signal = visit(member, member)
        if (signal !== on) return signal
      }
    } else if (isObj(over)) {
      for (const [key, value] of sortedEntries(over)) {
        const signal = visit(key, value)
        if (signal !== on) return signal
      }
    }
    return on
  }
}
