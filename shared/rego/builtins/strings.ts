/** String builtins. Positions count code points, as in OPA. */
import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import { compareStrings, entriesOf, type RegoValue, SetOf } from '../value.ts'
import { asArray, asIndex, asObject, asString, asStrings, type Family } from './operands.ts'
import { spellValue, sprintf } from './sprintf.ts'

const ascii = (text: string): boolean => /^[\0-\x7f]*$/.test(text)

function positions(run: Evaluation, text: string, wanted: string, limit: number): number[] {
  if (wanted === '') throw new BuiltinFault('empty search character')
  run.spend(text.length >> 4)
  const found: number[] = []
  let points = 0
  let counted = 0
  for (let at = text.indexOf(wanted); at >= 0 && found.length < limit; at = text.indexOf(wanted, at + 1)) {
    // An index inside a surrogate pair is not a position.
    if (at > 0 && isTrail(text.charCodeAt(at)) && isLead(text.charCodeAt(at - 1))) continue
    for (; counted < at; counted++)
      if (!(isTrail(text.charCodeAt(counted)) && counted > 0 && isLead(text.charCodeAt(counted - 1)))) points++
    found.push(points)
  }
  run.spend(found.length)
  return found
}

const isLead = (unit: number) => unit >= 0xd800 && unit < 0xdc00
const isTrail = (unit: number) => unit >= 0xdc00 && unit < 0xe000

function anyAffix(
  run: Evaluation,
  subjects: RegoValue | undefined,
  affixes: RegoValue | undefined,
  holds: (text: string, affix: string) => boolean,
): boolean {
  const texts = typeof subjects === 'string' ? [subjects] : asStrings(subjects, 1)
  const parts = typeof affixes === 'string' ? [affixes] : asStrings(affixes, 2)
  run.spend(texts.length * parts.length)
  return texts.some((text) => parts.some((part) => holds(text, part)))
}

/** Strips the code points in `cut` from both ends of `text`. */
function trimmed(text: string, cut: string, left: boolean, right: boolean): string {
  const gone = new Set(cut)
  const points = [...text]
  let from = 0
  let to = points.length
  if (left) while (from < to && gone.has(points[from] as string)) from++
  if (right) while (to > from && gone.has(points[to - 1] as string)) to--
  return points.slice(from, to).join('')
}

/**
 * Replaces all patterns in one pass: at each position the first pattern that fits. Replacements are not scanned again. An empty pattern
 * fits anywhere, once.
 */
function replaced(run: Evaluation, text: string, pairs: readonly (readonly [string, string])[]): string {
  let made = ''
  let afterEmpty = false
  for (let at = 0; at <= text.length; ) {
    run.spend(1 + (pairs.length >> 2))
    const pair = pairs.find(([old]) => (old === '' ? !afterEmpty : text.startsWith(old, at)))
    afterEmpty = pair?.[0] === ''
    if (pair) {
      made += pair[1]
      at += pair[0].length
    } else if (at < text.length) {
      const point = String.fromCodePoint(text.codePointAt(at) as number)
      made += point
      at += point.length
    } else break
  }
  return made
}

function concat(run: Evaluation, glue: string, parts: readonly string[]): string {
  run.spend(parts.length + (parts.reduce((sum, part) => sum + part.length + glue.length, 0) >> 5))
  return parts.join(glue)
}

export const strings: Family = {
  contains: (_, text, part) => asString(text, 1).includes(asString(part, 2)),
  startswith: (_, text, part) => asString(text, 1).startsWith(asString(part, 2)),
  endswith: (_, text, part) => asString(text, 1).endsWith(asString(part, 2)),
  lower: (_, text) => asString(text).toLowerCase(),
  upper: (_, text) => asString(text).toUpperCase(),
  concat: (run, glue, parts) => concat(run, asString(glue, 1), asStrings(parts, 2)),
  split: (run, text, by) => {
    const held = asString(text, 1)
    const apart = asString(by, 2)
    run.spend(held.length >> 3)
    return apart === '' ? [...held] : held.split(apart)
  },
  'strings.split_n': (run, text, by, limit) => {
    const held = asString(text, 1)
    const apart = asString(by, 2)
    const count = asIndex(limit, 3)
    run.spend(held.length >> 3)
    const parts = apart === '' ? [...held] : held.split(apart)
    return count >= 0 ? parts.slice(0, count) : parts.slice(Math.max(parts.length + count, 0))
  },
  substring: (run, text, from, length) => {
    const held = asString(text, 1)
    const start = asIndex(from, 2)
    const count = asIndex(length, 3)
    if (start < 0) throw new BuiltinFault('negative offset')
    run.spend(held.length >> 5)
    const points = ascii(held) ? held : [...held]
    const part = points.slice(start, count < 0 ? points.length : start + count)
    return typeof part === 'string' ? part : part.join('')
  },
  indexof: (run, text, part) => positions(run, asString(text, 1), asString(part, 2), 1)[0] ?? -1,
  indexof_n: (run, text, part) => positions(run, asString(text, 1), asString(part, 2), Number.POSITIVE_INFINITY),
  replace: (run, text, old, by) => replaced(run, asString(text, 1), [[asString(old, 2), asString(by, 3)]]),
  'strings.replace_n': (run, patterns, text) => {
    const pairs = Array.from(entriesOf(asObject(patterns, 1)), ([old, by]): [string, string] => [asString(old, 1), asString(by, 1)])
    return replaced(
      run,
      asString(text, 2),
      pairs.sort((a, b) => compareStrings(a[0], b[0])),
    )
  },
  'strings.count': (_, text, part) => {
    const held = asString(text, 1)
    const wanted = asString(part, 2)
    return wanted === '' ? [...held].length + 1 : held.split(wanted).length - 1
  },
  'strings.reverse': (_, text) => [...asString(text)].reverse().join(''),
  'strings.any_prefix_match': (run, texts, parts) => anyAffix(run, texts, parts, (text, part) => text.startsWith(part)),
  'strings.any_suffix_match': (run, texts, parts) => anyAffix(run, texts, parts, (text, part) => text.endsWith(part)),
  trim: (_, text, cut) => trimmed(asString(text, 1), asString(cut, 2), true, true),
  trim_left: (_, text, cut) => trimmed(asString(text, 1), asString(cut, 2), true, false),
  trim_right: (_, text, cut) => trimmed(asString(text, 1), asString(cut, 2), false, true),
  trim_prefix: (_, text, part) => {
    const held = asString(text, 1)
    const cut = asString(part, 2)
    return held.startsWith(cut) ? held.slice(cut.length) : held
  },
  trim_suffix: (_, text, part) => {
    const held = asString(text, 1)
    const cut = asString(part, 2)
    return held.endsWith(cut) ? held.slice(0, held.length - cut.length) : held
  },
  trim_space: (_, text) => asString(text).replace(/^[\s\x85]+|[\s\x85]+$/g, ''),
  sprintf: (run, format, values) => sprintf(run, asString(format, 1), asArray(values, 2)),
  'internal.template_string': (run, parts) =>
    concat(
      run,
      '',
      asArray(parts).map((part) => {
        // An interpolated expression arrives as a set of its value; the set is empty if it was undefined.
        const [value] = part instanceof SetOf ? part.sorted() : [part]
        if (value === undefined) return '<undefined>'
        return typeof value === 'string' ? value : spellValue(value)
      }),
    ),
  'internal.print': () => true,
  print: () => true,
}
