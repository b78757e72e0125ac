/** String builtins. Positions count code points, as in OPA. */
import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import { countPoints } from '../operations.ts'
import { compareStrings, entriesOf, RegoSet, type RegoValue } from '../value.ts'
import { formatValue } from './format-value.ts'
import { asArray, asIndex, asObject, asString, asStrings, type BuiltinFamily } from './operands.ts'
import { includes, occurrences, splitAt } from './search.ts'
import { sprintf } from './sprintf.ts'

/** The code points, each as a text. */
function pointsOf(run: Evaluation, text: string): string[] {
  run.spend(text.length >> 2)
  return [...text]
}

function positions(text: string, pattern: string, limit: number): number[] {
  if (pattern === '') throw new BuiltinFault('empty search character')
  const offsets: number[] = []
  let points = 0
  let count = 0
  for (const position of occurrences(text, pattern)) {
    // An index inside a surrogate pair is not a position.
    if (position > 0 && isTrail(text.charCodeAt(position)) && isLead(text.charCodeAt(position - 1))) continue
    for (; count < position; count++) if (!(isTrail(text.charCodeAt(count)) && count > 0 && isLead(text.charCodeAt(count - 1)))) points++
    offsets.push(points)
    if (offsets.length >= limit) break
  }
  return offsets
}

const isLead = (unit: number) => unit >= 0xd800 && unit < 0xdc00
const isTrail = (unit: number) => unit >= 0xdc00 && unit < 0xe000

function anyAffix(
  run: Evaluation,
  subjects: RegoValue | undefined,
  affixes: RegoValue | undefined,
  matches: (text: string, affix: string) => boolean,
): boolean {
  const texts = typeof subjects === 'string' ? [subjects] : asStrings(subjects, 1)
  const parts = typeof affixes === 'string' ? [affixes] : asStrings(affixes, 2)
  let longest = 0
  for (const part of parts) longest = Math.max(longest, part.length)
  run.spend(texts.length * parts.length * (1 + (longest >> 7)))
  return texts.some((text) => parts.some((part) => matches(text, part)))
}

/** Strips the code points in `cut` from both ends of `text`. */
function trimPoints(run: Evaluation, text: string, cutset: string, trimsStart: boolean, trimsEnd: boolean): string {
  run.spend((text.length + cutset.length) >> 3)
  const cutPoints = new Set(cutset)
  let from = 0
  let to = text.length
  while (trimsStart && from < to) {
    const point = String.fromCodePoint(text.codePointAt(from) as number)
    if (!cutPoints.has(point)) break
    from += point.length
  }
  while (trimsEnd && to > from) {
    const isPair = to - 1 > from && isTrail(text.charCodeAt(to - 1)) && isLead(text.charCodeAt(to - 2))
    const start = isPair ? to - 2 : to - 1
    if (!cutPoints.has(text.slice(start, to))) break
    to = start
  }
  return text.slice(from, to)
}

/** White space as JavaScript's `\s` has it, and the next-line character. */
function isSpace(code: number): boolean {
  if (code < 0x80) return code === 32 || (code >= 9 && code <= 13)
  if (code < 0x1680) return code === 0x85 || code === 0xa0
  return spaces.has(code) || (code >= 0x2000 && code <= 0x200a)
}
const spaces = new Set([0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff])

function trimSpace(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isSpace(text.charCodeAt(from))) from++
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

/**
 * Replaces all patterns in one pass: at each position the first pattern that fits. Replacements are not scanned again. An empty pattern
 * fits anywhere, once.
 */
function replaceMany(run: Evaluation, text: string, pairs: readonly (readonly [string, string])[]): string {
  let result = ''
  let afterEmpty = false
  let cost = 1 + (pairs.length >> 2)
  // In the worst case, each pattern fits except for its last unit.
  for (const [pattern] of pairs) cost += pattern.length >> 5
  for (let position = 0; position <= text.length; ) {
    run.spend(cost)
    const pair = pairs.find(([pattern]) => (pattern === '' ? !afterEmpty : text.startsWith(pattern, position)))
    afterEmpty = pair?.[0] === ''
    if (pair) {
      run.spend(pair[1].length >> 5)
      result += pair[1]
      position += pair[0].length
    } else if (position < text.length) {
      const point = String.fromCodePoint(text.codePointAt(position) as number)
      result += point
      position += point.length
    } else break
  }
  return result
}

/** Replaces one text that is not empty. */
function replaceText(run: Evaluation, text: string, pattern: string, replacement: string): string {
  let result = ''
  let from = 0
  for (const position of occurrences(text, pattern)) {
    if (position < from) continue
    run.spend(replacement.length >> 5)
    result += text.slice(from, position) + replacement
    from = position + pattern.length
  }
  return result + text.slice(from)
}

