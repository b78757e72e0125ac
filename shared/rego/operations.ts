/** Statements that build values, and the control flow of statements and blocks. Pure. */

import type { Evaluation } from './evaluation.ts'
import { EvaluationAborted } from './evaluation-aborted.ts'
import type { Operand, Statement } from './ir.ts'
import { freeUnits, spend } from './meter.ts'
import { type Locals, proceed, returned, type Step, type StepResult } from './step.ts'
import { Dict, entriesOf, equal, isArray, isObj, RegoSet, type RegoValue, sizeOf, sortedEntries } from './value.ts'

/** Runs statements in order. */
export function inOrder(steps: readonly Step[]): Step {
  const cost = Math.max(steps.length, 1)
  return (locals, run) => {
    run.spend(cost)
    for (let index = 0; index < steps.length; index++) {
      const signal = (steps[index] as Step)(locals, run)
      if (signal !== proceed) return signal
    }
    return proceed
  }
}

/** The step with a fixed cost. Blocks that skip their statements cost nothing else. */
function withCost(cost: number, step: Step): Step {
  if (cost === 0) return step
  return (locals, run) => {
    run.spend(cost)
    return step(locals, run)
  }
}

/** The blocks of a function. Each one runs, with any result of the one before. */
export function sequence(steps: readonly Step[]): Step {
  return withCost(steps.length >> 3, (locals, run) => {
    for (let index = 0; index < steps.length; index++) {
      const signal = (steps[index] as Step)(locals, run)
      if (signal !== proceed && signal !== 0) return signal
    }
    return proceed
  })
}

/** Runs each block, until one ends more than itself. */
export function alternatives(blocks: readonly Step[]): Step {
  return withCost(blocks.length >> 3, (locals, run) => {
    for (let index = 0; index < blocks.length; index++) {
      const signal = (blocks[index] as Step)(locals, run)
      if (signal > 0) return signal - 1
      if (signal === returned) return returned
    }
    return proceed
  })
}

/** A function that reads the operand in a frame. */
export function read(operand: Operand, slot: (local: number) => number): (locals: Locals) => RegoValue | undefined {
  if (operand.kind === 'constant') {
    const { value } = operand
    return () => value
  }
  const index = slot(operand.local)
  return (locals) => locals[index]
}

/** The step that assigns a constant. */
export const constant =
  (value: RegoValue, target: number): Step =>
  (locals) => {
    locals[target] = value
    return proceed
  }

/** The step that assigns a new value. */
export const make =
  (target: number, create: () => RegoValue): Step =>
  (locals) => {
    locals[target] = create()
    return proceed
  }

/** The step that is undefined unless `holds`. */
export const test =
  (source: (locals: Locals) => RegoValue | undefined, holds: (value: RegoValue | undefined) => boolean): Step =>
  (locals) =>
    holds(source(locals)) ? proceed : 0

/** Whether a comparison with this constant costs no more than its statement. */
export const isCheap = (constant: RegoValue): boolean => typeof constant !== 'string' || constant.length <= freeUnits

/** The step that is undefined unless the operands are equal, or unequal with `expected` false. */
export function comparison(a: Operand, b: Operand, expected: boolean, slot: (local: number) => number): Step {
  const [left, right] = a.kind === 'constant' ? [b, a] : [a, b]
  if (left.kind === 'local' && right.kind === 'constant') {
    const index = slot(left.local)
    const { value } = right
    if (!isCheap(value)) return (locals) => (equal(locals[index], value) === expected ? proceed : 0)
    return expected ? (locals) => (locals[index] === value ? proceed : 0) : (locals) => (locals[index] === value ? 0 : proceed)
  }
  if (left.kind === 'local' && right.kind === 'local') {
    const first = slot(left.local)
    const second = slot(right.local)
    return (locals) => (equal(locals[first], locals[second]) === expected ? proceed : 0)
  }
  return (left.kind === 'constant' && right.kind === 'constant' && left.value === right.value) === expected ? () => proceed : () => 0
}

