/** Finds a pattern in a text in linear time. Pure. The engine's own search can be quadratic for long texts with repetitions. */
import { spend } from '../meter.ts'

/** Up to this length the engine's search costs at most a few steps per unit. UTF-16 units. */
const shortLength = 16

/** The positions of `pattern` in `text`, in UTF-16 units, overlapping ones too. Spends fuel for the distance to each. */
export function* occurrences(text: string, pattern: string): Generator<number, void> {
  if (Math.min(pattern.length, text.length - pattern.length) <= shortLength) {
    let before = 0
    for (let index = text.indexOf(pattern); index >= 0; index = text.indexOf(pattern, index + 1)) {
      spend(1 + ((index - before) >> 5))
      before = index
      yield index
    }
    return
  }
  yield* longOccurrences(text, pattern)
}

/** Knuth, Morris, Pratt 1977. */
function* longOccurrences(text: string, pattern: string): Generator<number, void> {
  spend((text.length + 2 * pattern.length) >> 3)
  const borders = new Int32Array(pattern.length + 1)
  for (let position = 1, border = 0; position < pattern.length; position++) {
    while (border > 0 && pattern.charCodeAt(position) !== pattern.charCodeAt(border)) border = borders[border] as number
    if (pattern.charCodeAt(position) === pattern.charCodeAt(border)) border++
    borders[position + 1] = border
  }
  for (let position = 0, matched = 0; position < text.length; position++) {
    while (matched > 0 && text.charCodeAt(position) !== pattern.charCodeAt(matched)) matched = borders[matched] as number
    if (text.charCodeAt(position) === pattern.charCodeAt(matched)) matched++
    if (matched < pattern.length) continue
    yield position - pattern.length + 1
    matched = borders[matched] as number
  }
}

/** Whether `text` contains `pattern`. */
export function includes(text: string, pattern: string): boolean {
  if (pattern === '') return true
  for (const _ of occurrences(text, pattern)) return true
  return false
}

/** The parts of `text` between occurrences of `separator`, which is not empty. */
export function splitAt(text: string, separator: string): string[] {
  const parts: string[] = []
  let from = 0
  for (const position of occurrences(text, separator)) {
    if (position < from) continue
    parts.push(text.slice(from, position))
    from = position + separator.length
  }
  parts.push(text.slice(from))
  return parts
}
