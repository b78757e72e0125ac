/**
 * Rego's numbers: decimals of any length, exact as integers, rounded to a 64-bit mantissa as fractions. Pure. A JavaScript number
 * represents the decimal of its shortest text. Any other number is a `Big`.
 */

import { RegoCollection } from './rego-collection.ts'

/** `digits × 10^exponent`, without trailing zeros in `digits`. Only `decimal` creates it, so equal values are identical. */
export class Big extends RegoCollection {
  readonly digits: bigint
  readonly exponent: number
  constructor(digits: bigint, exponent: number) {
    super()
    this.digits = digits
    this.exponent = exponent
  }
  override toString(): string {
    return format(this.digits, this.exponent)
  }
  /** An upper bound of the decimal places before and after the point, for its cost. */
  get places(): number {
    return places(this.digits, this.exponent)
  }
}

/** A number of Rego. */
export type Num = number | Big

/** Hexadecimal is the cheapest conversion. */
const places = (digits: bigint, exponent: number): number => Math.ceil(digits.toString(16).length * 1.21) + Math.abs(exponent)

/** Most decimal places before or after the point. A longer number is refused, because it costs too much. */
export const maxPlaces = 4096

/** A number exceeds `maxPlaces`. It is not an Error, because its stack has no reader. */
export class NumberTooLong {
  readonly message = `a number of more than ${maxPlaces} places`
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** The end of the digits from `position`. */
export function digitsEnd(text: string, position: number): number {
  let end = position
  while (isDigit(text.charCodeAt(end))) end++
  return end
}

interface NumberParts {
  readonly sign: string
  readonly whole: string
  readonly fraction: string
  readonly exponent: number
}

/** The parts of a number in JSON's syntax, except that it may start with zeros; null if invalid. */
function partsOfText(text: string): NumberParts | null {
  const sign = text.startsWith('-') ? '-' : ''
  const wholeEnd = digitsEnd(text, sign.length)
  if (wholeEnd === sign.length) return null
  let position = wholeEnd
  let fraction = ''
  if (text[position] === '.') {
    const end = digitsEnd(text, position + 1)
    if (end === position + 1) return null
    fraction = text.slice(position + 1, end)
    position = end
  }
  let exponent = 0
  if (text[position] === 'e' || text[position] === 'E') {
    const from = text[position + 1] === '+' || text[position + 1] === '-' ? position + 2 : position + 1
    const end = digitsEnd(text, from)
    if (end === from) return null
    exponent = Number(text.slice(position + 1, end))
    position = end
  }
  return position === text.length ? { sign, whole: text.slice(sign.length, wholeEnd), fraction, exponent } : null
}

/** `parseNumber` that also accepts a plus sign, and a point at either end: `+1`, `.5`, `5.`, `5.e3`. */
export function parseDecimal(text: string): Num | null {
  const signed = text.startsWith('+') ? text.slice(1) : text
  const sign = signed.startsWith('-') ? '-' : ''
  const unsigned = signed.slice(sign.length)
  const leading = unsigned.startsWith('.') ? `0${unsigned}` : unsigned
  const point = leading.indexOf('.')
  const after = point < 0 ? '0' : (leading[point + 1] ?? 'e')
  return parseNumber(sign + (after === 'e' || after === 'E' ? leading.slice(0, point) + leading.slice(point + 1) : leading))
}

/** The number in `text`, in JSON's syntax; null if invalid. Throws `NumberTooLong`. */
export function parseNumber(text: string): Num | null {
  if (text.length < 16) {
    const shortNumber = Number(text)
    if (Number.isSafeInteger(shortNumber) && String(shortNumber) === text) return shortNumber
  }
  const parts = partsOfText(text)
  if (!parts) return null
  const { fraction, exponent } = parts
  const digits = parts.whole + fraction
  let zeros = 0
  while (digits.charCodeAt(zeros) === 48) zeros++
  if (zeros === digits.length) return 0
  if (digits.length > maxPlaces || Math.abs(exponent) > maxPlaces) throw new NumberTooLong()
  return decimal(BigInt(parts.sign + digits), exponent - fraction.length)
}

/** `digits × 10^exponent` in the narrowest representation. */
export function decimal(digits: bigint, exponent: number): Num {
  if (digits === 0n) return 0
  let text = digits.toString()
  let zeros = 0
  while (text.charCodeAt(text.length - 1 - zeros) === 48) zeros++
  if (zeros > 0) text = text.slice(0, -zeros)
  const shift = exponent + zeros
  if (Math.abs(shift) + text.length > 2 * maxPlaces) throw new NumberTooLong()
  const nearest = Number(`${text}e${shift}`)
  if (Number.isFinite(nearest) && nearest !== 0) {
    const [same, nearExponent] = partsOf(nearest)
    if (nearExponent === shift && same === text) return nearest
  }
  return new Big(BigInt(text), shift)
}

/** The digits (without trailing zeros, sign first) and exponent of the shortest text of `n`. */
function partsOf(n: number): [string, number] {
  const text = String(n)
  const e = text.indexOf('e')
  const body = e < 0 ? text : text.slice(0, e)
  const point = body.indexOf('.')
  let digits = point < 0 ? body : body.slice(0, point) + body.slice(point + 1)
  let exponent = (e < 0 ? 0 : Number(text.slice(e + 1))) - (point < 0 ? 0 : body.length - point - 1)
  const sign = digits.startsWith('-') ? '-' : ''
  digits = digits.slice(sign.length).replace(/^0+(?=\d)/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return ['0', 0]
  exponent += digits.length - significant.length
  return [sign + significant, exponent]
}

/** Any number as digits and exponent. */
export function toDecimal(n: Num): [bigint, number] {
  if (n instanceof Big) return [n.digits, n.exponent]
  if (Number.isSafeInteger(n)) return [BigInt(n), 0]
  const [digits, exponent] = partsOf(n)
  return [BigInt(digits), exponent]
}

/** The text of a number in JSON and for `%v`. */
export function formatNumber(n: Num): string {
  if (Number.isSafeInteger(n)) return String(n)
  return format(...toDecimal(n))
}

function format(digits: bigint, exponent: number): string {
  const sign = digits < 0n ? '-' : ''
  const text = (digits < 0n ? -digits : digits).toString()
  // A number with so many zeros was written with an exponent, which is shorter.
  if (exponent > 300) return `${sign}${text}e${exponent}`
  if (exponent >= 0) return sign + text + '0'.repeat(exponent)
  const point = text.length + exponent
  if (point > 0) return `${sign}${text.slice(0, point)}.${text.slice(point)}`
  if (point > -4) return `${sign}0.${'0'.repeat(-point)}${text}`
  const power = String(1 - point).padStart(2, '0')
  return `${sign}${text[0]}${text.length > 1 ? `.${text.slice(1)}` : ''}e-${power}`
}

/** The number as an integer; null if it has a fraction. */
export function toInteger(n: Num): bigint | null {
  if (Number.isSafeInteger(n)) return BigInt(n as number)
  const [digits, exponent] = toDecimal(n)
  return exponent < 0 ? null : digits * 10n ** BigInt(exponent)
}

/** The number of an integer. Throws `NumberTooLong`. */
export function fromInteger(n: bigint): Num {
  if (n >= -9007199254740991n && n <= 9007199254740991n) return Number(n)
  checkLength(n)
  return decimal(n, 0)
}

function checkLength(n: bigint): void {
  // 3.33 bits per decimal place. Hexadecimal is the cheapest conversion.
  if (n.toString(16).length * 1.2 > maxPlaces) throw new NumberTooLong()
}

/** Negative, zero or positive, exactly. */
export function compareNumbers(a: Num, b: Num): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  const [x, i] = toDecimal(a)
  const [y, j] = toDecimal(b)
  if (x < 0n !== y < 0n) return x < 0n ? -1 : 1
  const low = Math.min(i, j)
  const left = x * 10n ** BigInt(i - low)
  const right = y * 10n ** BigInt(j - low)
  return left < right ? -1 : left > right ? 1 : 0
}

/** A binary float with a 64-bit mantissa: `mantissa × 2^exponent`, Go's default big.Float. */
interface Float {
  readonly mantissa: bigint
  readonly exponent: number
}

const bits = 64

const bitLength = (n: bigint): number => {
  const hex = (n < 0n ? -n : n).toString(16)
  return n === 0n ? 0 : (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0] ?? '0', 16)))
}

