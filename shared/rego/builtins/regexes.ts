/** Builtins for regular expressions and globs. Both run in linear time and spend fuel for each step. */
import { BoundedMap } from '../../lib/bounded-map.ts'
import { isWordUnit } from '../../regex/named-classes.ts'
import { Regex } from '../../regex/regex.ts'
import { BadPattern } from '../../regex/syntax.ts'
import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import { digitsEnd } from '../number.ts'
import { globsIntersect } from './globs-intersect.ts'
import { asArray, asIndex, asString, type Builtin, type BuiltinFamily } from './operands.ts'

/** Compiled patterns of all plans. Compilation has no side effects, so sharing is safe. */
const compiled = new BoundedMap<string, Regex>(256)
const maxSource = 4096

function compileRegex(run: Evaluation, source: string): Regex {
  const cached = compiled.get(source)
  if (cached) return cached
  if (source.length > maxSource) throw new BuiltinFault('the pattern is too long')
  run.spend(16 + source.length)
  try {
    const compiledRegex = new Regex(source, spender(run))
    compiled.set(source, compiledRegex)
    return compiledRegex
  } catch (fault) {
    if (fault instanceof BadPattern) throw new BuiltinFault(fault.message)
    throw fault
  }
}

const spender = (run: Evaluation) => (amount: number) => run.spend(amount)

const quoteMeta = (text: string) => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')

/** A replacement as literal texts and groups, by name or number. `$1`, `$name`, `${name}` and `$$`; an unknown group is empty. */
function replacementParts(template: string, { groups }: Regex): (string | number)[] {
  const parts: (string | number)[] = []
  let from = 0
  for (let position = template.indexOf('$'); position >= 0; position = template.indexOf('$', position)) {
    const next = template[position + 1]
    const isBraced = next === '{'
    const start = isBraced ? position + 2 : position + 1
    let end = start
    while (isWordUnit(template.charCodeAt(end))) end++
    const isGroup = end > start && (!isBraced || template[end] === '}')
    if (next !== '$' && !isGroup) {
      position++
      continue
    }
    parts.push(template.slice(from, position))
    if (next === '$') parts.push('$')
    else {
      const name = template.slice(start, end)
      parts.push(name.length <= 5 && digitsEnd(name, 0) === name.length ? Number(name) : groups.indexOf(name, 1))
    }
    position = next === '$' ? position + 2 : isBraced ? end + 1 : end
    from = position
  }
  parts.push(template.slice(from))
  return parts.filter((part) => part !== '')
}

function expand(run: Evaluation, parts: readonly (string | number)[], text: string, match: readonly number[]): string {
  let result = ''
  for (const part of parts) {
    const from = typeof part === 'string' || part < 0 ? undefined : match[part * 2]
    const piece = typeof part === 'string' ? part : from === undefined || from < 0 ? '' : text.slice(from, match[(part as number) * 2 + 1])
    run.spend(1 + (piece.length >> 5))
    result += piece
  }
  return result
}

/** Text in which `{…}` is a pattern and everything else is literal. */
function parseTemplate(run: Evaluation, source: string, open: string, close: string): { pattern: string; parts: string[] } {
  run.spend(source.length)
  let pattern = '^'
  let depth = 0
  let from = 0
  const parts: string[] = []
  for (let position = 0; position < source.length; position++) {
    if (source[position] === open && depth++ === 0) {
      pattern += quoteMeta(source.slice(from, position))
      from = position + 1
    } else if (source[position] === close && --depth === 0) {
      parts.push(source.slice(from, position))
      pattern += `(${source.slice(from, position)})`
      from = position + 1
    }
    if (depth < 0) break
  }
  if (depth !== 0) throw new BuiltinFault('unbalanced braces')
  return { pattern: `${pattern}${quoteMeta(source.slice(from))}$`, parts }
}

