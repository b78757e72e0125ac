/** Go's formatting verbs for Rego's values. Pure. */

import type { Evaluation } from '../evaluation.ts'
import { Big, digitsEnd, formatNumber, toInteger } from '../number.ts'
import { countPoints } from '../operations.ts'
import { isNum, type RegoValue } from '../value.ts'
import { formatValue } from './format-value.ts'

/** Largest field width. A larger one is a mistake or an attack on memory. Go has the same limit. */
const maxWidth = 1_000_000

interface Verb {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly verb: string
}

/** Reads the parts of one directive, from left to right. */
class DirectiveReader {
  readonly #format: string
  position = 0

  constructor(format: string) {
    this.#format = format
  }

  flags(): string {
    const from = this.position
    while (this.position < this.#format.length && '-+# 0'.includes(this.#format[this.position] as string)) this.position++
    return this.#format.slice(from, this.position)
  }

  /** `[3]`, the number of an argument; null if there is none. */
  index(): number | null {
    if (this.#format[this.position] !== '[') return null
    const end = digitsEnd(this.#format, this.position + 1)
    if (end === this.position + 1 || this.#format[end] !== ']') return null
    const index = Number(this.#format.slice(this.position + 1, end))
    this.position = end + 1
    return index
  }

  /** A number, or `*` for one among the arguments; null if there is neither. */
  size(): number | '*' | null {
    if (this.take('*')) return '*'
    const end = digitsEnd(this.#format, this.position)
    if (end === this.position) return null
    const size = Number(this.#format.slice(this.position, end))
    this.position = end
    return size
  }

  take(expected: string): boolean {
    if (this.#format[this.position] !== expected) return false
    this.position++
    return true
  }

  /** One code point; '' at the end. */
  verb(): string {
    const point = this.#format.codePointAt(this.position)
    const verb = point === undefined ? '' : String.fromCodePoint(point)
    this.position += verb.length
    return verb
  }
}

/** `format` with its verbs replaced by `values`. Errors appear in the text, as in Go. */
export function sprintf(run: Evaluation, format: string, values: readonly RegoValue[]): string {
  let result = ''
  let next = 0
  let isReordered = false
  const reader = new DirectiveReader(format)
  const nextSize = (): number => {
    const value = values[next++]
    return typeof value === 'number' ? value : 0
  }
  while (reader.position < format.length) {
    const percent = format.indexOf('%', reader.position)
    result += format.slice(reader.position, percent < 0 ? format.length : percent)
    if (percent < 0) break
    run.spend(2)
    reader.position = percent + 1
    const flags = reader.flags()
    const before = reader.index()
    const width = reader.size()
    const hasPrecision = reader.take('.')
    const precision = hasPrecision ? reader.size() : null
    const after = reader.index()
    const verb = reader.verb()
    if (before !== null) next = before - 1
    const resolvedWidth = Math.min(width === '*' ? nextSize() : (width ?? 0), maxWidth)
    const resolvedPrecision = precision === '*' ? nextSize() : (precision ?? (hasPrecision ? 0 : undefined))
    if (after !== null) next = after - 1
    if (before !== null || after !== null) isReordered = true
    if (verb === '%') result += '%'
    else if (verb === '') result += '%!(NOVERB)'
    else {
      const value = values[next++]
      run.spend(1 + Math.max(resolvedWidth, 0) + sizeOf(value))
      result +=
        value === undefined
          ? `%!${verb}(${isReordered ? 'BADINDEX' : 'MISSING'})`
          : formatDirective(
              {
                flags,
                width: resolvedWidth,
                precision: resolvedPrecision === undefined ? undefined : Math.min(resolvedPrecision, 1000),
                verb,
              },
              value,
            )
    }
  }
  if (!isReordered && next < values.length)
    result += `%!(EXTRA ${values
      .slice(next)
      .map((value) => {
        run.spend(1 + sizeOf(value))
        return `${goType(value)}=${plainText(value)}`
      })
      .join(', ')})`
  return result
}

/** Fuel for a value before it is formatted. A Rego term charges for itself. */
const sizeOf = (value: RegoValue | undefined): number =>
  typeof value === 'string' ? value.length >> 3 : value instanceof Big ? 8 + (value.places >> 2) : isNum(value) ? 4 : 0

const isFloat = (value: RegoValue): boolean => isNum(value) && !isHuge(value) && toInteger(value) === null
/** Go formats a number that no float64 holds as its original text. */
const isHuge = (value: RegoValue): boolean => value instanceof Big && !Number.isFinite(Number(value.toString()))
const isInteger = (value: RegoValue): value is number | Big => isNum(value) && !isFloat(value) && !isHuge(value)

const goType = (value: RegoValue): string =>
  isFloat(value) ? 'float64' : isInteger(value) ? (value instanceof Big ? '*big.Int' : 'int64') : 'string'

const plainText = (value: RegoValue): string =>
  typeof value === 'string' ? value : isFloat(value) ? general(Number(String(value)), undefined) : formatValue(value)

function formatDirective(verb: Verb, value: RegoValue): string {
  const text = formatBody(verb, value)
  if (text === null) return `%!${verb.verb}(${goType(value)}=${plainText(value)})`
  return pad(verb, text, isNum(value))
}

/** Null if the verb does not apply to the value. */
function formatBody({ flags, precision, verb }: Verb, value: RegoValue): string | null {
  const signed = (text: string) =>
    text.startsWith('-') ? text : flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text
  // A whole number may be written as 1e2 or 1.0, so the verbs for fractions accept it.
  if (isInteger(value) && !'eEfFgG'.includes(verb)) {
    const whole = toInteger(value) as bigint
    const radix = ({ d: 10, v: 10, ...(value instanceof Big ? { s: 10 } : {}), b: 2, o: 8, O: 8, x: 16, X: 16 } as Record<string, number>)[
      verb
    ]
    if (radix !== undefined) {
      let digits = (whole < 0n ? -whole : whole).toString(radix)
      if (precision !== undefined) digits = digits.padStart(precision, '0')
      if (verb === 'X') digits = digits.toUpperCase()
      const radixPrefix = verb === 'O' ? '0o' : flags.includes('#') ? ({ b: '0b', o: '0', x: '0x', X: '0X' }[verb] ?? '') : ''
      return signed(`${whole < 0n ? '-' : ''}${radixPrefix}${digits}`)
    }
    if (verb === 'c') return String.fromCodePoint(whole >= 0n && whole <= 0x10ffffn ? Number(whole) : 0xfffd)
    if (verb === 'q') return `'${String.fromCodePoint(whole >= 0n && whole <= 0x10ffffn ? Number(whole) : 0xfffd)}'`
    if (verb === 'U') return `U+${whole.toString(16).toUpperCase().padStart(4, '0')}`
    return null
  }
  if (isFloat(value) || isInteger(value)) {
    const number = Number(String(value))
    switch (verb) {
      case 'v':
      case 'g':
        return signed(general(number, precision))
      case 'G':
        return signed(general(number, precision).toUpperCase())
      case 'f':
      case 'F':
        return signed(fixed(number, precision ?? 6))
      case 'e':
      case 'E': {
        const text = exponent(number.toExponential(Math.min(precision ?? 6, 100)))
        return signed(verb === 'E' ? text.toUpperCase() : text)
      }
    }
    return null
  }
  const text = typeof value === 'string' ? value : formatValue(value)
  const limited = precision === undefined || text.length <= precision ? text : firstPoints(text, precision)
  switch (verb) {
    case 's':
      return limited
    case 'v':
      return flags.includes('#') ? JSON.stringify(text) : limited
    case 'q':
      return flags.includes('#') && !limited.includes('`') ? `\`${limited}\`` : JSON.stringify(limited)
    case 'x':
    case 'X': {
      const hex = Array.from(new TextEncoder().encode(limited), (byte) => byte.toString(16).padStart(2, '0')).join(
        flags.includes(' ') ? ' ' : '',
      )
      return verb === 'X' ? hex.toUpperCase() : hex
    }
    case 'T':
      return 'string'
  }
  return null
}

/** The first `count` code points. */
function firstPoints(text: string, count: number): string {
  let end = 0
  for (let point = 0; point < count && end < text.length; point++) end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1
  return text.slice(0, end)
}

const fixed = (number: number, precision: number): string =>
  Math.abs(number) < 1e21
    ? number.toFixed(Math.min(precision, 100))
    : BigInt(number).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '')

const exponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2')

/** The shortest text, or `precision` digits, with an exponent where Go writes one. */
function general(number: number, precision: number | undefined): string {
  const digits = precision === undefined ? undefined : Math.max(1, Math.min(precision, 100))
  const scientific = exponent(digits === undefined ? number.toExponential() : number.toExponential(digits - 1).replace(/\.?0+e/, 'e'))
  const power = Number(scientific.slice(scientific.indexOf('e') + 1))
  if (power < -4 || power >= (digits ?? 21)) return scientific
  return digits === undefined ? formatNumber(number) : String(Number(number.toPrecision(digits)))
}

function pad({ flags, width, precision }: Verb, text: string, isNumeric: boolean): string {
  if (width <= 0) return text
  const missing = width - countPoints(text)
  if (missing <= 0) return text
  if (flags.includes('-')) return text + ' '.repeat(missing)
  if (!flags.includes('0') || (isNumeric && precision !== undefined && !text.includes('.'))) return ' '.repeat(missing) + text
  const sign = isNumeric && /^[-+ ]/.test(text) ? (text[0] as string) : ''
  return sign + '0'.repeat(missing) + text.slice(sign.length)
}