/** `mantissa × 2^exponent`, slightly more if `sticky`, rounded to 64 bits. Ties go to even. */
function roundToMantissa(mantissa: bigint, exponent: number, sticky = false): Float {
  const excessBits = bitLength(mantissa) - bits
  if (excessBits <= 0) return { mantissa, exponent }
  const isNegative = mantissa < 0n
  const magnitude = isNegative ? -mantissa : mantissa
  let shifted = magnitude >> BigInt(excessBits)
  const rest = magnitude - (shifted << BigInt(excessBits))
  const half = 1n << BigInt(excessBits - 1)
  if (rest > half || (rest === half && (sticky || (shifted & 1n) === 1n))) shifted++
  return { mantissa: isNegative ? -shifted : shifted, exponent: exponent + excessBits }
}

function quotient(top: bigint, bottom: bigint, exponent: number): Float {
  const shift = Math.max(0, bits + 2 - bitLength(top) + bitLength(bottom))
  const scaled = top << BigInt(shift)
  const whole = scaled / bottom
  const sticky = whole * bottom !== scaled
  // One extra bit distinguishes exactly half from more than half.
  return roundToMantissa((whole << 1n) | (sticky ? (whole < 0n ? 0n : 1n) : 0n), exponent - shift - 1, sticky)
}

function toFloat(n: Num): Float {
  const [digits, exponent] = toDecimal(n)
  if (exponent >= 0) return roundToMantissa(digits * 10n ** BigInt(exponent), 0)
  const isNegative = digits < 0n
  const { mantissa, exponent: scale } = quotient(isNegative ? -digits : digits, 10n ** BigInt(-exponent), 0)
  return { mantissa: isNegative ? -mantissa : mantissa, exponent: scale }
}

