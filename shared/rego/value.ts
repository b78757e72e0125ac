/**
 * The values of a policy. Pure, except that they spend the fuel of the evaluation that runs. JSON from JSON.parse is used without a copy.
 * Values that a policy creates are `Dict` and `RegoSet`. Their keys and members may be any value. Arrays may share members, so a small policy
 * can build a value with 2^48 paths. Each visit of a node spends fuel.
 */

import { spend, spendOnText } from './meter.ts'
import { Big, compareNumbers, formatNumber, type Num } from './number.ts'
import { RegoCollection } from './rego-collection.ts'

/** Any value of a policy. */
export type RegoValue = null | boolean | number | Big | string | readonly RegoValue[] | Dict | RegoSet | Json
/** A plain object from JSON.parse. Only own properties count. */
export interface Json {
  readonly [key: string]: RegoValue
}

/**
 * The key of a value in a Map. A scalar is itself; any other value is its canonical text after a NUL. A string that starts with NUL is
 * encoded the same way, so no string equals an array's key.
 */
type Key = null | boolean | number | string

/** The map key of a value. */
export function keyOf(value: RegoValue): Key {
  if (typeof value === 'string') {
    spendOnText(value)
    return value.charCodeAt(0) === 0 ? `\0${JSON.stringify(value)}` : value
  }
  if (value === null || typeof value !== 'object') return value
  return `\0${canonical(value)}`
}

function canonical(value: RegoValue): string {
  spend(1)
  if (typeof value === 'string') {
    spend(value.length >> 5)
    return JSON.stringify(value)
  }
  if (value === null || typeof value !== 'object') return String(value)
  if (value instanceof Big) {
    spend(value.places >> 3)
    return value.toString()
  }
  const [open, parts, close] = canonicalParts(value)
  let length = 0
  for (const part of parts) length += part.length
  // Joining copies the texts of the members.
  spend(length >> 6)
  return open + parts.join() + close
}

function canonicalParts(value: Exclude<RegoValue, null | boolean | number | string | Big>): [string, string[], string] {
  if (isArray(value)) return ['[', value.map(canonical), ']']
  if (value instanceof RegoSet) return ['<', Array.from(value.unsorted(), canonical).sort(), '>']
  const pairs: string[] = []
  for (const [key, member] of entriesOf(value)) pairs.push(`${canonical(key)}:${canonical(member)}`)
  return ['{', pairs.sort(), '}']
}

/** An object with keys of any value. */
export class Dict extends RegoCollection {
  readonly #values = new Map<Key, RegoValue>()
  /** The original keys that differ from their `Key`: composites, and strings that start with NUL. */
  #originalKeys: Map<Key, RegoValue> | null = null

  get size(): number {
    return this.#values.size
  }

  get(key: RegoValue): RegoValue | undefined {
    return this.#values.get(keyOf(key))
  }

  set(key: RegoValue, value: RegoValue): void {
    const mapKey = keyOf(key)
    if (mapKey !== key) {
      this.#originalKeys ??= new Map()
      this.#originalKeys.set(mapKey, key)
    }
    this.#values.set(mapKey, value)
  }

  delete(key: RegoValue): void {
    this.#values.delete(keyOf(key))
  }

  *[Symbol.iterator](): IterableIterator<[RegoValue, RegoValue]> {
    for (const [mapKey, value] of this.#values) yield [this.#originalKeys?.get(mapKey) ?? mapKey, value]
  }
}

/** A set with members of any value. */
export class RegoSet extends RegoCollection {
  readonly #members = new Map<Key, RegoValue>()
  #sorted: RegoValue[] | null = null

  constructor(members: Iterable<RegoValue> = []) {
    super()
    for (const member of members) this.add(member)
  }

  get size(): number {
    return this.#members.size
  }

  has(value: RegoValue): boolean {
    return this.#members.has(keyOf(value))
  }

