/** Builtins for arithmetic, bits, aggregates and units. */

import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import {
  add,
  ceiling,
  compareNumbers,
  decimal,
  divide,
  floor,
  fromInteger,
  multiply,
  type Num,
  negate,
  parseDecimal,
  round,
  subtract,
  toDecimal,
  toInteger,
} from '../number.ts'
import { lengthOf } from '../operations.ts'
import { compare, RegoSet, type RegoValue } from '../value.ts'
import { asIndex, asInteger, asMembers, asNumber, asString, type BuiltinFamily } from './operands.ts'

/** Largest left shift, in bits. A larger one is a mistake or an attack. */
const maxShift = 8192n

/** Spends fuel for the places of `numbers`. A double outside of the exact integers is as long as its exponent. */
function charge(run: Evaluation, ...numbers: Num[]): void {
  for (const number of numbers)
    if (typeof number !== 'number') run.spend(8 + (number.places >> 2))
    else if (!Number.isSafeInteger(number)) run.spend(8 + Math.abs(Math.log2(Math.abs(number)) >> 4))
}

const binary =
  (compute: (a: Num, b: Num) => Num) =>
  (run: Evaluation, a?: RegoValue, b?: RegoValue): RegoValue => {
    const left = asNumber(a, 1)
    const right = asNumber(b, 2)
    charge(run, left, right)
    return compute(left, right)
  }

const unary =
  (compute: (a: Num) => Num) =>
  (run: Evaluation, a?: RegoValue): RegoValue => {
    const number = asNumber(a)
    charge(run, number)
    return compute(number)
  }

const bitwise =
  (compute: (a: bigint, b: bigint) => bigint, resultFuel = 0) =>
  (run: Evaluation, a?: RegoValue, b?: RegoValue): RegoValue => {
    charge(run, asNumber(a, 1), asNumber(b, 2))
    run.spend(resultFuel)
    return fromInteger(compute(asInteger(a, 1), asInteger(b, 2)))
  }

function shift(distance: bigint): bigint {
  if (distance < 0n) throw new BuiltinFault('operand 2 must be an unsigned integer number but got a negative integer')
  if (distance > maxShift) throw new BuiltinFault(`operand 2 must be at most ${maxShift}`)
  return distance
}

function range(run: Evaluation, from: RegoValue | undefined, to: RegoValue | undefined, step: bigint): RegoValue {
  const first = asInteger(from, 1)
  const last = asInteger(to, 2)
  const isAscending = first <= last
  const count = (isAscending ? last - first : first - last) / step + 1n
  run.spend(count > 1_000_000_000n ? 1_000_000_000 : Number(count))
  const result: RegoValue[] = []
  for (let index = first; isAscending ? index <= last : index >= last; index += isAscending ? step : -step) result.push(fromInteger(index))
  return result
}

const binaryUnits = ['', 'ki', 'mi', 'gi', 'ti', 'pi', 'ei']
const metricUnits = ['', 'k', 'm', 'g', 't', 'p', 'e']

