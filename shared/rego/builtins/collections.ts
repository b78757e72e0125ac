/** Builtins for arrays, sets, objects and graphs. */
import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import { Dict, entriesOf, equal, isArray, isObj, keysOf, lookUp, type Obj, type RegoValue, SetOf, sizeOf, sortedEntries } from '../value.ts'
import { asArray, asIndex, asMembers, asObject, asSet, asString, type Family } from './operands.ts'

const keySet = (run: Evaluation, value: RegoValue | undefined): SetOf => {
  if (isObj(value)) return new SetOf(keysOf(value))
  const members = asMembers(value, 2)
  run.spend(members.length)
  return new SetOf(members)
}

const chosen = (run: Evaluation, object: Obj, keep: (key: RegoValue) => boolean): Dict => {
  const result = new Dict()
  run.spend(sizeOf(object))
  for (const [key, value] of entriesOf(object)) if (keep(key)) result.set(key, value)
  return result
}

/** The union of two objects. The second one's values win; nested objects are merged. */
function union(run: Evaluation, a: Obj, b: Obj): Dict {
  const result = chosen(run, a, () => true)
  for (const [key, value] of entriesOf(b)) {
    run.spend(1)
    const before = result.get(key)
    result.set(key, isObj(before) && isObj(value) ? union(run, before, value) : value)
  }
  return result
}

function intersection(run: Evaluation, sets: readonly SetOf[]): SetOf {
  const [first, ...rest] = sets
  if (!first) return new SetOf()
  run.spend(first.size * sets.length)
  return new SetOf([...first.unsorted()].filter((member) => rest.every((set) => set.has(member))))
}

