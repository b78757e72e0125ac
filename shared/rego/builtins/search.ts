/** Finds a text in another one in linear time. Pure. The engine's own search can be quadratic for long texts with repetitions. */
import { spend } from '../meter.ts'

/** Up to this length the engine's search costs at most a few steps per unit. UTF-16 units. */
const shortLength = 16

/** The positions of `wanted` in `text`, in UTF-16 units, overlapping ones too. Spends fuel for the way to each. */
export function* occurrences(text: string, wanted: string): Generator<number, void> {
  if (Math.min(wanted.length, text.length - wanted.length) <= shortLength) {
    let before = 0
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
      spend(1 + ((at - before) >> 5))
      before = at
      yield at
    }
    return
  }
  yield* longOccurrences(text, wanted)
}

/** Knuth, Morris, Pratt 1977. */
function* longOccurrences(text: string, wanted: string): Generator<number, void> {
  spend((text.length + 2 * wanted.length) >> 3)
  const borders = new Int32Array(wanted.length + 1)
  for (let at = 1, border = 0; at < wanted.length; at++) {
    while (border > 0 && wanted.charCodeAt(at) !== wanted.charCodeAt(border)) border = borders[border] as number
    if (wanted.charCodeAt(at) === wanted.charCodeAt(border)) border++
    borders[at + 1] = border
  }
  for (let at = 0, matched = 0; at < text.length; at++) {
    while (matched > 0 && text.charCodeAt(at) !== wanted.charCodeAt(matched)) matched = borders[matched] as number
    if (text.charCodeAt(at) === wanted.charCodeAt(matched)) matched++
    if (matched < wanted.length) continue
    yield at - wanted.length + 1
    matched = borders[matched] as number
  }
}

export function includes(text: string, wanted: string): boolean {
  if (wanted === '') return true
  for (const _ of occurrences(text, wanted)) return true
  return false
}

/** The parts of `text` between occurrences of `separator`, which is not empty. */
export function splitAt(text: string, separator: string): string[] {
  const parts: string[] = []
  let from = 0
  for (const at of occurrences(text, separator)) {
    if (at < from) continue
    parts.push(text.slice(from, at))
    from = at + separator.length
  }
  parts.push(text.slice(from))
  return parts
}
