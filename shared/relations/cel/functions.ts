/** CEL's operators and functions: parameter types, result type and implementation of each. Pure. */
import { Regex } from '../../regex/regex.ts'
import { BadPattern } from '../../regex/syntax.ts'
import { CelError } from './parse.ts'
import {
  type CelValue,
  Duration,
  isEqual,
  isInCidr,
  order,
  parseDuration,
  parseIpAddress,
  parseTimestamp,
  Timestamp,
  toInt,
  toUint,
  type Uint,
} from './values.ts'

/**
 * A type's name: `int`, `list<string>`, `map<int>` (keys are strings), `dyn` for any. Parameters may say `list` and `map` for any element
 * type.
 */
export type Type = string

/** The type of a list with items of this type. */
export const listOf = (item: Type): Type => `list<${item}>`
/** The type of a map with values of this type. */
export const mapOf = (value: Type): Type => `map<${value}>`

/** "int" of `list<int>`. */
export const elementOf = (type: Type): Type => (type.includes('<') ? type.slice(type.indexOf('<') + 1, -1) : 'dyn')
/** Whether the type is a list or a map. */
export const isKind = (type: Type, kind: 'list' | 'map'): boolean => type === kind || type.startsWith(`${kind}<`)

/** Whether a value can have both types. */
export function isCompatible(a: Type, b: Type): boolean {
  if (a === b || a === 'dyn' || b === 'dyn') return true
  if (a === 'null' || b === 'null') return [a, b].some((type) => ['timestamp', 'duration', 'ipaddress'].includes(type))
  for (const kind of ['list', 'map'] as const) {
    if (isKind(a, kind) && isKind(b, kind)) return isCompatible(elementOf(a), elementOf(b))
  }
  return false
}

/** One signature of a function, with its implementation. `result`: the type, or a function of the argument types. */
export interface Overload {
  readonly parameters: readonly Type[]
  readonly result: Type | ((args: readonly Type[]) => Type)
  run(...args: CelValue[]): CelValue
}

type Run = (...args: never[]) => CelValue

const overload = (parameters: string, result: Overload['result'], run: Run): Overload => ({
  parameters: parameters.split(' ').filter((type) => type !== ''),
  result,
  run: run as unknown as Overload['run'],
})

const divisor = <T extends bigint>(value: T): T => {
  if (value === 0n) throw new CelError('division by zero')
  return value
}

/** NaN has no order: every comparison with it is false. */
const ordered = (test: (order: number) => boolean) => (a: CelValue, b: CelValue) => test(order(a, b) ?? Number.NaN)

/** Throws where the quotient overflows. */
const remainder = (a: bigint, b: bigint): bigint => {
  if (b === -1n) toInt(-a)
  return a % divisor(b)
}

const compare = (test: (order: number) => boolean): Overload[] =>
  ['int', 'uint', 'double', 'string', 'bool', 'timestamp', 'duration'].map((type) => overload(`${type} ${type}`, 'bool', ordered(test)))

/** Comparisons of different kinds of numbers, which `dyn` allows. */
const compareMixed = (test: (order: number) => boolean): Overload[] =>
  ['int', 'uint', 'double'].flatMap((a) =>
    ['int', 'uint', 'double'].filter((b) => b !== a).map((b) => overload(`${a} ${b}`, 'bool', ordered(test))),
  )

const arithmetic = (ints: (a: bigint, b: bigint) => bigint, doubles: ((a: number, b: number) => number) | null): Overload[] => [
  overload('int int', 'int', (a: bigint, b: bigint) => toInt(ints(a, b))),
  overload('uint uint', 'uint', (a: Uint, b: Uint) => toUint(ints(a.value, b.value))),
  ...(doubles ? [overload('double double', 'double', doubles)] : []),
]

const contains = (value: CelValue, values: readonly CelValue[]): boolean => values.some((a) => isEqual(a, value))

const date = ({ nanos }: Timestamp): Date => new Date(Number(nanos / 1_000_000n) - (nanos % 1_000_000n < 0n ? 1 : 0))
const dayOfYear = (at: Date): number =>
  (Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()) - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000
const timestampPart = (read: (at: Date) => number): Overload => overload('timestamp', 'int', (at: Timestamp) => BigInt(read(date(at))))
const durationIn = (nanos: bigint): Overload => overload('duration', 'int', (time: Duration) => time.nanos / nanos)

