/** CEL's values, and their conversion from JSON. Pure. */
import type { Parameter } from '../model-json.ts'
import { CelError } from './parse.ts'

/** An unsigned integer of 64 bits. */
export class Uint {
  readonly value: bigint
  constructor(value: bigint) {
    this.value = value
  }
}

/** Nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
    if (nanos < minTimestamp || nanos > maxTimestamp) throw new CelError('a timestamp is out of range')
  }
}

/** Nanoseconds. */
export class Duration {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
    if (nanos > maxInt || nanos < -maxInt - 1n) throw new CelError('a duration is out of range')
  }
}

/** An address as bits. IPv4-mapped IPv6 equals the IPv4 address. */
export class IpAddress {
  readonly bits: 32 | 128
  readonly value: bigint
  constructor(bits: 32 | 128, value: bigint) {
    const isMapped = bits === 128 && value >> 32n === 0xffffn
    this.bits = isMapped ? 32 : bits
    this.value = isMapped ? value & 0xffff_ffffn : value
  }
}

/** Any value of an expression. */
export type CelValue =
  | bigint
  | Uint
  | number
  | string
  | boolean
  | null
  | Timestamp
  | Duration
  | IpAddress
  | readonly CelValue[]
  | ReadonlyMap<string, CelValue>

const maxInt = 2n ** 63n - 1n
const maxUint = 2n ** 64n - 1n
const nanosPerSecond = 1_000_000_000n
const minTimestamp = -62_135_596_800n * nanosPerSecond
const maxTimestamp = 253_402_300_799n * nanosPerSecond + 999_999_999n

/** `value` as a signed integer of 64 bits. Throws `CelError` if it is out of range. */
export function toInt(value: bigint): bigint {
  if (value > maxInt || value < -maxInt - 1n) throw new CelError('an integer is out of range')
  return value
}

/** `value` as an unsigned integer of 64 bits. Throws `CelError` if it is out of range. */
export function toUint(value: bigint): Uint {
  if (value > maxUint || value < 0n) throw new CelError('an unsigned integer is out of range')
  return new Uint(value)
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|([+-])(\d\d):(\d\d))$/

/** Parses RFC 3339. Throws `CelError`. */
export function parseTimestamp(text: string): Timestamp {
  const match = rfc3339.exec(text)
  if (!match) throw new CelError('a timestamp must look like 2026-01-31T12:00:00Z')
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, seconds = 0] = match.slice(1, 7).map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, seconds)
  const [zoneHour = 0, zoneMinute = 0] = [Number(match[10] ?? 0), Number(match[11] ?? 0)]
  const isValid =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    seconds < 60 &&
    zoneHour <= 24 &&
    zoneMinute < 60
  if (!isValid) throw new CelError('a timestamp is not a valid date and time')
  const offset = (zoneHour * 60 + zoneMinute) * 60 * (match[9] === '-' ? -1 : 1)
  const fraction = BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'))
  return new Timestamp((BigInt(date.getTime()) / 1_000n - BigInt(offset)) * nanosPerSecond + fraction)
}

const nanosPerUnit: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: nanosPerSecond,
  m: 60n * nanosPerSecond,
  h: 3_600n * nanosPerSecond,
}

/** Go's syntax: "1h30m", "-1.5s", "0". */
export function parseDuration(text: string): Duration {
  if (text.length > 64 || !/^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text))
    throw new CelError('a duration must look like 1h30m')
  let nanos = 0n
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = nanosPerUnit[unit] ?? 0n
    nanos += BigInt(whole || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length)
  }
  return new Duration(text.startsWith('-') ? -nanos : nanos)
}

function parseIpv4(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return null
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

function parseIpv6(text: string): bigint | null {
  const last = text.slice(text.lastIndexOf(':') + 1)
  const tail = last.includes('.') ? parseIpv4(last) : undefined
  if (tail === null) return null
  const withoutDots =
    tail === undefined ? text : `${text.slice(0, -last.length)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`
  const halves = withoutDots.split('::')
  if (halves.length > 2) return null
  const [before = [], after = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - before.length - after.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}

/** Parses an address without unmapping IPv4-mapped IPv6. */
function parseAddress(text: string): { bits: 32 | 128; value: bigint } {
  const value = text.length > 64 ? null : text.includes(':') ? parseIpv6(text) : parseIpv4(text)
  if (value === null) throw new CelError('an IP address is malformed')
  return { bits: text.includes(':') ? 128 : 32, value }
}

/** Parses an IPv4 or IPv6 address. Throws `CelError`. */
export function parseIpAddress(text: string): IpAddress {
  const { bits, value } = parseAddress(text)
  return new IpAddress(bits, value)
}

/** Whether `address` is in `cidr`, such as 10.0.0.0/8 or fd00::/8. */
export function isInCidr(address: IpAddress, cidr: string): boolean {
  const match = /^(.+)\/(0|[1-9]\d{0,2})$/.exec(cidr)
  if (!match) throw new CelError('a CIDR is malformed')
  const base = parseAddress(match[1] ?? '')
  let prefix = Number(match[2])
  if (prefix > base.bits) throw new CelError('a CIDR is malformed')
  let network = new IpAddress(base.bits, base.value)
  if (network.bits !== base.bits) {
    if (prefix >= 96) prefix -= 96
    else network = { bits: base.bits, value: base.value }
  }
  const shift = BigInt(network.bits - prefix)
  return address.bits === network.bits && address.value >> shift === network.value >> shift
}

const throwExpected = (expected: string): never => {
  throw new CelError(`expected ${expected}`)
}

/** A number, or a decimal string, because JSON numbers cannot hold 64 bits. */
function toNumeric(value: unknown, expected: string): number | bigint {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value !== 'string' || value.length > 64 || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value))
    return throwExpected(expected)
  return /^[+-]?\d+$/.test(value) ? BigInt(value.replace('+', '')) : Number(value)
}

