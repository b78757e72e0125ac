/**
 * Regular expressions in time linear in pattern × text. Pure. All alternatives advance at once (Thompson, CACM 1968; captures as in Pike's
 * editor), so there is no backtracking.
 */
import { type CharClass, casesOf } from './char-class.ts'
import { isWordUnit } from './named-classes.ts'
import { type Assertion, BadPattern, type Node, parsePattern } from './syntax.ts'

type Instruction =
  | { readonly op: 'class'; readonly class: CharClass }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  /** The machine follows both; `first` is preferred. */
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'match' }

/** Largest pattern after repetitions are expanded. */
const maxProgram = 10_000
/** The most nodes that are expanded. Repetitions of an empty node add no instruction. */
const maxExpansions = 40_000
/** Steps of the machine for one unit that `spend` receives. */
const stepsPerUnit = 3

/** Start and end of each group, in UTF-16 units; -1 for a group without a match. */
export type Match = readonly number[]

/** A compiled regular expression. */
export class Regex {
  readonly groups: readonly string[]
  readonly #program: readonly Instruction[]

  /** Throws `BadPattern`. `spend` receives the work of expanding repetitions. */
  constructor(source: string, spend: (amount: number) => void = () => {}) {
    const { node, groups } = parsePattern(source)
    this.groups = groups
    this.#program = compile(node, spend)
  }