const numberOf = (text: string, pattern: RegExp): string => {
  if (text.length > 64 || !pattern.test(text)) throw new CelError('a string is not a number')
  return text
}

/** Work limit of one regular expression, in the engine's unit. */
const maxMatchWork = 20_000

/** RE2 syntax in linear time, as in policies. */
function matches(text: string, pattern: string): boolean {
  let work = 0
  try {
    return new Regex(pattern).test(text, (amount) => {
      work += amount
      if (work > maxMatchWork) throw new CelError('a regular expression takes too long')
    })
  } catch (error) {
    if (error instanceof BadPattern) throw new CelError('a regular expression is malformed')
    throw error
  }
}

const truncate = (value: number): bigint => {
  if (!Number.isFinite(value)) throw new CelError('a number is out of range')
  return BigInt(Math.trunc(value))
}

/** The overloads of each operator and function, by name. */
export const functions: ReadonlyMap<string, readonly Overload[]> = new Map<string, readonly Overload[]>([
  ['<', compare((sign) => sign < 0)],
  ['<=', compare((sign) => sign <= 0)],
  ['>', compare((sign) => sign > 0)],
  ['>=', compare((sign) => sign >= 0)],
  [
    '+',
    [
      ...arithmetic(
        (a, b) => a + b,
        (a, b) => a + b,
      ),
      overload('string string', 'string', (a: string, b: string) => a + b),
      overload(
        'list list',
        ([a = 'dyn', b = 'dyn']) => (a === b ? a : listOf('dyn')),
        (a: CelValue[], b: CelValue[]) => [...a, ...b],
      ),
      overload('timestamp duration', 'timestamp', (at: Timestamp, time: Duration) => new Timestamp(at.nanos + time.nanos)),
      overload('duration timestamp', 'timestamp', (time: Duration, at: Timestamp) => new Timestamp(at.nanos + time.nanos)),
      overload('duration duration', 'duration', (a: Duration, b: Duration) => new Duration(a.nanos + b.nanos)),
    ],
  ],
  [
    '-',
    [
      ...arithmetic(
        (a, b) => a - b,
        (a, b) => a - b,
      ),
      overload('timestamp timestamp', 'duration', (a: Timestamp, b: Timestamp) => new Duration(a.nanos - b.nanos)),
      overload('timestamp duration', 'timestamp', (at: Timestamp, time: Duration) => new Timestamp(at.nanos - time.nanos)),
      overload('duration duration', 'duration', (a: Duration, b: Duration) => new Duration(a.nanos - b.nanos)),
    ],
  ],
  [
    '*',
    arithmetic(
      (a, b) => a * b,
      (a, b) => a * b,
    ),
  ],
  [
    '/',
    arithmetic(
      (a, b) => a / divisor(b),
      (a, b) => a / b,
    ),
  ],
  ['%', arithmetic(remainder, null)],
  ['-_', [overload('int', 'int', (a: bigint) => toInt(-a)), overload('double', 'double', (a: number) => -a)]],
  ['!_', [overload('bool', 'bool', (a: boolean) => !a)]],
  [
    'in',
    [
      overload('dyn list', 'bool', (a: CelValue, list: CelValue[]) => contains(a, list)),
      overload('string map', 'bool', (key: string, map: ReadonlyMap<string, CelValue>) => map.has(key)),
    ],
  ],
  [
    '[]',
    [
      overload(
        'list int',
        ([list = 'dyn']) => elementOf(list),
        (list: CelValue[], index: bigint) => elementAt(list, index),
      ),
      overload(
        'map string',
        ([map = 'dyn']) => elementOf(map),
        (map: ReadonlyMap<string, CelValue>, key: string) => field(map, key),
      ),
    ],
  ],
  [
    'size',
    [
      overload('string', 'int', (text: string) => BigInt([...text].length)),
      overload('list', 'int', (list: CelValue[]) => BigInt(list.length)),
      overload('map', 'int', (map: ReadonlyMap<string, CelValue>) => BigInt(map.size)),
    ],
  ],
  ['dyn', [overload('dyn', 'dyn', (a: CelValue) => a)]],
  [
    'int',
    [
      overload('int', 'int', (a: bigint) => a),
      overload('uint', 'int', (a: Uint) => toInt(a.value)),
      overload('double', 'int', (a: number) => toInt(truncate(a))),
      overload('string', 'int', (text: string) => toInt(BigInt(numberOf(text, /^-?\d+$/)))),
      overload('timestamp', 'int', (at: Timestamp) => at.nanos / 1_000_000_000n),
    ],
  ],
  [
    'uint',
    [
      overload('uint', 'uint', (a: Uint) => a),
      overload('int', 'uint', (a: bigint) => toUint(a)),
      overload('double', 'uint', (a: number) => toUint(truncate(a))),
      overload('string', 'uint', (text: string) => toUint(BigInt(numberOf(text, /^\d+$/)))),
    ],
  ],
  [
    'double',
    [
      overload('double', 'double', (a: number) => a),
      overload('int', 'double', (a: bigint) => Number(a)),
      overload('uint', 'double', (a: Uint) => Number(a.value)),
      overload('string', 'double', (text: string) => Number(numberOf(text, /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/))),
    ],
  ],
  [
    'string',
    [
      overload('string', 'string', (a: string) => a),
      overload('int', 'string', (a: bigint) => a.toString()),
      overload('uint', 'string', (a: Uint) => a.value.toString()),
      overload('bool', 'string', (a: boolean) => String(a)),
    ],
  ],
  ['timestamp', [overload('string', 'timestamp', parseTimestamp), overload('timestamp', 'timestamp', (a: Timestamp) => a)]],
  ['duration', [overload('string', 'duration', parseDuration), overload('duration', 'duration', (a: Duration) => a)]],
  ['ipaddress', [overload('string', 'ipaddress', parseIpAddress)]],
  ['matches', [overload('string string', 'bool', matches)]],
])

