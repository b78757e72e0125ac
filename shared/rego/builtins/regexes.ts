/** Builtins for regular expressions and globs. Both run in linear time and spend fuel for each step. */
import { BoundedMap } from '../../lib/bounded-map.ts'
import { Regex } from '../../regex/regex.ts'
import { BadPattern } from '../../regex/syntax.ts'
import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import type { RegoValue } from '../value.ts'
import { globsMeet } from './globs-meet.ts'
import { asArray, asIndex, asString, type Family } from './operands.ts'

/** Compiled patterns of all plans. Compilation has no side effects, so sharing is safe. */
const compiled = new BoundedMap<string, Regex>(256)
const maxSource = 4096

function regex(run: Evaluation, source: string): Regex {
  const known = compiled.get(source)
  if (known) return known
  if (source.length > maxSource) throw new BuiltinFault('the pattern is too long')
  run.spend(source.length)
  try {
    const made = new Regex(source)
    compiled.set(source, made)
    return made
  } catch (fault) {
    if (fault instanceof BadPattern) throw new BuiltinFault(fault.message)
    throw fault
  }
}

const spender = (run: Evaluation) => (amount: number) => run.spend(amount)

const quote = (text: string) => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')

/** `$1`, `$name`, `${name}` and `$$` in a replacement. An unknown group is empty. */
function expand(template: string, { groups }: Regex, text: string, match: readonly number[]): string {
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced: string | undefined, bare: string | undefined) => {
    const name = braced ?? bare
    if (name === undefined) return whole === '$$' ? '$' : whole
    const group = /^\d{1,5}$/.test(name) ? Number(name) : groups.indexOf(name, 1)
    const from = group < 0 ? undefined : match[group * 2]
    return from === undefined || from < 0 ? '' : text.slice(from, match[group * 2 + 1])
  })
}

/** Text in which `{…}` is a pattern and everything else is literal. */
function template(source: string, open: string, close: string): { pattern: string; parts: string[] } {
  let pattern = '^'
  let depth = 0
  let from = 0
  const parts: string[] = []
  for (let at = 0; at < source.length; at++) {
    if (source[at] === open && depth++ === 0) {
      pattern += quote(source.slice(from, at))
      from = at + 1
    } else if (source[at] === close && --depth === 0) {
      parts.push(source.slice(from, at))
      pattern += `(${source.slice(from, at)})`
      from = at + 1
    }
    if (depth < 0) break
  }
  if (depth !== 0) throw new BuiltinFault('unbalanced braces')
  return { pattern: `${pattern}${quote(source.slice(from))}$`, parts }
}

/** Compiles a glob to a regular expression: `*` stops at delimiters, `**` does not. */
function globPattern(glob: string, delimiters: readonly string[]): string {
  const points = [...glob]
  const apart =
    delimiters.length > 0 ? `[^${delimiters.map((one) => `\\x{${(one.codePointAt(0) as number).toString(16)}}`).join('')}]` : '(?s:.)'
  const any = '(?s:.)'
  let made = '^'
  let at = 0
  const alternatives: number[] = []
  while (at < points.length) {
    const point = points[at++] as string
    if (point === '*') {
      let stars = 1
      while (points[at] === '*') {
        at++
        stars++
      }
      made += stars > 1 ? `${any}*` : `${apart}*`
    } else if (point === '?') made += apart
    else if (point === '\\') {
      if (at >= points.length) throw new BuiltinFault('the glob ends with a backslash')
      made += quote(points[at++] as string)
    } else if (point === '[') {
      const end = points.indexOf(']', at + 1)
      if (end < 0) throw new BuiltinFault('a class of the glob is not closed')
      const negated = points[at] === '!' || points[at] === '^'
      const members = points.slice(negated ? at + 1 : at, end)
      const code = (member: string) => `\\x{${(member.codePointAt(0) as number).toString(16)}}`
      const range = members.length === 3 && members[1] === '-'
      const spelt = range ? `${code(members[0] as string)}-${code(members[2] as string)}` : members.map(code).join('')
      made += `[${negated ? '^' : ''}${spelt}]`
      at = end + 1
    } else if (point === '{') {
      alternatives.push(at)
      made += '(?:'
    } else if (point === '}' && alternatives.pop() !== undefined) made += ')'
    else if (point === ',' && alternatives.length > 0) made += '|'
    else made += quote(point)
  }
  if (alternatives.length > 0) throw new BuiltinFault('the alternatives of the glob are not closed')
  return `${made}$`
}

