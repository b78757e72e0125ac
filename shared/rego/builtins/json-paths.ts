/** Builtins that filter, remove and patch parts of a JSON value by path. */
import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import { Dict, entriesOf, equal, isArray, isObj, lookUp, RegoSet, type RegoValue } from '../value.ts'
import { filterObject } from './collections.ts'
import { asArray, asMembers, asObject, asString, type BuiltinFamily } from './operands.ts'

/** A path of `json.filter` and `json.remove`: `a/b~1c`, or an array of steps. */
function parsePath(run: Evaluation, path: RegoValue): readonly RegoValue[] {
  if (isArray(path)) {
    run.spend(path.length)
    return path
  }
  if (typeof path !== 'string') throw new BuiltinFault('operand 2 must hold string paths or arrays of path segments')
  run.spend(path.length >> 2)
  if (path === '') return []
  let from = 0
  while (path[from] === '/') from++
  return path
    .slice(from)
    .split('/')
    .map((step) => (step.includes('~') ? step.replaceAll('~1', '/').replaceAll('~0', '~') : step))
}

/** Paths as a tree. Null marks the end of a path and includes everything below. */
function pathTree(run: Evaluation, paths: RegoValue | undefined): Dict {
  const root = new Dict()
  for (const path of asMembers(paths, 2)) {
    const steps = parsePath(run, path)
    run.spend(steps.length + 1)
    let node = root
    for (const [index, step] of steps.entries()) {
      const child = node.get(step)
      if (index === steps.length - 1) node.set(step, null)
      else if (child instanceof Dict) node = child
      else if (child === null) break
      else {
        const result = new Dict()
        node.set(step, result)
        node = result
      }
    }
  }
  return root
}

/** The parts of `value` that the tree names. */
function filterByTree(run: Evaluation, value: RegoValue, tree: RegoValue): RegoValue | undefined {
  run.spend(1)
  if (tree === null || !(tree instanceof Dict)) return value
  if (isObj(value)) {
    const result = new Dict()
    for (const [key, step] of tree) {
      const member = lookUp(value, key)
      const part = member === undefined ? undefined : filterByTree(run, member, step)
      if (part !== undefined) result.set(key, part)
    }
    return result
  }
  if (isArray(value)) {
    run.spend(value.length)
    return value.flatMap((member, index) => {
      const step = tree.get(String(index))
      const part = step === undefined ? undefined : filterByTree(run, member, step)
      return part === undefined ? [] : [part]
    })
  }
  if (value instanceof RegoSet) {
    run.spend(value.size)
    const result = new RegoSet()
    for (const member of value.unsorted()) {
      const step = tree.get(member)
      const part = step === undefined ? undefined : filterByTree(run, member, step)
      if (part !== undefined) result.add(part)
    }
    return result
  }
  return value
}

/** `value` without the parts that the tree names. */
function removeByTree(run: Evaluation, value: RegoValue, tree: RegoValue | undefined): RegoValue | undefined {
  run.spend(1)
  if (tree === null) return undefined
  if (!(tree instanceof Dict)) return value
  if (isArray(value)) {
    return value.flatMap((member, index) => {
      const rest = removeByTree(run, member, tree.get(String(index)))
      return rest === undefined ? [] : [rest]
    })
  }
  if (value instanceof RegoSet) {
    const result = new RegoSet()
    for (const member of value.unsorted()) {
      const rest = removeByTree(run, member, tree.get(member))
      if (rest !== undefined) result.add(rest)
    }
    return result
  }
  if (!isObj(value)) return value
  const result = new Dict()
  for (const [key, member] of entriesOf(value)) {
    const rest = removeByTree(run, member, tree.get(key))
    if (rest !== undefined) result.set(key, rest)
  }
  return result
}

