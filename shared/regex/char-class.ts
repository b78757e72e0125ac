/** Sets of code points: sorted ranges with binary search, and Unicode properties. Pure. */
import { BoundedMap } from '../lib/bounded-map.ts'

/** A range of code points, both ends included. */
export type Range = readonly [from: number, to: number]

/** The largest code point of Unicode. */
export const maxPoint = 0x10ffff

/** A Unicode property of code points. */
export interface Property {
  readonly test: (point: number) => boolean
  readonly isNegated: boolean
}

/** Points in any of the ranges or with any of the properties. */
export interface PointSet {
  readonly ranges: readonly Range[]
  readonly properties: readonly Property[]
}

/** The set of code points that one instruction accepts. */
export class CharClass {
  /** Starts and ends, in ascending order. */
  readonly #bounds: Int32Array
  readonly #properties: readonly Property[]
  readonly #negated: boolean
  /** Also accepts a point if its lower or upper case is in the set. Applied before negation. */
  readonly foldsCase: boolean
  /** Its cost relative to a single character. */
  readonly weight: number

  constructor({ ranges, properties }: PointSet, isNegated: boolean, foldsCase: boolean) {
    const sorted = mergeRanges(ranges)
    this.#bounds = Int32Array.from(sorted.flat())
    this.#properties = properties
    this.#negated = isNegated
    this.foldsCase = foldsCase
    this.weight = (1 + (32 - Math.clz32(sorted.length)) / 4 + properties.length * 4) * (foldsCase ? 3 : 1)
  }

  /** `lower` and `upper` are the point in either case, or -1. Only classes that fold the case use them. */
  accepts(point: number, lower: number, upper: number): boolean {
    const contained =
      this.#contains(point) || (this.foldsCase && ((lower >= 0 && this.#contains(lower)) || (upper >= 0 && this.#contains(upper))))
    return contained !== this.#negated
  }

  #contains(point: number): boolean {
    const bounds = this.#bounds
    let low = 0
    let high = bounds.length >> 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((bounds[middle * 2 + 1] as number) < point) low = middle + 1
      else high = middle
    }
    if (low * 2 < bounds.length && (bounds[low * 2] as number) <= point) return true
    for (const { test, isNegated } of this.#properties) if (test(point) !== isNegated) return true
    return false
  }
}

/** The same points as ranges in ascending order that do not touch. */
function mergeRanges(ranges: readonly Range[]): Range[] {
  const disjoint: [number, number][] = []
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = disjoint.at(-1)
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else disjoint.push([from, to])
  }
  return disjoint
}

/** Every point that is in none of the ranges. */
export function complement(ranges: readonly Range[]): Range[] {
  const gaps: Range[] = []
  let from = 0
  for (const [first, last] of mergeRanges(ranges)) {
    if (first > from) gaps.push([from, first - 1])
    from = last + 1
  }
  if (from <= maxPoint) gaps.push([from, maxPoint])
  return gaps
}

const singlePoint = (text: string): number => (text.length <= 2 && [...text].length === 1 ? (text.codePointAt(0) as number) : -1)

/** The point in lower and upper case; -1 where that is several points. */
export function casesOf(point: number): readonly [number, number] {
  if (point < 128) return [point >= 65 && point <= 90 ? point + 32 : point, point >= 97 && point <= 122 ? point - 32 : point]
  const text = String.fromCodePoint(point)
  return [singlePoint(text.toLowerCase()), singlePoint(text.toUpperCase())]
}

/** Compiled properties. Compiling one is slow. */
const properties = new BoundedMap<string, (point: number) => boolean>(64)

/** The property of a category (one or two letters) or a script; null: there is no such property. RE2 knows no others. */
export function unicodeProperty(name: string): ((point: number) => boolean) | null {
  const cached = properties.get(name)
  if (cached) return cached
  try {
    const pattern = new RegExp(`^\\p{${name.length <= 2 ? name : `Script=${name}`}}$`, 'u')
    const test = (point: number) => pattern.test(String.fromCodePoint(point))
    properties.set(name, test)
    return test
  } catch {
    return null
  }
}