function concat(run: Evaluation, separator: string, parts: readonly string[]): string {
  run.spend(parts.length + (parts.reduce((sum, part) => sum + part.length + separator.length, 0) >> 5))
  return parts.join(separator)
}

function affix(run: Evaluation, part: RegoValue | undefined): string {
  const text = asString(part, 2)
  run.spend(text.length >> 7)
  return text
}

/** The builtins of this file by name. */
export const strings: BuiltinFamily = {
  contains: (_, text, part) => includes(asString(text, 1), asString(part, 2)),
  startswith: (run, text, part) => asString(text, 1).startsWith(affix(run, part)),
  endswith: (run, text, part) => asString(text, 1).endsWith(affix(run, part)),
  lower: (_, text) => asString(text).toLowerCase(),
  upper: (_, text) => asString(text).toUpperCase(),
  concat: (run, separator, parts) => concat(run, asString(separator, 1), asStrings(parts, 2)),
  split: (run, text, by) => {
    const input = asString(text, 1)
    const separator = asString(by, 2)
    return separator === '' ? pointsOf(run, input) : splitAt(input, separator)
  },
  'strings.split_n': (run, text, by, limit) => {
    const input = asString(text, 1)
    const separator = asString(by, 2)
    const count = asIndex(limit, 3)
    const parts = separator === '' ? pointsOf(run, input) : splitAt(input, separator)
    return count >= 0 ? parts.slice(0, count) : parts.slice(Math.max(parts.length + count, 0))
  },
  substring: (run, text, from, length) => {
    const input = asString(text, 1)
    const start = asIndex(from, 2)
    const count = asIndex(length, 3)
    if (start < 0) throw new BuiltinFault('negative offset')
    // Without surrogates, a unit is a point.
    if (countPoints(input) === input.length) return input.slice(start, count < 0 ? input.length : start + count)
    const points = pointsOf(run, input)
    return points.slice(start, count < 0 ? points.length : start + count).join('')
  },
  indexof: (_, text, part) => positions(asString(text, 1), asString(part, 2), 1)[0] ?? -1,
  indexof_n: (_, text, part) => positions(asString(text, 1), asString(part, 2), Number.POSITIVE_INFINITY),
  replace: (run, text, pattern, by) => {
    const [input, search, replacement] = [asString(text, 1), asString(pattern, 2), asString(by, 3)]
    return search === '' ? replaceMany(run, input, [[search, replacement]]) : replaceText(run, input, search, replacement)
  },
  'strings.replace_n': (run, patterns, text) => {
    const pairs = Array.from(entriesOf(asObject(patterns, 1)), ([pattern, by]): [string, string] => [asString(pattern, 1), asString(by, 1)])
    run.spend(pairs.length)
    return replaceMany(
      run,
      asString(text, 2),
      pairs.sort((a, b) => compareStrings(a[0], b[0])),
    )
  },
  'strings.count': (_, text, part) => {
    const input = asString(text, 1)
    const pattern = asString(part, 2)
    return pattern === '' ? countPoints(input) + 1 : splitAt(input, pattern).length - 1
  },
  'strings.reverse': (run, text) => pointsOf(run, asString(text)).reverse().join(''),
  'strings.any_prefix_match': (run, texts, parts) => anyAffix(run, texts, parts, (text, part) => text.startsWith(part)),
  'strings.any_suffix_match': (run, texts, parts) => anyAffix(run, texts, parts, (text, part) => text.endsWith(part)),
  trim: (run, text, cut) => trimPoints(run, asString(text, 1), asString(cut, 2), true, true),
  trim_left: (run, text, cut) => trimPoints(run, asString(text, 1), asString(cut, 2), true, false),
  trim_right: (run, text, cut) => trimPoints(run, asString(text, 1), asString(cut, 2), false, true),
  trim_prefix: (run, text, part) => {
    const input = asString(text, 1)
    const cut = affix(run, part)
    return input.startsWith(cut) ? input.slice(cut.length) : input
  },
  trim_suffix: (run, text, part) => {
    const input = asString(text, 1)
    const cut = affix(run, part)
    return input.endsWith(cut) ? input.slice(0, input.length - cut.length) : input
  },
  trim_space: (_, text) => trimSpace(asString(text)),
  sprintf: (run, format, values) => sprintf(run, asString(format, 1), asArray(values, 2)),
  'internal.template_string': (run, parts) =>
    concat(
      run,
      '',
      asArray(parts).map((part) => {
        // An interpolated expression arrives as a set of its value; the set is empty if it was undefined.
        const [value] = part instanceof RegoSet ? part.sorted() : [part]
        if (value === undefined) return '<undefined>'
        return typeof value === 'string' ? value : formatValue(value)
      }),
    ),
  'internal.print': () => true,
  print: () => true,
}