  add(value: RegoValue): void {
    const key = keyOf(value)
    if (this.#members.has(key)) return
    this.#members.set(key, value)
    this.#sorted = null
  }

  unsorted(): Iterable<RegoValue> {
    return this.#members.values()
  }

  /** In Rego's order. */
  sorted(): readonly RegoValue[] {
    if (this.#sorted === null) {
      spend(this.#members.size >> 2)
      this.#sorted = [...this.#members.values()].sort(compare)
    }
    return this.#sorted
  }
}

/** An object of a policy, or of parsed JSON. */
export type Obj = Dict | Json

/** Whether the value is an array. */
export const isArray = (value: unknown): value is readonly RegoValue[] => Array.isArray(value)
/** Whether the value is a number. */
export const isNum = (value: unknown): value is number | Big => typeof value === 'number' || value instanceof Big
/** Whether the value is an object. */
export const isObj = (value: unknown): value is Obj =>
  typeof value === 'object' && value !== null && (value instanceof RegoCollection ? value instanceof Dict : !Array.isArray(value))

/** `container[key]`; undefined if it does not exist. */
export function lookUp(container: RegoValue | undefined, key: RegoValue): RegoValue | undefined {
  if (typeof container !== 'object' || container === null) return undefined
  if (container instanceof RegoCollection) {
    if (container instanceof Dict) return container.get(key)
    return container instanceof RegoSet && container.has(key) ? key : undefined
  }
  if (isArray(container)) return typeof key === 'number' ? container[key] : undefined
  return typeof key === 'string' && Object.hasOwn(container, key) ? container[key] : undefined
}

/** `lookUp` in a base document. A number also finds the key of its text, because OPA's storage has paths of texts. */
export function lookUpInDocument(container: RegoValue | undefined, key: RegoValue): RegoValue | undefined {
  const value = lookUp(container, key)
  return value === undefined && isNum(key) && isObj(container) ? lookUp(container, formatNumber(key)) : value
}

/** Whether plain objects inherit this name. Then only own properties count, which is slower. */
export const isInherited = (key: string): boolean => key in Object.prototype

/** `lookUp` for a string that plain objects do not inherit. */
export function lookUpOwn(container: RegoValue | undefined, key: string): RegoValue | undefined {
  if (typeof container !== 'object' || container === null) return undefined
  if (container instanceof RegoCollection || Array.isArray(container)) return lookUp(container, key)
  return (container as Json)[key]
}

/** The pairs of an object, in no order. */
export function* entriesOf(value: Obj): IterableIterator<[RegoValue, RegoValue]> {
  if (value instanceof Dict) yield* value
  else for (const key of Object.keys(value)) if (value[key] !== undefined) yield [key, value[key]]
}

/** The keys of an object, in no order. */
export const keysOf = (value: Obj): RegoValue[] => (value instanceof Dict ? Array.from(value, ([key]) => key) : Object.keys(value))

/** The pairs of an object, in Rego's key order. */
export function sortedEntries(value: Obj): [RegoValue, RegoValue][] {
  spend(sizeOf(value))
  return [...entriesOf(value)].sort((a, b) => compare(a[0], b[0]))
}

/** The number of members of an object. */
export const sizeOf = (value: Obj): number => (value instanceof Dict ? value.size : Object.keys(value).length)

const typeRank = (value: RegoValue): number => {
  if (value === null) return 0
  switch (typeof value) {
    case 'boolean':
      return 1
    case 'number':
      return 2
    case 'string':
      return 3
  }
  return value instanceof Big ? 2 : isArray(value) ? 4 : value instanceof RegoSet ? 6 : 5
}

const isSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xe000

/** By code point, which is the order of UTF-8 bytes. JavaScript orders by UTF-16 unit. */
export function compareStrings(a: string, b: string): number {
  if (a.length === b.length) {
    spendOnText(a)
    if (a === b) return 0
  }
  const length = Math.min(a.length, b.length)
  for (let position = 0; position < length; position++) {
    if ((position & 1023) === 1023) spend(64)
    const x = a.charCodeAt(position)
    const y = b.charCodeAt(position)
    if (x === y) continue
    if (isSurrogate(x) !== isSurrogate(y)) return isSurrogate(x) ? 1 : -1
    return x < y ? -1 : 1
  }
  return a.length < b.length ? -1 : 1
}

function compareLists(a: readonly RegoValue[], b: readonly RegoValue[]): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const order = compare(a[index] as RegoValue, b[index] as RegoValue)
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** Spends fuel for comparing long numbers. Their cost grows with the distance of their exponents. */
function spendOnPlaces(a: Num, b: Num): void {
  if (a instanceof Big) spend(8 + (a.places >> 3))
  if (b instanceof Big) spend(8 + (b.places >> 3))
}

/** Rego's order: null, booleans, numbers, strings, arrays, objects, sets. */
export function compare(a: RegoValue, b: RegoValue): number {
  spend(1)
  if (typeof a !== 'string' && a === b) return 0
  const rankA = typeRank(a)
  const rankB = typeRank(b)
  if (rankA !== rankB) return rankA < rankB ? -1 : 1
  switch (rankA) {
    case 0:
      return 0
    case 1:
      return a === false ? -1 : 1
    case 2:
      spendOnPlaces(a as Num, b as Num)
      return compareNumbers(a as Num, b as Num)
    case 3:
      return compareStrings(a as string, b as string)
    case 4:
      return compareLists(a as RegoValue[], b as RegoValue[])
    case 5:
      return compareLists(sortedEntries(a as Obj).flat(), sortedEntries(b as Obj).flat())
    default:
      return compareLists((a as RegoSet).sorted(), (b as RegoSet).sorted())
  }
}

/** Whether both values are equal, at any depth. */
export function equal(a: RegoValue | undefined, b: RegoValue | undefined): boolean {
  if (typeof a === 'string') {
    // Only texts of one length are compared at all.
    if (typeof b === 'string' && a.length === b.length) spendOnText(a)
    return a === b
  }
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  spend(1)
  if (isArray(a)) {
    if (!isArray(b) || a.length !== b.length) return false
    spend(a.length >> 2)
    for (let index = 0; index < a.length; index++) if (!equal(a[index], b[index])) return false
    return true
  }
  if (a instanceof Big) return b instanceof Big && a.digits === b.digits && a.exponent === b.exponent
  if (a instanceof RegoSet) {
    if (!(b instanceof RegoSet) || a.size !== b.size) return false
    spend(a.size)
    for (const member of a.unsorted()) if (!b.has(member)) return false
    return true
  }
  const size = sizeOf(a)
  spend(size)
  if (!isObj(b) || size !== sizeOf(b)) return false
  for (const [key, value] of entriesOf(a)) {
    const other = lookUp(b, key)
    if (other === undefined || !equal(value, other)) return false
  }
  return true
}

/** A value for JSON.stringify: sets become sorted arrays, other keys become their text, and long numbers the nearest double. */
export function toJson(value: RegoValue): unknown {
  spend(1)
  if (typeof value === 'string') spend(value.length >> 5)
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Big) {
    spend(value.places >> 3)
    return Number(value.toString())
  }
  if (isArray(value)) return value.map(toJson)
  if (value instanceof RegoSet) return value.sorted().map(toJson)
  const result: Record<string, unknown> = {}
  for (const [key, member] of sortedEntries(value))
    Object.defineProperty(result, typeof key === 'string' ? key : formatKey(key), {
      value: toJson(member),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  return result
}

/** A non-string key as text: its JSON. */
export const formatKey = (key: RegoValue): string =>
  typeof key === 'string' ? key : isNum(key) ? formatNumber(key) : JSON.stringify(toJson(key))
