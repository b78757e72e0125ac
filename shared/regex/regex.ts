/**
 * Regular expressions in time linear in pattern × text. Pure. All alternatives advance at once (Thompson, CACM 1968; captures as in Pike's
 * editor), so there is no backtracking.
 */
import { type CharClass, casesOf } from './char-class.ts'
import { isWord } from './named-classes.ts'
import { type Assertion, BadPattern, type Node, parsePattern } from './syntax.ts'

type Instruction =
  | { readonly op: 'one'; readonly class: CharClass }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  /** Both ways are followed; `first` is preferred. */
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'match' }

/** Largest pattern after repetitions are expanded. */
const maxProgram = 10_000
/** Most nodes that are expanded. Repetitions of nothing add no instruction. */
const maxExpansions = 40_000
/** Steps of the machine for one unit of what `spend` receives. */
const stepsPerUnit = 3

/** Start and end of each group, in UTF-16 units; -1 for a group without a match. */
export type Match = readonly number[]

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
  exec(text: string, from: number, spend: (amount: number) => void, captures = true): Match | null {
    return search(this.#program, text, from, captures ? this.groups.length * 2 : 2, spend)
  }

  test(text: string, spend: (amount: number) => void): boolean {
    return search(this.#program, text, 0, 0, spend) !== null
  }

  /** At most `limit` matches without overlap; negative: all. An empty match directly after another is dropped. */
  all(text: string, limit: number, spend: (amount: number) => void): Match[] {
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
  const write = (part: Node): void => {
    if (++expansions > maxExpansions) throw new BadPattern('expression too large')
    spend(1)
    switch (part.kind) {
      case 'empty':
        return
      case 'one':
        emit({ op: 'one', class: part.class })
        return
      case 'assert':
        emit({ op: 'assert', assertion: part.assertion })
        return
      case 'all':
        part.nodes.forEach(write)
        return
      case 'any': {
        const ends: number[] = []
        for (const [index, alternative] of part.nodes.entries()) {
          if (index === part.nodes.length - 1) {
            write(alternative)
            break
          }
          const split = emit({ op: 'split', first: program.length + 1, second: 0 })
          write(alternative)
          ends.push(emit({ op: 'jump', to: 0 }))
          ;(program[split] as { second: number }).second = program.length
        }
        for (const end of ends) (program[end] as { to: number }).to = program.length
        return
      }
      case 'capture':
        emit({ op: 'save', slot: part.group * 2 })
        write(part.node)
        emit({ op: 'save', slot: part.group * 2 + 1 })
        return
      case 'repeat': {
        const { node: inner, min, max, greedy } = part
        const fork = (): number => emit({ op: 'split', first: 0, second: 0 })
        const aim = (split: number, into: number, past: number) => {
          Object.assign(program[split] as object, greedy ? { first: into, second: past } : { first: past, second: into })
        }
        const forever = max === Number.POSITIVE_INFINITY
        for (let count = forever ? 1 : 0; count < min; count++) write(inner)
        if (forever) {
          // A possibly empty body runs once before the loop decides. Otherwise the preference would differ from Go's.
          const enter = min === 0 && isNullable(inner, nullable) ? fork() : -1
          if (min === 0 && enter < 0) {
            const split = fork()
            write(inner)
            emit({ op: 'jump', to: split })
            aim(split, split + 1, program.length)
            return
          }
          const start = program.length
          write(inner)
          const split = fork()
          aim(split, start, program.length)
          if (enter >= 0) aim(enter, start, program.length)
          return
        }
        const splits: number[] = []
        for (let count = min; count < max; count++) {
          splits.push(fork())
          write(inner)
        }
        for (const split of splits) aim(split, split + 1, program.length)
        return
      }
    }
  }
  write(node)
  emit({ op: 'match' })
  return program
}

/** Whether the node matches an empty text. `cache` holds the results, because repetitions ask again. */
function isNullable(node: Node, cache: Map<Node, boolean>): boolean {
  const nullable = cache.get(node) ?? nullability(node, cache)
  cache.set(node, nullable)
  return nullable
}

function nullability(node: Node, cache: Map<Node, boolean>): boolean {
  switch (node.kind) {
    case 'one':
      return false
    case 'all':
      return node.nodes.every((inner) => isNullable(inner, cache))
    case 'any':
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
  readonly saved: (readonly number[])[] = []
  readonly #seen: Uint32Array
  #round = 0

  constructor(size: number) {
    this.#seen = new Uint32Array(size)
  }

  clear(): void {
    this.instructions.length = 0
    this.saved.length = 0
    this.#round++
  }

  /** Whether the instruction is new at this position. A less preferred path to it adds nothing. */
  enter(instruction: number): boolean {
    if (this.#seen[instruction] === this.#round) return false
    this.#seen[instruction] = this.#round
    return true
  }
}

const none: readonly number[] = []
const noCases: readonly [number, number] = [-1, -1]

function search(
  program: readonly Instruction[],
  text: string,
  from: number,
  slots: number,
  spend: (amount: number) => void,
): readonly number[] | null {
  let now = new Threads(program.length)
  let then = new Threads(program.length)
  spend(program.length >> 4)
  now.clear()
  let best: readonly number[] | null = null
  /** Entered instructions and tested classes since the last spending. */
  let steps = 0
  let cases: readonly [number, number] = noCases
  const blank: readonly number[] = slots > 0 ? new Array(slots).fill(-1) : none
  for (let position = from; ; ) {
    // A match may start here with the lowest preference, unless one has started before.
    if (best === null) follow(program, now, 0, blank, text, position, slots)
    if (now.instructions.length === 0 && best !== null) break
    spend(1 + Math.trunc(steps / stepsPerUnit))
    steps = 0
    const point = position < text.length ? (text.codePointAt(position) as number) : -1
    const next = position + (point > 0xffff ? 2 : 1)
    then.clear()
    let cased = false
    for (let thread = 0; thread < now.instructions.length; thread++) {
      const index = now.instructions[thread] as number
      const instruction = program[index] as Instruction
      const saved = now.saved[thread] as readonly number[]
      if (instruction.op === 'match') {
        if (slots === 0) {
          spend(Math.trunc(steps / stepsPerUnit))
          return none
        }
        best = put(saved, 1, position)
        // The rest of the list is less preferred.
        break
      }
      if (instruction.op !== 'one' || point < 0) continue
      const accepted = instruction.class
      steps += accepted.weight
      if (accepted.folds && !cased) {
        cases = casesOf(point)
        cased = true
      }
      if (accepted.accepts(point, cases[0], cases[1])) follow(program, then, index + 1, saved, text, next, slots, position)
    }
    if (point < 0) break
    ;[now, then] = [then, now]
    position = next
  }
  spend(Math.trunc(steps / stepsPerUnit))
  return best

  /** Adds the instruction and everything it leads to without reading input. */
  function follow(
    code: readonly Instruction[],
    threads: Threads,
    start: number,
    captured: readonly number[],
    subject: string,
    place: number,
    size: number,
    matchStart?: number,
  ): void {
    const first = matchStart === undefined && size > 0 ? put(captured, 0, place) : captured
    const pending: [number, readonly number[]][] = [[start, first]]
    for (let todo = pending.pop(); todo; todo = pending.pop()) {
      const [index, saved] = todo
      steps++
      if (!threads.enter(index)) continue
      const instruction = code[index] as Instruction
      switch (instruction.op) {
        case 'jump':
          pending.push([instruction.to, saved])
          break
        case 'split':
          pending.push([instruction.second, saved], [instruction.first, saved])
          break
        case 'save':
          if (instruction.slot < size) spend(1 + (size >> 3))
          pending.push([index + 1, instruction.slot < size ? put(saved, instruction.slot, place) : saved])
          break
        case 'assert':
          if (holds(instruction.assertion, subject, place)) pending.push([index + 1, saved])
          break
        default:
          threads.instructions.push(index)
          threads.saved.push(saved)
      }
    }
  }
}

function put(saved: readonly number[], slot: number, value: number): readonly number[] {
  const copy = saved.slice()
  copy[slot] = value
  return copy
}

function holds(assertion: Assertion, text: string, position: number): boolean {
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
  const before = position > 0 && isWord(text.charCodeAt(position - 1))
  const after = position < text.length && isWord(text.charCodeAt(position))
  return (before !== after) === (assertion === 'word')
}
