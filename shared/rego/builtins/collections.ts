/** Builtins for arrays, sets and objects. */
import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import { Dict, entriesOf, equal, isArray, isObj, keysOf, lookUp, type Obj, RegoSet, type RegoValue, sizeOf } from '../value.ts'
import { asArray, asIndex, asMembers, asObject, asSet, type BuiltinFamily } from './operands.ts'

const keySet = (run: Evaluation, value: RegoValue | undefined): RegoSet => {
  if (isObj(value)) return new RegoSet(keysOf(value))
  const members = asMembers(value, 2)
  run.spend(members.length)
  return new RegoSet(members)
}

/** The pairs of `object` with a key that `accepts` allows. */
export const filterObject = (run: Evaluation, object: Obj, accepts: (key: RegoValue) => boolean): Dict => {
  const result = new Dict()
  run.spend(sizeOf(object))
  for (const [key, value] of entriesOf(object)) if (accepts(key)) result.set(key, value)
  return result
}

/** The union of two objects. The second one's values win; nested objects are merged. */
function union(run: Evaluation, a: Obj, b: Obj): Dict {
  const result = filterObject(run, a, () => true)
  for (const [key, value] of entriesOf(b)) {
    run.spend(1)
    const before = result.get(key)
    result.set(key, isObj(before) && isObj(value) ? union(run, before, value) : value)
  }
  return result
}

function intersection(run: Evaluation, sets: readonly RegoSet[]): RegoSet {
  const [first, ...rest] = sets
  if (!first) return new RegoSet()
  run.spend(first.size * sets.length)
  return new RegoSet([...first.unsorted()].filter((member) => rest.every((set) => set.has(member))))
}

function unionOf(run: Evaluation, sets: readonly RegoSet[]): RegoSet {
  const result = new RegoSet()
  for (const set of sets) {
    run.spend(set.size)
    for (const member of set.unsorted()) result.add(member)
  }
  return result
}

/** The builtins of this file by name. */
export const collections: BuiltinFamily = {
  'array.concat': (run, a, b) => {
    const result = [...asArray(a, 1), ...asArray(b, 2)]
    run.spend(result.length)
    return result
  },
  'array.slice': (_, value, from, to) => {
    const array = asArray(value)
    const end = Math.min(Math.max(asIndex(to, 3), 0), array.length)
    return array.slice(Math.min(Math.max(asIndex(from, 2), 0), end), end)
  },
  'array.reverse': (_, array) => [...asArray(array)].reverse(),
  'array.flatten': (run, array) =>
    asArray(array).flatMap((member) => {
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
    return new RegoSet(keys)
  },
  'object.remove': (run, object, keys) => {
    const removedKeys = keySet(run, keys)
    return filterObject(run, asObject(object), (key) => !removedKeys.has(key))
  },
  'object.filter': (run, object, keys) => {
    const keptKeys = keySet(run, keys)
    return filterObject(run, asObject(object), (key) => keptKeys.has(key))
  },
  'object.union': (run, a, b) => union(run, asObject(a, 1), asObject(b, 2)),
  'object.union_n': (run, objects) => asArray(objects).reduce<Obj>((sum, object) => union(run, sum, asObject(object)), new Dict()),
  'object.subset': (run, whole, part) => subset(run, whole as RegoValue, part as RegoValue),
}

/** Whether `whole` contains `part`: sets and objects by member, arrays as a contiguous run, at any depth of objects. */
function subset(run: Evaluation, whole: RegoValue, part: RegoValue): boolean {
  run.spend(1)
  if (isObj(whole) && isObj(part)) {
    run.spend(sizeOf(part))
    for (const [key, value] of entriesOf(part)) {
      const member = lookUp(whole, key)
      if (member === undefined || !containsSameType(run, member, value)) return false
    }
    return true
  }
  if (part instanceof RegoSet) run.spend(part.size * (isArray(whole) ? 1 + whole.length : 1))
  if (whole instanceof RegoSet && part instanceof RegoSet) return [...part.unsorted()].every((member) => whole.has(member))
  if (isArray(whole) && part instanceof RegoSet)
    return [...part.unsorted()].every((member) => whole.some((element) => equal(element, member)))
  if (isArray(whole) && isArray(part)) {
    run.spend(whole.length * part.length)
    for (let from = 0; from + part.length <= whole.length; from++)
      if (part.every((member, index) => equal(member, whole[from + index]))) return true
    return false
  }
  throw new BuiltinFault('both arguments of object.subset must be of the same type or array and set')
}

/** Whether one value contains another of the same kind. Different kinds never match, except that at the top a set may match an array. */
function containsSameType(run: Evaluation, whole: RegoValue, value: RegoValue): boolean {
  if (equal(whole, value)) return true
  const haveSameType =
    (isArray(whole) && isArray(value)) || (whole instanceof RegoSet && value instanceof RegoSet) || (isObj(whole) && isObj(value))
  return haveSameType && subset(run, whole, value)
}