/** Whether the unit at `position` belongs to a number. */
function isAmount(text: string, position: number): boolean {
  const code = text.charCodeAt(position)
  if ((code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46) return true
  const next = text.charCodeAt(position + 1)
  return (code === 69 || code === 101) && (next === 43 || next === 45 || (next >= 48 && next <= 57))
}

/** Splits a number from its unit. An `e` starts an exponent only before digits. */
function splitAmount(run: Evaluation, text: string, name: string): { number: Num; unit: string } {
  run.spend(16 + (text.length >> 3))
  if (text.includes(' ')) throw new BuiltinFault(`${name}: spaces not allowed in resource strings`)
  let end = 0
  while (isAmount(text, end)) end++
  const amountText = text.slice(0, end)
  if (amountText === '') throw new BuiltinFault(`${name}: no amount provided`)
  const number = parseDecimal(amountText)
  if (number === null) throw new BuiltinFault(`${name}: could not parse amount to a number`)
  return { number, unit: text.slice(amountText.length) }
}

/** Multiplies exactly: both the number and the unit are decimals. */
const scaleExactly = (number: Num, multiplier: bigint, exponent = 0): Num => {
  const [digits, places] = toDecimal(number)
  return decimal(digits * multiplier, places + exponent)
}

function unitFactor(unit: string): bigint | null {
  const metric = metricUnits.indexOf(unit)
  if (metric >= 0) return 1000n ** BigInt(metric)
  const binary = binaryUnits.indexOf(unit)
  return binary >= 0 ? 1024n ** BigInt(binary) : null
}

/** Ten decimal places, the last one rounded. */
function tenPlaces(number: Num): Num {
  const [digits, exponent] = toDecimal(number)
  if (exponent >= -10) return number
  const unit = 10n ** BigInt(-10 - exponent)
  const half = digits < 0n ? -unit / 2n : unit / 2n
  return decimal((digits + half) / unit, -10)
}

/** The builtins of this file by name. */
export const numbers: BuiltinFamily = {
  plus: binary(add),
  mul: binary(multiply),
  minus: (run, a, b) => {
    if (!(a instanceof RegoSet) || !(b instanceof RegoSet)) return binary(subtract)(run, a, b)
    return new RegoSet([...a.unsorted()].filter((member) => !b.has(member)))
  },
  div: binary((a, b) => {
    const ratio = divide(a, b)
    if (ratio === null) throw new BuiltinFault('divide by zero')
    return ratio
  }),
  rem: binary((a, b) => {
    const dividend = toInteger(a)
    const divisor = toInteger(b)
    if (dividend === null || divisor === null) throw new BuiltinFault('modulo on floating-point number')
    if (divisor === 0n) throw new BuiltinFault('modulo by zero')
    return fromInteger(dividend % divisor)
  }),
  abs: unary((a) => (compareNumbers(a, 0) < 0 ? negate(a) : a)),
  round: unary(round),
  ceil: unary(ceiling),
  floor: unary(floor),
  'bits.and': bitwise((a, b) => a & b),
  'bits.or': bitwise((a, b) => a | b),
  'bits.xor': bitwise((a, b) => a ^ b),
  'bits.lsh': bitwise((a, b) => a << shift(b), 600),
  'bits.rsh': bitwise((a, b) => a >> shift(b)),
  'bits.negate': (run, a) => {
    charge(run, asNumber(a))
    return fromInteger(~asInteger(a))
  },
  'numbers.range': (run, a, b) => range(run, a, b, 1n),
  'numbers.range_step': (run, a, b, step) => {
    const increment = asInteger(step, 3)
    if (increment <= 0n) throw new BuiltinFault('step must be a positive integer')
    return range(run, a, b, increment)
  },
  count: (_, members) => {
    const length = lengthOf(members as RegoValue)
    if (length === undefined) throw new BuiltinFault('operand 1 must be one of {array, object, set, string}')
    return length
  },
  sum: (run, members) => total(run, members, add, 0),
  product: (run, members) => total(run, members, multiply, 1),
  max: (run, members) => extreme(run, members, 1),
  min: (run, members) => extreme(run, members, -1),
  sort: (_, members) => (members instanceof RegoSet ? members.sorted() : [...asMembers(members)].sort(compare)),
  all: (_, members) => asMembers(members).every((member) => member === true),
  any: (_, members) => asMembers(members).some((member) => member === true),
  format_int: (run, a, base) => {
    const radix = asIndex(base, 2)
    if (![2, 8, 10, 16].includes(radix)) throw new BuiltinFault('operand 2 must be one of {2, 8, 10, 16}')
    const number = asNumber(a)
    charge(run, number)
    const whole = toInteger(number) ?? toInteger(compareNumbers(number, 0) < 0 ? ceiling(number) : floor(number)) ?? 0n
    return whole.toString(radix)
  },
  'units.parse': (run, text) => {
    const { number, unit } = splitAmount(run, asString(text).replaceAll('"', ''), 'units.parse')
    // Only here does case distinguish milli from mega.
    if (unit === 'm') return tenPlaces(scaleExactly(number, 1n, -3))
    const factor = unitFactor(unit.toLowerCase())
    if (factor === null) throw new BuiltinFault(`units.parse: unit ${unit} not recognized`)
    return tenPlaces(scaleExactly(number, factor))
  },
  'units.parse_bytes': (run, text) => {
    const { number, unit } = splitAmount(run, asString(text).toLowerCase().replaceAll('"', ''), 'units.parse_bytes')
    const factor = unitFactor(unit.length > 1 && unit.endsWith('b') ? unit.slice(0, -1) : unit)
    if (factor === null) throw new BuiltinFault(`units.parse_bytes: byte unit ${unit} not recognized`)
    const bytes = multiply(number, fromInteger(factor))
    return compareNumbers(bytes, 0) < 0 ? ceiling(bytes) : floor(bytes)
  },
  'rand.intn': (run, text, below) => {
    const bound = Math.abs(asIndex(below, 2))
    if (bound === 0) return 0
    // Seeded by the clock and the text: one value per evaluation, and the same on a replay.
    run.spend(asString(text).length >> 3)
    let state = Number(BigInt.asUintN(32, run.nowNs / 1_000_000n))
    for (const unit of `${asString(text)}-${bound}`) state = Math.imul(state ^ (unit.codePointAt(0) as number), 0x01000193)
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)
    return ((state ^ (state >>> 12)) >>> 0) % bound
  },
}

function total(run: Evaluation, collection: RegoValue | undefined, combine: (a: Num, b: Num) => Num, first: Num): RegoValue {
  const members = asMembers(collection)
  run.spend(members.length)
  return members.reduce<Num>((sum, member) => {
    const number = asNumber(member)
    charge(run, sum, number)
    return combine(sum, number)
  }, first)
}

function extreme(run: Evaluation, collection: RegoValue | undefined, sign: number): RegoValue | undefined {
  const members = asMembers(collection)
  run.spend(members.length)
  let best: RegoValue | undefined
  for (const member of members) if (best === undefined || compare(member, best) * sign > 0) best = member
  return best
}