function toWhole(value: unknown, expected: string): bigint {
  const number = toNumeric(value, expected)
  if (typeof number === 'bigint') return number
  return Number.isInteger(number) ? BigInt(number) : throwExpected(expected)
}

const requireText = (value: unknown, expected: string): string => (typeof value === 'string' ? value : throwExpected(expected))

const isFields = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const maxDepth = 16

/** Any JSON value. Numbers become doubles. */
function toDynamic(value: unknown, depth = 0): CelValue {
  if (depth > maxDepth) return throwExpected(`values at most ${maxDepth} deep`)
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number') return value
  if (Array.isArray(value)) return value.map((item) => toDynamic(item, depth + 1))
  if (isFields(value)) return new Map(Object.entries(value).map(([key, member]) => [key, toDynamic(member, depth + 1)]))
  return throwExpected('JSON')
}

/** Converts a context `value` to a parameter's type. Throws `CelError` if it does not fit. */
export function convert(value: unknown, { type, element }: Parameter): CelValue {
  switch (type) {
    case 'any':
      return toDynamic(value)
    case 'bool':
      return typeof value === 'boolean' ? value : throwExpected('a bool')
    case 'string':
      return requireText(value, 'a string')
    case 'int':
      return toInt(toWhole(value, 'an int'))
    case 'uint':
      return toUint(toWhole(value, 'a uint'))
    case 'double': {
      const number = Number(toNumeric(value, 'a double'))
      return Number.isFinite(number) ? number : throwExpected('a double')
    }
    case 'duration':
      return parseDuration(requireText(value, 'a duration'))
    case 'timestamp':
      return parseTimestamp(requireText(value, 'a timestamp'))
    case 'ipaddress':
      return parseIpAddress(requireText(value, 'an IP address'))
    case 'list':
      return Array.isArray(value) && element ? value.map((item) => convert(item, element)) : throwExpected('a list')
    case 'map':
      return isFields(value) && element
        ? new Map(Object.entries(value).map(([key, member]) => [key, convert(member, element)]))
        : throwExpected('a map')
    default:
      return throwExpected('a known type')
  }
}

/** The type name of a value, for choosing overloads. */
export function typeName(value: CelValue): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'double'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'string'
  if (value instanceof Uint) return 'uint'
  if (value instanceof Timestamp) return 'timestamp'
  if (value instanceof Duration) return 'duration'
  if (value instanceof IpAddress) return 'ipaddress'
  return value instanceof Map ? 'map' : 'list'
}

/** A number that compares exactly with every other kind of number. */
const toComparable = (value: CelValue): number | bigint | null => {
  const number = value instanceof Uint ? value.value : typeof value === 'bigint' || typeof value === 'number' ? value : null
  return typeof number === 'number' && Number.isInteger(number) ? BigInt(number) : number
}

/** Whether both values are equal. Numbers of different kinds may be. */
export function isEqual(a: CelValue, b: CelValue): boolean {
  const [left, right] = [toComparable(a), toComparable(b)]
  if (left !== null && right !== null) return left === right
  if (a instanceof Timestamp && b instanceof Timestamp) return a.nanos === b.nanos
  if (a instanceof Duration && b instanceof Duration) return a.nanos === b.nanos
  if (a instanceof IpAddress && b instanceof IpAddress) return a.bits === b.bits && a.value === b.value
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => isEqual(item, b[index]))
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && isEqual(value, b.get(key)))
  }
  return a === b
}

const byCodePoint = (a: string, b: string): number => {
  const [left, right] = [[...a], [...b]]
  const position = left.findIndex((character, index) => character !== right[index])
  if (position === -1) return left.length - right.length
  return (left[position]?.codePointAt(0) ?? 0) - (right[position]?.codePointAt(0) ?? -1)
}

/** Negative, zero or positive; null: no order. */
export function order(a: CelValue, b: CelValue): number | null {
  const [left, right] = [toComparable(a), toComparable(b)]
  if (left !== null && right !== null) return left < right ? -1 : left > right ? 1 : left === right ? 0 : null
  if (typeof a === 'string' && typeof b === 'string') return byCodePoint(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  const areTimes = (a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration)
  if (!areTimes) return null
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0
}