const text = (value: RegoValue | undefined, at: number) => asString(value, at)

export const regexes: Family = {
  'regex.match': (run, pattern, subject) => regex(run, text(pattern, 1)).test(text(subject, 2), spender(run)),
  re_match: (run, pattern, subject) => regex(run, text(pattern, 1)).test(text(subject, 2), spender(run)),
  'regex.is_valid': (run, pattern) => {
    if (typeof pattern !== 'string') return false
    try {
      regex(run, pattern)
      return true
    } catch (fault) {
      if (fault instanceof BuiltinFault) return false
      throw fault
    }
  },
  'regex.find_n': (run, pattern, subject, limit) => {
    const held = text(subject, 2)
    return regex(run, text(pattern, 1))
      .all(held, asIndex(limit, 3), spender(run))
      .map(([from, to]) => held.slice(from, to))
  },
  'regex.find_all_string_submatch_n': (run, pattern, subject, limit) => {
    const held = text(subject, 2)
    const expression = regex(run, text(pattern, 1))
    return expression
      .all(held, asIndex(limit, 3), spender(run))
      .map((match) =>
        expression.groups.map((_, group) => ((match[group * 2] as number) < 0 ? '' : held.slice(match[group * 2], match[group * 2 + 1]))),
      )
  },
  'regex.split': (run, pattern, subject) => {
    const held = text(subject, 2)
    const parts: string[] = []
    let from = 0
    for (const [start, end] of regex(run, text(pattern, 1)).all(held, -1, spender(run)) as [number, number][]) {
      // An empty match at either end would split nothing off.
      if (end === 0 || (start === end && start === held.length)) continue
      parts.push(held.slice(from, start))
      from = end
    }
    if (text(pattern, 1) !== '' || held !== '') parts.push(held.slice(from))
    return parts
  },
  'regex.replace': (run, subject, pattern, replacement) => {
    const held = text(subject, 1)
    const expression = regex(run, text(pattern, 2))
    const by = text(replacement, 3)
    let made = ''
    let from = 0
    for (const match of expression.all(held, -1, spender(run))) {
      made += held.slice(from, match[0]) + expand(by, expression, held, match)
      run.spend(1 + (made.length >> 10))
      from = match[1] as number
    }
    return made + held.slice(from)
  },
  'regex.template_match': (run, source, subject, open, close) => {
    const start = text(open, 3)
    const end = text(close, 4)
    if (start.length !== 1 || end.length !== 1) throw new BuiltinFault('a delimiter has to be exactly one character long')
    const { pattern, parts } = template(text(source, 1), start, end)
    for (const part of parts) regex(run, `^${part}$`)
    return regex(run, pattern).test(text(subject, 2), spender(run))
  },
  'regex.globs_match': (run, a, b) => globsMeet(run, text(a, 1), text(b, 2)),
  'glob.match': (run, glob, delimiters, subject) => {
    const given = delimiters === null ? [] : asArray(delimiters, 2).map((one) => asString(one, 2))
    if (given.some((one) => [...one].length !== 1)) throw new BuiltinFault('operand 2 must hold single characters')
    const apart = delimiters !== null && given.length === 0 ? ['.'] : given
    return regex(run, globPattern(text(glob, 1), apart)).test(text(subject, 3), spender(run))
  },
  'glob.quote_meta': (_, glob) => text(glob, 1).replace(/[\\*?[\]{}]/g, '\\$&'),
}