function unionOf(run: Evaluation, sets: readonly SetOf[]): SetOf {
  const result = new SetOf()
  for (const set of sets) {
    run.spend(set.size)
    for (const member of set.unsorted()) result.add(member)
  }
  return result
}

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
function tree(run: Evaluation, paths: RegoValue | undefined): Dict {
  const root = new Dict()
  for (const path of asMembers(paths, 2)) {
    const steps = parsePath(run, path)
    run.spend(steps.length + 1)
    let node = root
    for (const [at, step] of steps.entries()) {
      const child = node.get(step)
      if (at === steps.length - 1) node.set(step, null)
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
function filtered(run: Evaluation, value: RegoValue, by: RegoValue): RegoValue | undefined {
  run.spend(1)
  if (by === null || !(by instanceof Dict)) return value
  if (isObj(value)) {
    const result = new Dict()
    for (const [key, step] of by) {
      const member = lookUp(value, key)
      const part = member === undefined ? undefined : filtered(run, member, step)
      if (part !== undefined) result.set(key, part)
    }
    return result
  }
  if (isArray(value)) {
    run.spend(value.length)
    return value.flatMap((member, at) => {
      const step = by.get(String(at))
      const part = step === undefined ? undefined : filtered(run, member, step)
      return part === undefined ? [] : [part]
    })
  }
  if (value instanceof SetOf) {
    run.spend(value.size)
    const result = new SetOf()
    for (const member of value.unsorted()) {
      const step = by.get(member)
      const part = step === undefined ? undefined : filtered(run, member, step)
      if (part !== undefined) result.add(part)
    }
    return result
  }
  return value
}

/** `value` without the parts that the tree names. */
function removed(run: Evaluation, value: RegoValue, by: RegoValue | undefined): RegoValue | undefined {
  run.spend(1)
  if (by === null) return undefined
  if (!(by instanceof Dict)) return value
  if (isArray(value)) {
    return value.flatMap((member, at) => {
      const rest = removed(run, member, by.get(String(at)))
      return rest === undefined ? [] : [rest]
    })
  }
  if (value instanceof SetOf) {
    const result = new SetOf()
    for (const member of value.unsorted()) {
      const rest = removed(run, member, by.get(member))
      if (rest !== undefined) result.add(rest)
    }
    return result
  }
  if (!isObj(value)) return value
  const result = new Dict()
  for (const [key, member] of entriesOf(value)) {
    const rest = removed(run, member, by.get(key))
    if (rest !== undefined) result.set(key, rest)
  }
  return result
}

/** The neighbours of a node: the members of an array or set; any other value has none. */
const neighbours = (edges: RegoValue): readonly RegoValue[] => (isArray(edges) ? edges : edges instanceof SetOf ? edges.sorted() : [])

function reachable(run: Evaluation, graph: Obj, from: readonly RegoValue[]): SetOf {
  const reached = new SetOf()
  const queue = [...from]
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    run.spend(1)
    const edges = lookUp(graph, node)
    if (edges === undefined || reached.has(node)) continue
    reached.add(node)
    const next = neighbours(edges)
    run.spend(next.length)
    for (const one of next) if (!reached.has(one)) queue.push(one)
  }
  return reached
}

function paths(run: Evaluation, graph: Obj, from: readonly RegoValue[]): SetOf {
  const found = new SetOf()
  const follow = (node: RegoValue, path: readonly RegoValue[]): void => {
    run.spend(1 + path.length)
    const edges = lookUp(graph, node)
    if (edges === undefined) {
      found.add(path)
      return
    }
    const longer = [...path, node]
    const next = neighbours(edges)
    if (next.length === 0) found.add(longer)
    for (const neighbour of next) {
      run.spend(1 + (longer.length >> 2))
      if (longer.some((seen) => equal(seen, neighbour))) found.add(longer)
      else follow(neighbour, longer)
    }
  }
  for (const node of from) {
    const edges = lookUp(graph, node)
    if (edges !== undefined) follow(node, [])
  }
  return found
}

/** Every nested value with its path, as an array of pairs, outermost first. */
function walk(run: Evaluation, value: RegoValue): RegoValue[] {
  const found: RegoValue[] = []
  const visit = (current: RegoValue, path: readonly RegoValue[]): void => {
    run.spend(4 + path.length)
    found.push([path, current])
    if (isArray(current)) for (const [at, member] of current.entries()) visit(member, [...path, at])
    else if (current instanceof SetOf) for (const member of current.sorted()) visit(member, [...path, member])
    else if (isObj(current)) for (const [key, member] of sortedEntries(current)) visit(member, [...path, key])
  }
  visit(value, [])
  return found
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
  const last = next === path.length
  if (isArray(target)) {
    run.spend(target.length)
    const at = last && change !== 'remove' && step === '-' ? target.length : arrayIndex(step)
    if (at > target.length || (at === target.length && !(last && change !== 'remove'))) throw new BuiltinFault('path is out of range')
    const copy = [...target]
    if (!last) copy[at] = edit(run, target[at] as RegoValue, path, change, next)
    else if (change === 'remove') copy.splice(at, 1)
    else copy.splice(at, 0, change.add)
    return copy
  }
  if (target instanceof SetOf) {
    run.spend(target.size)
    const copy = new SetOf([...target.unsorted()].filter((member) => !equal(member, step)))
    if (last && change !== 'remove') {
      if (!equal(step, change.add)) throw new BuiltinFault('a set member’s path is the member')
      copy.add(change.add)
      return copy
    }
    if (!target.has(step)) throw new BuiltinFault('path does not exist')
    if (!last) copy.add(edit(run, step, path, change, next))
    return copy
  }
  if (!isObj(target)) throw new BuiltinFault('path goes into a scalar')
  const copy = chosen(run, target, () => true)
  const child = copy.get(step)
  if (last && change !== 'remove') copy.set(step, change.add)
  else if (child === undefined) throw new BuiltinFault('path does not exist')
  else if (last) copy.delete(step)
  else copy.set(step, edit(run, child, path, change, next))
  return copy
}

function arrayIndex(step: RegoValue): number {
  if (typeof step === 'number' && Number.isInteger(step) && step >= 0) return step
  if (typeof step === 'string' && /^(0|[1-9]\d{0,15})$/.test(step)) return Number(step)
  throw new BuiltinFault('a path step is not an array index')
}

function at(target: RegoValue, path: readonly RegoValue[]): RegoValue {
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
        return edit(run, edit(run, value, from, 'remove'), path, { add: at(value, from) })
      }
      case 'copy':
        return edit(run, value, path, { add: at(value, parsePath(run, field('from'))) })
      case 'test':
        if (!equal(at(value, path), field('value'))) throw new BuiltinFault('the value is not the one the patch expects')
        return value
    }
    throw new BuiltinFault('unrecognized op')
  }, target)
}

