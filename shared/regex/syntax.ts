/**
 * Parses RE2 syntax as Go accepts it. Pure. Constructs that need backtracking (backreferences, lookaround) are refused. Source:
 * github.com/google/re2/wiki/Syntax.
 */

import { CharClass, complement, maxPoint, type PointSet, type Property, type Range, unicodeProperty } from './char-class.ts'
import { perlClasses, posixClasses } from './named-classes.ts'

/** A condition on a position that consumes no text. */
export type Assertion = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'word' | 'notWord'

/** A node of the syntax tree. */
export type Node =
  | { readonly kind: 'empty' }
  | { readonly kind: 'class'; readonly class: CharClass }
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  | { readonly kind: 'concat' | 'alternate'; readonly nodes: readonly Node[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly min: number; readonly max: number; readonly greedy: boolean }
  | { readonly kind: 'capture'; readonly node: Node; readonly group: number }

/** A pattern that RE2 does not accept. It is not an Error, because its stack has no reader. */
export class BadPattern {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/** A parsed pattern. */
export interface Pattern {
  readonly node: Node
  /** Group names by number; 0 is the whole match. '' for an unnamed group. */
  readonly groups: readonly string[]
}

/** RE2's limit on repetitions, which bounds the expanded pattern. */
const maxRepeat = 1000
const maxDepth = 200

interface Flags {
  readonly foldsCase: boolean
  readonly multiline: boolean
  readonly dotAll: boolean
  readonly isLazy: boolean
}

const escapes: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }

/** Patterns repeat few classes often, and a class is immutable. */
const anyPoint = new CharClass({ ranges: [[0, maxPoint]], properties: [] }, false, false)
const notNewline = new CharClass({ ranges: [[10, 10]], properties: [] }, true, false)

/** Parses a pattern. Throws `BadPattern`. */
export function parsePattern(source: string): Pattern {
  const parser = new Parser(source)
  const node = parser.alternatives(0)
  parser.end()
  return { node, groups: parser.groups }
}

class Parser {
  readonly #points: readonly string[]
  readonly groups: string[] = ['']
  #position = 0
  #flags: Flags = { foldsCase: false, multiline: false, dotAll: false, isLazy: false }

  constructor(source: string) {
    this.#points = [...source]
  }

  end(): void {
    if (this.#position < this.#points.length) throw new BadPattern('unexpected )')
  }

  alternatives(depth: number): Node {
    if (depth > maxDepth) throw new BadPattern('expression nests too deeply')
    const before = this.#flags
    const nodes = [this.#sequence(depth)]
    while (this.#take('|')) nodes.push(this.#sequence(depth))
    this.#flags = before
    return nodes.length === 1 ? (nodes[0] as Node) : { kind: 'alternate', nodes }
  }

  #peek(): string | undefined {
    return this.#points[this.#position]
  }

  #take(expected: string): boolean {
    for (const [index, point] of [...expected].entries()) if (this.#points[this.#position + index] !== point) return false
    this.#position += expected.length
    return true
  }

  #next(): string {
    const point = this.#points[this.#position++]
    if (point === undefined) throw new BadPattern('the pattern ends too early')
    return point
  }

  #sequence(depth: number): Node {
    const nodes: Node[] = []
    for (let point = this.#peek(); point !== undefined && point !== '|' && point !== ')'; point = this.#peek()) {
      // Flags match nothing. A repetition after them applies to the element before.
      const node = this.#atom(depth) ?? nodes.pop()
      if (node) nodes.push(this.#repetition(node))
      else if (this.#bounds()) throw new BadPattern('missing argument to repetition operator')
    }
    return nodes.length === 1 ? (nodes[0] as Node) : nodes.length === 0 ? { kind: 'empty' } : { kind: 'concat', nodes }
  }

  #repetition(node: Node): Node {
    const bounds = this.#bounds()
    if (!bounds) return node
    const [min, max] = bounds
    const greedy = this.#take('?') === this.#flags.isLazy
    if (this.#bounds()) throw new BadPattern('invalid nested repetition operator')
    return { kind: 'repeat', node, min, max, greedy }
  }

  #bounds(): readonly [number, number] | null {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#take('?')) return [0, 1]
    if (this.#peek() !== '{') return null
    const rest = this.#points.slice(this.#position, this.#position + 16).join('')
    const match = /^\{(\d+)(,(\d*))?\}/.exec(rest)
    // A brace that is not a repetition is a literal.
    if (!match) return null
    const min = Number(match[1])
    const max = match[2] === undefined ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3])
    if (min > maxRepeat || (max !== Number.POSITIVE_INFINITY && max > maxRepeat) || max < min) throw new BadPattern('invalid repeat count')
    this.#position += match[0].length
    return [min, max]
  }

  /** Null for flags, which match nothing. */
  #atom(depth: number): Node | null {
    const point = this.#next()
    switch (point) {
      case '.':
        return { kind: 'class', class: this.#flags.dotAll ? anyPoint : notNewline }
      case '^':
        return { kind: 'assert', assertion: this.#flags.multiline ? 'lineStart' : 'textStart' }
      case '$':
        return { kind: 'assert', assertion: this.#flags.multiline ? 'lineEnd' : 'textEnd' }
      case '(':
        return this.#group(depth)
      case '[':
        return this.#class()
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        throw new BadPattern('missing argument to repetition operator')
    }
    return this.#literal(point.codePointAt(0) as number)
  }

  #literal(code: number): Node {
    return this.#charClass({ ranges: [[code, code]], properties: [] })
  }

  #charClass(set: PointSet, isNegated = false): Node {
    return { kind: 'class', class: new CharClass(set, isNegated, this.#flags.foldsCase) }
  }

  #group(depth: number): Node | null {
    if (this.#take('?')) {
      if (this.#take('P<') || (this.#peek() === '<' && !['=', '!'].includes(this.#points[this.#position + 1] ?? '') && this.#take('<'))) {
        let name = ''
        for (let point = this.#next(); point !== '>'; point = this.#next()) name += point
        if (!/^\w+$/.test(name) || this.groups.includes(name)) throw new BadPattern('invalid named capture')
        return this.#capture(depth, name)
      }
      return this.#flagGroup(depth)
    }
    return this.#capture(depth, '')
  }

  #capture(depth: number, name: string): Node {
    const group = this.groups.push(name) - 1
    const node = this.alternatives(depth + 1)
    if (!this.#take(')')) throw new BadPattern('missing closing )')
    return { kind: 'capture', node, group }
  }

  #flagGroup(depth: number): Node | null {
    const before = this.#flags
    let flags = before
    let isSet = true
    for (let point = this.#next(); ; point = this.#next()) {
      if (point === '-' && isSet) isSet = false
      else if (point === 'i') flags = { ...flags, foldsCase: isSet }
      else if (point === 'm') flags = { ...flags, multiline: isSet }
      else if (point === 's') flags = { ...flags, dotAll: isSet }
      else if (point === 'U') flags = { ...flags, isLazy: isSet }
      else if (point === ')') {
        this.#flags = flags
        return null
      } else if (point === ':') {
        this.#flags = flags
        const node = this.alternatives(depth + 1)
        if (!this.#take(')')) throw new BadPattern('missing closing )')
        this.#flags = before
        return node
      } else throw new BadPattern('invalid or unsupported Perl syntax')
    }
  }

  #escape(): Node {
    const point = this.#next()
    switch (point) {
      case 'A':
        return { kind: 'assert', assertion: 'textStart' }
      case 'z':
        return { kind: 'assert', assertion: 'textEnd' }
      case 'b':
        return { kind: 'assert', assertion: 'word' }
      case 'B':
        return { kind: 'assert', assertion: 'notWord' }
      case 'Q': {
        const nodes: Node[] = []
        while (this.#position < this.#points.length && !this.#take('\\E')) nodes.push(this.#literal(this.#next().codePointAt(0) as number))
        return { kind: 'concat', nodes }
      }
    }
    const classPoints = this.#classEscape(point)
    return classPoints ? this.#charClass(classPoints) : this.#literal(this.#charEscape(point))
  }

  /** Points of an escape such as `\\d`, `\\W` or `\\p{Greek}`; null for any other escape. */
  #classEscape(point: string): PointSet | null {
    const lower = point.toLowerCase()
    if (lower === 'p') {
      let name = this.#next()
      let isNegated = point === 'P'
      if (name === '{') {
        name = ''
        for (let next = this.#next(); next !== '}'; next = this.#next()) name += next
        if (name.startsWith('^')) {
          isNegated = !isNegated
          name = name.slice(1)
        }
      }
      if (name === 'Any') return { ranges: isNegated ? [] : [[0, maxPoint]], properties: [] }
      const test = /^[A-Za-z_]{1,40}$/.test(name) ? unicodeProperty(name) : null
      if (!test) throw new BadPattern('invalid character class range')
      return { ranges: [], properties: [{ test, isNegated }] }
    }
    const ranges = 'dws'.includes(lower) ? perlClasses[lower] : undefined
    return ranges ? { ranges: lower === point ? ranges : complement(ranges), properties: [] } : null
  }

  #charEscape(point: string): number {
    const code = escapes[point]
    if (code !== undefined && Object.hasOwn(escapes, point)) return code
    if (point === 'x') {
      let digits = ''
      if (this.#take('{')) for (let next = this.#next(); next !== '}'; next = this.#next()) digits += next
      else digits = this.#next() + this.#next()
      const value = /^[\da-fA-F]{1,6}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN
      if (!(value <= 0x10ffff)) throw new BadPattern('invalid escape sequence')
      return value
    }
    if (/[0-7]/.test(point)) {
      // A lone digit other than zero would be a backreference.
      if (point !== '0' && !/[0-7]/.test(this.#peek() ?? '')) throw new BadPattern('invalid escape sequence')
      let digits = point
      while (digits.length < 3 && /[0-7]/.test(this.#peek() ?? '')) digits += this.#next()
      return Number.parseInt(digits, 8)
    }
    if (/[\dA-Za-z]/.test(point) || (point.codePointAt(0) as number) > 127) throw new BadPattern('invalid escape sequence')
    return point.codePointAt(0) as number
  }

  #class(): Node {
    const isNegated = this.#take('^')
    const set: { ranges: Range[]; properties: Property[] } = { ranges: [], properties: [] }
    for (let isFirst = true; isFirst || this.#peek() !== ']'; isFirst = false) {
      if (this.#take('[:')) {
        let name = ''
        for (let next = this.#next(); next !== ':'; next = this.#next()) name += next
        if (!this.#take(']')) throw new BadPattern('invalid character class')
        const className = name.startsWith('^') ? name.slice(1) : name
        const ranges = Object.hasOwn(posixClasses, className) ? posixClasses[className] : undefined
        if (!ranges) throw new BadPattern('invalid character class range')
        set.ranges.push(...(className === name ? ranges : complement(ranges)))
        continue
      }
      const from = this.#classPoint(set)
      if (from === null) continue
      let to = from
      if (this.#peek() === '-' && this.#points[this.#position + 1] !== ']' && this.#points[this.#position + 1] !== undefined) {
        this.#position++
        const end = this.#classPoint(null)
        if (end === null || end < from) throw new BadPattern('invalid character class range')
        to = end
      }
      set.ranges.push([from, to])
    }
    this.#position++
    // Case is folded before negation; otherwise [^a] would match A.
    return this.#charClass(set, isNegated)
  }

  /** One character of a class; null if an escape added several to `set`. */
  #classPoint(set: { ranges: Range[]; properties: Property[] } | null): number | null {
    const point = this.#next()
    if (point !== '\\') return point.codePointAt(0) as number
    const escaped = this.#next()
    const classPoints = this.#classEscape(escaped)
    if (!classPoints) return this.#charEscape(escaped)
    set?.ranges.push(...classPoints.ranges)
    set?.properties.push(...classPoints.properties)
    return null
  }
}