/** One JSON Patch operation: sets or removes the value at a path. */
function edit(run: Evaluation, target: RegoValue, path: readonly RegoValue[], change: { add: RegoValue } | 'remove', from = 0): RegoValue {
  run.spend(1)
  const step = path[from]
  if (step === undefined) {
    if (change === 'remove') return null
    return change.add
  }
  const next = from + 1
  const isLast = next === path.length
  if (isArray(target)) {
    run.spend(target.length)
    const index = isLast && change !== 'remove' && step === '-' ? target.length : arrayIndex(step)
    if (index > target.length || (index === target.length && !(isLast && change !== 'remove')))
      throw new BuiltinFault('path is out of range')
    const copy = [...target]
    if (!isLast) copy[index] = edit(run, target[index] as RegoValue, path, change, next)
    else if (change === 'remove') copy.splice(index, 1)
    else copy.splice(index, 0, change.add)
    return copy
  }
  if (target instanceof RegoSet) {
    run.spend(target.size)
    const copy = new RegoSet([...target.unsorted()].filter((member) => !equal(member, step)))
    if (isLast && change !== 'remove') {
      if (!equal(step, change.add)) throw new BuiltinFault('a set member’s path is the member')
      copy.add(change.add)
      return copy
    }
    if (!target.has(step)) throw new BuiltinFault('path does not exist')
    if (!isLast) copy.add(edit(run, step, path, change, next))
    return copy
  }
  if (!isObj(target)) throw new BuiltinFault('path goes into a scalar')
  const copy = filterObject(run, target, () => true)
  const child = copy.get(step)
  if (isLast && change !== 'remove') copy.set(step, change.add)
  else if (child === undefined) throw new BuiltinFault('path does not exist')
  else if (isLast) copy.delete(step)
  else copy.set(step, edit(run, child, path, change, next))
  return copy
}

function arrayIndex(step: RegoValue): number {
  if (typeof step === 'number' && Number.isInteger(step) && step >= 0) return step
  if (typeof step === 'string' && /^(0|[1-9]\d{0,15})$/.test(step)) return Number(step)
  throw new BuiltinFault('a path step is not an array index')
}

function valueAt(target: RegoValue, path: readonly RegoValue[]): RegoValue {
  let current: RegoValue | undefined = target
  for (const step of path) current = current === undefined ? undefined : lookUp(current, isArray(current) ? arrayIndex(step) : step)
  if (current === undefined) throw new BuiltinFault('path does not exist')
  return current
}

function patch(run: Evaluation, target: RegoValue, operations: readonly RegoValue[]): RegoValue {
  return operations.reduce<RegoValue>((value, operation) => {
    run.spend(4)
    if (!isObj(operation)) throw new BuiltinFault('a patch must be an object')
    const field = (name: string): RegoValue => {
      const attribute = lookUp(operation, name)
      if (attribute === undefined) throw new BuiltinFault(`missing required attribute '${name}'`)
      return attribute
    }
    const path = parsePath(run, field('path'))
    switch (asString(field('op'))) {
      case 'add':
        return edit(run, value, path, { add: field('value') })
      case 'remove':
        return edit(run, value, path, 'remove')
      case 'replace':
        return edit(run, edit(run, value, path, 'remove'), path, { add: field('value') })
      case 'move': {
        const from = parsePath(run, field('from'))
        return edit(run, edit(run, value, from, 'remove'), path, { add: valueAt(value, from) })
      }
      case 'copy':
        return edit(run, value, path, { add: valueAt(value, parsePath(run, field('from'))) })
      case 'test':
        if (!equal(valueAt(value, path), field('value'))) throw new BuiltinFault('the value is not the one the patch expects')
        return value
    }
    throw new BuiltinFault('unrecognized op')
  }, target)
}

/** The builtins of this file by name. */
export const jsonPaths: BuiltinFamily = {
  'json.filter': (run, object, paths) => filterByTree(run, asObject(object), pathTree(run, paths)),
  'json.remove': (run, object, paths) => removeByTree(run, asObject(object), pathTree(run, paths)),
  'json.patch': (run, target, operations) => patch(run, target as RegoValue, asArray(operations, 2)),
}
