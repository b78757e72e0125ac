/** Whether two globs of `regex.globs_match` match a common text. Pure. Globs support `.`, `*`, `+` and character classes. */
import { BuiltinFault, type Evaluation } from '../evaluation.ts'

interface GlobToken {
  /** The accepted characters as ranges; null: any. */
  readonly ranges: readonly (readonly [number, number])[] | null
  readonly repetition: '' | '*' | '+'
}

function parse(glob: string): GlobToken[] {
  const points = [...glob]
  const tokens: GlobToken[] = []
  const code = (point: string | undefined): number => {
    if (point === undefined) throw new BuiltinFault('the glob ends too early')
    return point.codePointAt(0) as number
  }
  for (let position = 0; position < points.length; ) {
    let point = points[position++] as string
    let ranges: (readonly [number, number])[] | null
    if (point === '.') ranges = null
    else if (point === '[') {
      ranges = []
      for (; points[position] !== ']'; position++) {
        if (points[position] === '\\') position++
        const from = code(points[position])
        let to = from
        if (points[position + 1] === '-' && points[position + 2] !== ']') {
          position += 2
          if (points[position] === '\\') position++
          to = code(points[position])
          if (to < from) throw new BuiltinFault('a range in a class of the glob is reversed')
        }
        ranges.push([from, to])
      }
      position++
    } else {
      if (point === '*' || point === '+' || point === ']' || point === '-')
        throw new BuiltinFault('a flag of the glob is in the wrong place')
      if (point === '\\') point = points[position++] ?? '\\'
      ranges = [[code(point), code(point)]]
    }
    const flag = points[position]
    const repetition = flag === '*' || flag === '+' ? flag : ''
    if (repetition !== '') position++
    tokens.push({ ranges, repetition })
  }
  return tokens
}

const overlap = (a: GlobToken, b: GlobToken): boolean =>
  a.ranges === null || b.ranges === null || a.ranges.some(([from, to]) => b.ranges?.some(([low, high]) => from <= high && low <= to))

/** Walks both globs at once. A state is a position in each, so the number of states is at most the product of their lengths. */
export function globsIntersect(run: Evaluation, a: string, b: string): boolean {
  run.spend((a.length + b.length) >> 2)
  const left = parse(a)
  const right = parse(b)
  const width = right.length + 1
  const seen = new Set<number>()
  const pending = [0]
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    if (seen.has(state)) continue
    seen.add(state)
    run.spend(4)
    const i = Math.floor(state / width)
    const j = state % width
    if (i === left.length && j === right.length) return true
    const x = left[i]
    const y = right[j]
    if (x?.repetition === '*') pending.push((i + 1) * width + j)
    if (y?.repetition === '*') pending.push(i * width + j + 1)
    run.spend(((x?.ranges?.length ?? 0) * (y?.ranges?.length ?? 0)) >> 2)
    if (!x || !y || !overlap(x, y)) continue
    pending.push((i + 1) * width + j + 1)
    if (x.repetition !== '') pending.push(i * width + j + 1)
    if (y.repetition !== '') pending.push((i + 1) * width + j)
    if (x.repetition !== '' && y.repetition !== '') pending.push(i * width + j)
  }
  return false
}