/** The shortest decimal that identifies a 64-bit mantissa among its neighbours. */
function fromFloat({ mantissa, exponent }: Float): Num {
  if (mantissa === 0n) return 0
  if (exponent >= 0) {
    if (exponent > maxPlaces * 4) throw new NumberTooLong()
    return fromInteger(mantissa << BigInt(exponent))
  }
  if (exponent < -maxPlaces * 4) throw new NumberTooLong()
  const whole = mantissa >> BigInt(-exponent)
  if (whole << BigInt(-exponent) === mantissa) return fromInteger(whole)
  const isNegative = mantissa < 0n
  // At full precision, half the distance to a neighbour is half a unit.
  const shift = BigInt(bits - bitLength(mantissa))
  const magnitude = (isNegative ? -mantissa : mantissa) << shift
  const below = BigInt(-exponent) + shift
  // In units of 10^-places. Adds places until a decimal is within half a unit of the mantissa.
  const places = Math.max(0, Math.floor((Number(below) - bits) * 0.30103))
  for (let extraPlaces = 0; extraPlaces < 40; extraPlaces++) {
    const power = 10n ** BigInt(places + extraPlaces)
    const exact = magnitude * power
    const nearest = ((exact << 1n) + (1n << below)) >> (below + 1n)
    const error = (nearest << below) - exact
    if ((error < 0n ? -error : error) << 1n <= power) return decimal(isNegative ? -nearest : nearest, -(places + extraPlaces))
  }
  throw new NumberTooLong()
}

const smallLimit = 2 ** 31
const isSmall = (n: Num): n is number => typeof n === 'number' && Number.isInteger(n) && n >= -smallLimit && n < smallLimit

/** The sum: exact for integers, rounded for fractions. */
export function add(a: Num, b: Num): Num {
  if (isSmall(a) && isSmall(b)) return a + b
  const x = toInteger(a)
  const y = toInteger(b)
  if (x !== null && y !== null) return fromInteger(x + y)
  return fromFloat(addFloats(toFloat(a), toFloat(b)))
}

/** The difference: exact for integers, rounded for fractions. */
export const subtract = (a: Num, b: Num): Num => (isSmall(a) && isSmall(b) ? a - b : add(a, negate(b)))

/** The product: exact for integers, rounded for fractions. */
export function multiply(a: Num, b: Num): Num {
  if (isSmall(a) && isSmall(b)) {
    const product = a * b
    if (Number.isSafeInteger(product)) return product + 0
  }
  const x = toInteger(a)
  const y = toInteger(b)
  if (x !== null && y !== null) return fromInteger(x * y)
  const left = toFloat(a)
  const right = toFloat(b)
  return fromFloat(roundToMantissa(left.mantissa * right.mantissa, left.exponent + right.exponent))
}

/** Null if `b` is zero. */
export function divide(a: Num, b: Num): Num | null {
  if (b === 0) return null
  if (isSmall(a) && isSmall(b) && a % b === 0) return a / b + 0
  const left = toFloat(a)
  const right = toFloat(b)
  const isNegative = left.mantissa < 0n !== right.mantissa < 0n
  const magnitude = (n: bigint) => (n < 0n ? -n : n)
  const { mantissa, exponent } = quotient(magnitude(left.mantissa), magnitude(right.mantissa), left.exponent - right.exponent)
  return fromFloat({ mantissa: isNegative ? -mantissa : mantissa, exponent })
}

/** The negative of a number. */
export const negate = (n: Num): Num => (n instanceof Big ? new Big(-n.digits, n.exponent) : n === 0 ? 0 : -n)

function addFloats(a: Float, b: Float): Float {
  const low = Math.min(a.exponent, b.exponent)
  return roundToMantissa((a.mantissa << BigInt(a.exponent - low)) + (b.mantissa << BigInt(b.exponent - low)), low)
}

/** Rounds to an integer. Truncates, then calls `adjust` with the sign of the remainder (-1, 0 or 1) and of `n`. */
function roundWith(n: Num, adjust: (whole: bigint, remainderSign: number) => bigint): Num {
  if (typeof n === 'number' && Number.isSafeInteger(n)) return n
  const { mantissa, exponent } = toFloat(n)
  if (exponent >= 0) return fromInteger(mantissa << BigInt(exponent))
  const unit = 1n << BigInt(-exponent)
  const whole = mantissa / unit
  const rest = mantissa - whole * unit
  return fromInteger(adjust(whole, rest === 0n ? 0 : rest < 0n ? -1 : 1))
}

/** The least integer that is not below `n`. */
export const ceiling = (n: Num): Num => roundWith(n, (whole, remainderSign) => (remainderSign > 0 ? whole + 1n : whole))
/** The greatest integer that is not above `n`. */
export const floor = (n: Num): Num => roundWith(n, (whole, remainderSign) => (remainderSign < 0 ? whole - 1n : whole))

/** Half rounds away from zero. */
export function round(n: Num): Num {
  if (typeof n === 'number' && Number.isSafeInteger(n)) return n
  const half = compareNumbers(n, 0) < 0 ? -0.5 : 0.5
  return roundWith(fromFloat(addFloats(toFloat(n), toFloat(half))), (whole) => whole)
}