export const collections: Family = {
  'array.concat': (run, a, b) => {
    const result = [...asArray(a, 1), ...asArray(b, 2)]
    run.spend(result.length)
    return result
  },
  'array.slice': (_, of, from, to) => {
    const array = asArray(of)
    const stop = Math.min(Math.max(asIndex(to, 3), 0), array.length)
    return array.slice(Math.min(Math.max(asIndex(from, 2), 0), stop), stop)
  },
  'array.reverse': (_, of) => [...asArray(of)].reverse(),
  'array.flatten': (run, of) =>
    asArray(of).flatMap((member) => {
      if (!isArray(member)) return [member]
      run.spend(member.length >> 1)
      return member
    }),
  and: (run, a, b) => intersection(run, [asSet(a, 1), asSet(b, 2)]),
  or: (run, a, b) => unionOf(run, [asSet(a, 1), asSet(b, 2)]),
  intersection: (run, sets) =>
    intersection(
      run,
      asSet(sets)
        .sorted()
        .map((set) => asSet(set)),
    ),
  union: (run, sets) =>
    unionOf(
      run,
      asSet(sets)
        .sorted()
        .map((set) => asSet(set)),
    ),
  'object.get': (run, object, path, fallback) => {
    let current: RegoValue | undefined = asObject(object)
    if (isArray(path)) run.spend(path.length)
    for (const step of isArray(path) ? path : [path as RegoValue]) if (current !== undefined) current = lookUp(current, step)
    return current === undefined ? fallback : current
  },
  'object.keys': (run, object) => {
    const keys = keysOf(asObject(object))
    run.spend(keys.length)
    return new SetOf(keys)
  },
  'object.remove': (run, object, keys) => {
    const removedKeys = keySet(run, keys)
    return chosen(run, asObject(object), (key) => !removedKeys.has(key))
  },
  'object.filter': (run, object, keys) => {
    const keptKeys = keySet(run, keys)
    return chosen(run, asObject(object), (key) => keptKeys.has(key))
  },
  'object.union': (run, a, b) => union(run, asObject(a, 1), asObject(b, 2)),
  'object.union_n': (run, objects) => asArray(objects).reduce<Obj>((sum, object) => union(run, sum, asObject(object)), new Dict()),
  'object.subset': (run, whole, part) => subset(run, whole as RegoValue, part as RegoValue),
  'json.filter': (run, object, by) => filtered(run, asObject(object), tree(run, by)),
  'json.remove': (run, object, by) => removed(run, asObject(object), tree(run, by)),
  'json.patch': (run, target, operations) => patch(run, target as RegoValue, asArray(operations, 2)),
  'graph.reachable': (run, graph, from) => reachable(run, asObject(graph), asMembers(from, 2)),
  'graph.reachable_paths': (run, graph, from) => paths(run, asObject(graph), asMembers(from, 2)),
  walk: (run, value) => walk(run, value as RegoValue),
}

/** Whether `whole` contains `part`: sets and objects by member, arrays as a contiguous run, at any depth of objects. */
function subset(run: Evaluation, whole: RegoValue, part: RegoValue): boolean {
  run.spend(1)
  if (isObj(whole) && isObj(part)) {
    run.spend(sizeOf(part))
    for (const [key, value] of entriesOf(part)) {
      const member = lookUp(whole, key)
      if (member === undefined || !lookUpPath(run, member, value)) return false
    }
    return true
  }
  if (part instanceof SetOf) run.spend(part.size * (isArray(whole) ? 1 + whole.length : 1))
  if (whole instanceof SetOf && part instanceof SetOf) return [...part.unsorted()].every((member) => whole.has(member))
  if (isArray(whole) && part instanceof SetOf) return [...part.unsorted()].every((member) => whole.some((one) => equal(one, member)))
  if (isArray(whole) && isArray(part)) {
    run.spend(whole.length * part.length)
    for (let from = 0; from + part.length <= whole.length; from++)
      if (part.every((member, at) => equal(member, whole[from + at]))) return true
    return false
  }
  throw new BuiltinFault('both arguments of object.subset must be of the same type or array and set')
}

/** Whether one value contains another of the same kind. Different kinds never match, except that at the top a set may match an array. */
function lookUpPath(run: Evaluation, whole: RegoValue, value: RegoValue): boolean {
  if (equal(whole, value)) return true
  const alike = (isArray(whole) && isArray(value)) || (whole instanceof SetOf && value instanceof SetOf) || (isObj(whole) && isObj(value))
  return alike && subset(run, whole, value)
}