  /** The leftmost match at or after `from`, with Perl's preference. `spend` receives the work. */
  exec(text: string, from: number, spend: (amount: number) => void, hasCaptures = true): Match | null {
    return search(this.#program, text, from, hasCaptures ? this.groups.length * 2 : 2, spend)
  }

  test(text: string, spend: (amount: number) => void): boolean {
    return search(this.#program, text, 0, 0, spend) !== null
  }

  /** At most `limit` matches without overlap; negative: all. An empty match directly after another is dropped. */
  allMatches(text: string, limit: number, spend: (amount: number) => void): Match[] {
    const matches: Match[] = []
    let position = 0
    let last = -1
    while (position <= text.length && (limit < 0 || matches.length < limit)) {
      const match = this.exec(text, position, spend)
      if (!match) break
      const [from, to] = match as [number, number]
      if (to > from || from !== last) matches.push(match)
      last = to
      position = to > from ? to : to + ((text.codePointAt(to) ?? 0) > 0xffff ? 2 : 1)
    }
    return matches
  }
}

function compile(node: Node, spend: (amount: number) => void): readonly Instruction[] {
  const nullable = new Map<Node, boolean>()
  let expansions = 0
  const program: Instruction[] = []
  const emit = (instruction: Instruction): number => {
    if (program.length >= maxProgram) throw new BadPattern('expression too large')
    return program.push(instruction) - 1
  }
  const emitNode = (part: Node): void => {
    if (++expansions > maxExpansions) throw new BadPattern('expression too large')
    spend(1)
    switch (part.kind) {
      case 'empty':
        return
      case 'class':
        emit({ op: 'class', class: part.class })
        return
      case 'assert':
        emit({ op: 'assert', assertion: part.assertion })
        return
      case 'concat':
        part.nodes.forEach(emitNode)
        return
      case 'alternate': {
        const ends: number[] = []
        for (const [index, alternative] of part.nodes.entries()) {
          if (index === part.nodes.length - 1) {
            emitNode(alternative)
            break
          }
          const split = emit({ op: 'split', first: program.length + 1, second: 0 })
          emitNode(alternative)
          ends.push(emit({ op: 'jump', to: 0 }))
          ;(program[split] as { second: number }).second = program.length
        }
        for (const end of ends) (program[end] as { to: number }).to = program.length
        return
      }
      case 'capture':
        emit({ op: 'save', slot: part.group * 2 })
        emitNode(part.node)
        emit({ op: 'save', slot: part.group * 2 + 1 })
        return
      case 'repeat': {
        const { node: inner, min, max, greedy } = part
        const emitSplit = (): number => emit({ op: 'split', first: 0, second: 0 })
        const patchSplit = (split: number, bodyTarget: number, exitTarget: number) => {
          Object.assign(
            program[split] as object,
            greedy ? { first: bodyTarget, second: exitTarget } : { first: exitTarget, second: bodyTarget },
          )
        }
        const isUnbounded = max === Number.POSITIVE_INFINITY
        for (let count = isUnbounded ? 1 : 0; count < min; count++) emitNode(inner)
        if (isUnbounded) {
          // A possibly empty body runs once before the loop decides. Otherwise the preference would differ from Go's.
          const enter = min === 0 && isNullable(inner, nullable) ? emitSplit() : -1
          if (min === 0 && enter < 0) {
            const split = emitSplit()
            emitNode(inner)
            emit({ op: 'jump', to: split })
            patchSplit(split, split + 1, program.length)
            return
          }
          const start = program.length
          emitNode(inner)
          const split = emitSplit()
          patchSplit(split, start, program.length)
          if (enter >= 0) patchSplit(enter, start, program.length)
          return
        }
        const splits: number[] = []
        for (let count = min; count < max; count++) {
          splits.push(emitSplit())
          emitNode(inner)
        }
        for (const split of splits) patchSplit(split, split + 1, program.length)
        return
      }
    }
  }
  emitNode(node)
  emit({ op: 'match' })
  return program
}

/** Whether the node matches an empty text. `cache` holds the results for repetitions. */
function isNullable(node: Node, cache: Map<Node, boolean>): boolean {
  const nullable = cache.get(node) ?? nullability(node, cache)
  cache.set(node, nullable)
  return nullable
}

function nullability(node: Node, cache: Map<Node, boolean>): boolean {
  switch (node.kind) {
    case 'class':
      return false
    case 'concat':
      return node.nodes.every((inner) => isNullable(inner, cache))
    case 'alternate':
      return node.nodes.some((inner) => isNullable(inner, cache))
    case 'capture':
      return isNullable(node.node, cache)
    case 'repeat':
      return node.min === 0 || isNullable(node.node, cache)
  }
  return true
}

/** The active instructions at one position of the text, the preferred ones first. */
class Threads {
  readonly instructions: number[] = []
  readonly captures: (readonly number[])[] = []
  readonly #seen: Uint32Array
  #round = 0

  constructor(size: number) {
    this.#seen = new Uint32Array(size)
  }

  clear(): void {
    this.instructions.length = 0
    this.captures.length = 0
    this.#round++
  }

  /** Whether the instruction is new at this position. A less preferred path to it adds nothing. */
  enter(instruction: number): boolean {
    if (this.#seen[instruction] === this.#round) return false
    this.#seen[instruction] = this.#round
    return true
  }
}

const noSlots: readonly number[] = []
const noCases: readonly [number, number] = [-1, -1]

function search(
  program: readonly Instruction[],
  text: string,
  from: number,
  slots: number,
  spend: (amount: number) => void,
): readonly number[] | null {
  let current = new Threads(program.length)
  let next = new Threads(program.length)
  spend(program.length >> 4)
  current.clear()
  let best: readonly number[] | null = null
  /** Entered instructions and tested classes since the last spending. */
  let steps = 0
  let cases: readonly [number, number] = noCases
  const noCaptures: readonly number[] = slots > 0 ? new Array(slots).fill(-1) : noSlots
  for (let position = from; ; ) {
    // A match may start here with the lowest preference, unless one has started before.
    if (best === null) addThread(program, current, 0, noCaptures, text, position, slots)
    if (current.instructions.length === 0 && best !== null) break
    spend(1 + Math.trunc(steps / stepsPerUnit))
    steps = 0
    const point = position < text.length ? (text.codePointAt(position) as number) : -1
    const nextPosition = position + (point > 0xffff ? 2 : 1)
    next.clear()
    let hasCases = false
    for (let thread = 0; thread < current.instructions.length; thread++) {
      const index = current.instructions[thread] as number
      const instruction = program[index] as Instruction
      const captures = current.captures[thread] as readonly number[]
      if (instruction.op === 'match') {
        if (slots === 0) {
          spend(Math.trunc(steps / stepsPerUnit))
          return noSlots
        }
        best = withSlot(captures, 1, position)
        // The rest of the list is less preferred.
        break
      }
      if (instruction.op !== 'class' || point < 0) continue
      const charClass = instruction.class
      steps += charClass.weight
      if (charClass.foldsCase && !hasCases) {
        cases = casesOf(point)
        hasCases = true
      }
      if (charClass.accepts(point, cases[0], cases[1])) addThread(program, next, index + 1, captures, text, nextPosition, slots, position)
    }
    if (point < 0) break
    ;[current, next] = [next, current]
    position = nextPosition
  }
  spend(Math.trunc(steps / stepsPerUnit))
  return best

  /** Adds the instruction at `start` and all instructions that follow it without reading input. */
  function addThread(
    code: readonly Instruction[],
    threads: Threads,
    start: number,
    captures: readonly number[],
    subject: string,
    at: number,
    size: number,
    matchStart?: number,
  ): void {
    const startCaptures = matchStart === undefined && size > 0 ? withSlot(captures, 0, at) : captures
    const pending: [number, readonly number[]][] = [[start, startCaptures]]
    for (let entry = pending.pop(); entry; entry = pending.pop()) {
      const [index, captures] = entry
      steps++
      if (!threads.enter(index)) continue
      const instruction = code[index] as Instruction
      switch (instruction.op) {
        case 'jump':
          pending.push([instruction.to, captures])
          break
        case 'split':
          pending.push([instruction.second, captures], [instruction.first, captures])
          break
        case 'save':
          if (instruction.slot < size) spend(1 + (size >> 3))
          pending.push([index + 1, instruction.slot < size ? withSlot(captures, instruction.slot, at) : captures])
          break
        case 'assert':
          if (assertionHolds(instruction.assertion, subject, at)) pending.push([index + 1, captures])
          break
        default:
          threads.instructions.push(index)
          threads.captures.push(captures)
      }
    }
  }
}

function withSlot(captures: readonly number[], slot: number, value: number): readonly number[] {
  const copy = captures.slice()
  copy[slot] = value
  return copy
}

function assertionHolds(assertion: Assertion, text: string, position: number): boolean {
  switch (assertion) {
    case 'textStart':
      return position === 0
    case 'textEnd':
      return position === text.length
    case 'lineStart':
      return position === 0 || text.charCodeAt(position - 1) === 10
    case 'lineEnd':
      return position === text.length || text.charCodeAt(position) === 10
  }
  const before = position > 0 && isWordUnit(text.charCodeAt(position - 1))
  const after = position < text.length && isWordUnit(text.charCodeAt(position))
  return (before !== after) === (assertion === 'word')
}