/** The step that inserts a member into an object. */
export function insertion(
  statement: Statement & { type: 'ObjectInsertStmt' | 'ObjectInsertOnceStmt' },
  slot: (local: number) => number,
): Step {
  const key = read(statement.key, slot)
  const value = read(statement.value, slot)
  const object = slot(statement.object)
  const mustBeNew = statement.type === 'ObjectInsertOnceStmt'
  return (locals) => {
    const name = key(locals)
    const member = value(locals)
    if (name === undefined || member === undefined) return 0
    const target = locals[object] as Dict
    const before = mustBeNew ? target.get(name) : undefined
    if (before === undefined) target.set(name, member)
    else if (!equal(before, member)) throw new EvaluationAborted('conflict', 'object keys must be unique')
    return proceed
  }
}

/** The code points of a text. A lone surrogate counts as one. */
export function countPoints(text: string): number {
  spend(text.length >> 4)
  let pairs = 0
  for (let position = 1; position < text.length; position++)
    if ((text.charCodeAt(position) & 0xfc00) === 0xdc00 && (text.charCodeAt(position - 1) & 0xfc00) === 0xd800) pairs++
  return text.length - pairs
}

/** The number of members or code points; undefined for other values. */
export function lengthOf(value: RegoValue): number | undefined {
  if (typeof value === 'string') return countPoints(value)
  if (isArray(value)) return value.length
  if (value instanceof RegoSet) return value.size
  if (!isObj(value)) return undefined
  const size = sizeOf(value)
  spend(size >> 4)
  return size
}

/** Merges two objects. Where both have an object under one key, these are merged; otherwise the first object's value wins. */
export function mergeObjects(run: Evaluation, a: RegoValue, b: RegoValue): RegoValue {
  if (!isObj(a) || !isObj(b)) return a
  const result = new Dict()
  run.spend(1 + sizeOf(a) + sizeOf(b))
  for (const [key, value] of entriesOf(b)) result.set(key, value)
  for (const [key, value] of entriesOf(a)) {
    const other = result.get(key)
    result.set(key, other === undefined ? value : mergeObjects(run, value, other))
  }
  return result
}

/** A copy of `before` with `value` at `path`. */
export function withValueAt(
  run: Evaluation,
  before: RegoValue | undefined,
  path: readonly string[],
  from: number,
  value: RegoValue | undefined,
): RegoValue | undefined {
  const key = path[from]
  if (key === undefined) return value
  const copy = new Dict()
  if (isObj(before)) {
    run.spend(sizeOf(before))
    for (const [name, member] of entriesOf(before)) copy.set(name, member)
  }
  const inner = withValueAt(run, copy.get(key), path, from + 1, value)
  if (inner !== undefined) copy.set(key, inner)
  return copy
}

/** Runs the block once per member, in Rego's order. A value that is not a collection has no members. */
export function scan(source: number, keySlot: number, valueSlot: number, block: Step): Step {
  return (locals, run) => {
    const collection = locals[source]
    if (typeof collection !== 'object' || collection === null) return proceed
    const visit = (key: RegoValue, value: RegoValue): StepResult => {
      run.spend(1)
      locals[keySlot] = key
      locals[valueSlot] = value
      const signal = block(locals, run)
      return signal === 0 ? proceed : signal > 0 ? signal - 1 : signal
    }
    if (isArray(collection)) {
      for (let index = 0; index < collection.length; index++) {
        const signal = visit(index, collection[index] as RegoValue)
        if (signal !== proceed) return signal
      }
    } else if (collection instanceof RegoSet) {
      for (const member of collection.sorted()) {
        const signal = visit(member, member)
        if (signal !== proceed) return signal
      }
    } else if (isObj(collection)) {
      for (const [key, value] of sortedEntries(collection)) {
        const signal = visit(key, value)
        if (signal !== proceed) return signal
      }
    }
    return proceed
  }
}