/** The overloads of each method, by name. The first parameter is the object. */
export const methods: ReadonlyMap<string, readonly Overload[]> = new Map<string, readonly Overload[]>([
  ['size', functions.get('size') ?? []],
  ['matches', functions.get('matches') ?? []],
  ['contains', [overload('string string', 'bool', (text: string, part: string) => text.includes(part))]],
  ['startsWith', [overload('string string', 'bool', (text: string, part: string) => text.startsWith(part))]],
  ['endsWith', [overload('string string', 'bool', (text: string, part: string) => text.endsWith(part))]],
  ['in_cidr', [overload('ipaddress string', 'bool', isInCidr)]],
  ['getFullYear', [timestampPart((at) => at.getUTCFullYear())]],
  ['getMonth', [timestampPart((at) => at.getUTCMonth())]],
  ['getDate', [timestampPart((at) => at.getUTCDate())]],
  ['getDayOfMonth', [timestampPart((at) => at.getUTCDate() - 1)]],
  ['getDayOfWeek', [timestampPart((at) => at.getUTCDay())]],
  ['getDayOfYear', [timestampPart(dayOfYear)]],
  ['getHours', [timestampPart((at) => at.getUTCHours()), durationIn(3_600_000_000_000n)]],
  ['getMinutes', [timestampPart((at) => at.getUTCMinutes()), durationIn(60_000_000_000n)]],
  ['getSeconds', [timestampPart((at) => at.getUTCSeconds()), durationIn(1_000_000_000n)]],
  ['getMilliseconds', [timestampPart((at) => at.getUTCMilliseconds()), durationIn(1_000_000n)]],
])

/** Comparisons that only `dyn` values reach. */
export const mixedFunctions: ReadonlyMap<string, readonly Overload[]> = new Map([
  ['<', compareMixed((sign) => sign < 0)],
  ['<=', compareMixed((sign) => sign <= 0)],
  ['>', compareMixed((sign) => sign > 0)],
  ['>=', compareMixed((sign) => sign >= 0)],
])

function elementAt(list: readonly CelValue[], index: bigint): CelValue {
  const element = index >= 0n && index < BigInt(list.length) ? list[Number(index)] : undefined
  if (element === undefined) throw new CelError('an index is out of range')
  return element
}

/** The value under `key`. Throws `CelError` if there is none. */
export function field(map: ReadonlyMap<string, CelValue>, key: string): CelValue {
  const value = map.get(key)
  if (value === undefined) throw new CelError('a map has no such key')
  return value
}