/** Compiles a glob to a regular expression: `*` stops at delimiters, `**` does not. */
function globPattern(run: Evaluation, glob: string, delimiters: readonly string[]): string {
  run.spend(glob.length + delimiters.length)
  const points = [...glob]
  const nonSeparator =
    delimiters.length > 0
      ? `[^${delimiters.map((delimiter) => `\\x{${(delimiter.codePointAt(0) as number).toString(16)}}`).join('')}]`
      : '(?s:.)'
  const anyPoint = '(?s:.)'
  let pattern = '^'
  let position = 0
  const alternatives: number[] = []
  while (position < points.length) {
    const point = points[position++] as string
    if (point === '*') {
      let stars = 1
      while (points[position] === '*') {
        position++
        stars++
      }
      run.spend(stars > 1 ? 0 : nonSeparator.length >> 5)
      pattern += stars > 1 ? `${anyPoint}*` : `${nonSeparator}*`
    } else if (point === '?') {
      run.spend(nonSeparator.length >> 5)
      pattern += nonSeparator
    } else if (point === '\\') {
      if (position >= points.length) throw new BuiltinFault('the glob ends with a backslash')
      pattern += quoteMeta(points[position++] as string)
    } else if (point === '[') {
      const end = points.indexOf(']', position + 1)
      if (end < 0) throw new BuiltinFault('a class of the glob is not closed')
      const isNegated = points[position] === '!' || points[position] === '^'
      const members = points.slice(isNegated ? position + 1 : position, end)
      const code = (member: string) => `\\x{${(member.codePointAt(0) as number).toString(16)}}`
      const isRange = members.length === 3 && members[1] === '-'
      const classBody = isRange ? `${code(members[0] as string)}-${code(members[2] as string)}` : members.map(code).join('')
      pattern += `[${isNegated ? '^' : ''}${classBody}]`
      position = end + 1
    } else if (point === '{') {
      alternatives.push(position)
      pattern += '(?:'
    } else if (point === '}' && alternatives.pop() !== undefined) pattern += ')'
    else if (point === ',' && alternatives.length > 0) pattern += '|'
    else pattern += quoteMeta(point)
  }
  if (alternatives.length > 0) throw new BuiltinFault('the alternatives of the glob are not closed')
  return `${pattern}$`
}

const matches: Builtin = (run, pattern, subject) => compileRegex(run, asString(pattern, 1)).test(asString(subject, 2), spender(run))

/** The builtins of this file by name. */
export const regexes: BuiltinFamily = {
  'regex.match': matches,
  re_match: matches,
  'regex.is_valid': (run, pattern) => {
    if (typeof pattern !== 'string') return false
    try {
      compileRegex(run, pattern)
      return true
    } catch (fault) {
      if (fault instanceof BuiltinFault) return false
      throw fault
    }
  },
  'regex.find_n': (run, pattern, subject, limit) => {
    const input = asString(subject, 2)
    return compileRegex(run, asString(pattern, 1))
      .allMatches(input, asIndex(limit, 3), spender(run))
      .map(([from, to]) => input.slice(from, to))
  },
  'regex.find_all_string_submatch_n': (run, pattern, subject, limit) => {
    const input = asString(subject, 2)
    const expression = compileRegex(run, asString(pattern, 1))
    return expression.allMatches(input, asIndex(limit, 3), spender(run)).map((match) => {
      run.spend(expression.groups.length)
      return expression.groups.map((_, group) =>
        (match[group * 2] as number) < 0 ? '' : input.slice(match[group * 2], match[group * 2 + 1]),
      )
    })
  },
  'regex.split': (run, pattern, subject) => {
    const input = asString(subject, 2)
    const parts: string[] = []
    let from = 0
    for (const [start, end] of compileRegex(run, asString(pattern, 1)).allMatches(input, -1, spender(run)) as [number, number][]) {
      // An empty match at either end would split nothing off.
      if (end === 0 || (start === end && start === input.length)) continue
      parts.push(input.slice(from, start))
      from = end
    }
    if (asString(pattern, 1) !== '' || input !== '') parts.push(input.slice(from))
    return parts
  },
  'regex.replace': (run, subject, pattern, replacement) => {
    const input = asString(subject, 1)
    const expression = compileRegex(run, asString(pattern, 2))
    const template = asString(replacement, 3)
    run.spend(template.length >> 2)
    const parts = replacementParts(template, expression)
    let result = ''
    let from = 0
    for (const match of expression.allMatches(input, -1, spender(run))) {
      result += input.slice(from, match[0]) + expand(run, parts, input, match)
      from = match[1] as number
    }
    return result + input.slice(from)
  },
  'regex.template_match': (run, source, subject, open, close) => {
    const start = asString(open, 3)
    const end = asString(close, 4)
    if (start.length !== 1 || end.length !== 1) throw new BuiltinFault('a delimiter has to be exactly one character long')
    const { pattern, parts } = parseTemplate(run, asString(source, 1), start, end)
    for (const part of parts) compileRegex(run, `^${part}$`)
    return compileRegex(run, pattern).test(asString(subject, 2), spender(run))
  },
  'regex.globs_match': (run, a, b) => globsIntersect(run, asString(a, 1), asString(b, 2)),
  'glob.match': (run, glob, delimiters, subject) => {
    const characters = delimiters === null ? [] : asArray(delimiters, 2).map((delimiter) => asString(delimiter, 2))
    if (characters.some((delimiter) => delimiter.length > 2 || [...delimiter].length !== 1))
      throw new BuiltinFault('operand 2 must hold single characters')
    const separators = delimiters !== null && characters.length === 0 ? ['.'] : characters
    return compileRegex(run, globPattern(run, asString(glob, 1), separators)).test(asString(subject, 3), spender(run))
  },
  'glob.quote_meta': (_, glob) => asString(glob, 1).replace(/[\\*?[\]{}]/g, '\\$&'),
}
