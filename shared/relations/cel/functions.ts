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

export const listOf = (item: Type): Type => `list<${item}>`
export const mapOf = (value: Type): Type => `map<${value}>`

/** "int" of `list<int>`. */
export const elementOf = (type: Type): Type => (type.includes('<') ? type.slice(type.indexOf('<') + 1, -1) : 'dyn')
export const isKind = (type: Type, kind: 'list' | 'map'): boolean => type === kind || type.startsWith(`${kind}<`)

/** Whether a value can have both types. */
export function compatible(one: Type, other: Type): boolean {
  if (one === other || one === 'dyn' || other === 'dyn') return true
  if (one === 'null' || other === 'null') return [one, other].some((type) => ['timestamp', 'duration', 'ipaddress'].includes(type))
  for (const kind of ['list', 'map'] as const) {
    if (isKind(one, kind) && isKind(other, kind)) return compatible(elementOf(one), elementOf(other))
  }
  return false
}

export interface Overload {
  readonly parameters: readonly Type[]
  readonly gives: Type | ((args: readonly Type[]) => Type)
  run(...args: CelValue[]): CelValue
}

type Run = (...args: never[]) => CelValue

const overload = (parameters: string, gives: Overload['gives'], run: Run): Overload => ({
  parameters: parameters.split(' ').filter((type) => type !== ''),
  gives,
  run: run as unknown as Overload['run'],
})

const divisor = <T extends bigint>(value: T): T => {
  if (value === 0n) throw new CelError('division by zero')
  return value
}

/** NaN has no order: every comparison with it is false. */
const ordered = (test: (order: number) => boolean) => (one: CelValue, other: CelValue) => test(order(one, other) ?? Number.NaN)

/** Throws where the quotient overflows. */
const remainder = (one: bigint, other: bigint): bigint => {
  if (other === -1n) toInt(-one)
  return one % divisor(other)
}

const compare = (test: (order: number) => boolean): Overload[] =>
  ['int', 'uint', 'double', 'string', 'bool', 'timestamp', 'duration'].map((type) => overload(`${type} ${type}`, 'bool', ordered(test)))

/** Comparisons of different kinds of numbers, which `dyn` allows. */
const mixed = (test: (order: number) => boolean): Overload[] =>
  ['int', 'uint', 'double'].flatMap((one) =>
    ['int', 'uint', 'double'].filter((other) => other !== one).map((other) => overload(`${one} ${other}`, 'bool', ordered(test))),
  )

const arithmetic = (ints: (one: bigint, other: bigint) => bigint, doubles: ((one: number, other: number) => number) | null): Overload[] => [
  overload('int int', 'int', (one: bigint, other: bigint) => toInt(ints(one, other))),
  overload('uint uint', 'uint', (one: Uint, other: Uint) => toUint(ints(one.value, other.value))),
  ...(doubles ? [overload('double double', 'double', doubles)] : []),
]

const inside = (value: CelValue, values: readonly CelValue[]): boolean => values.some((one) => isEqual(one, value))

const date = ({ nanos }: Timestamp): Date => new Date(Number(nanos / 1_000_000n) - (nanos % 1_000_000n < 0n ? 1 : 0))
const dayOfYear = (at: Date): number =>
  (Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()) - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000
const part = (take: (at: Date) => number): Overload => overload('timestamp', 'int', (at: Timestamp) => BigInt(take(date(at))))
const length = (nanos: bigint): Overload => overload('duration', 'int', (time: Duration) => time.nanos / nanos)

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

const truncated = (value: number): bigint => {
  if (!Number.isFinite(value)) throw new CelError('a number is out of range')
  return BigInt(Math.trunc(value))
}

export const functions: ReadonlyMap<string, readonly Overload[]> = new Map<string, readonly Overload[]>([
  ['<', compare((sign) => sign < 0)],
  ['<=', compare((sign) => sign <= 0)],
  ['>', compare((sign) => sign > 0)],
  ['>=', compare((sign) => sign >= 0)],
  [
    '+',
    [
      ...arithmetic(
        (one, other) => one + other,
        (one, other) => one + other,
      ),
      overload('string string', 'string', (one: string, other: string) => one + other),
      overload(
        'list list',
        ([one = 'dyn', other = 'dyn']) => (one === other ? one : listOf('dyn')),
        (one: CelValue[], other: CelValue[]) => [...one, ...other],
      ),
      overload('timestamp duration', 'timestamp', (at: Timestamp, time: Duration) => new Timestamp(at.nanos + time.nanos)),
      overload('duration timestamp', 'timestamp', (time: Duration, index: Timestamp) => new Timestamp(index.nanos + time.nanos)),
      overload('duration duration', 'duration', (one: Duration, other: Duration) => new Duration(one.nanos + other.nanos)),
    ],
  ],
  [
    '-',
    [
      ...arithmetic(
        (one, other) => one - other,
        (one, other) => one - other,
      ),
      overload('timestamp timestamp', 'duration', (one: Timestamp, other: Timestamp) => new Duration(one.nanos - other.nanos)),
      overload('timestamp duration', 'timestamp', (at: Timestamp, time: Duration) => new Timestamp(at.nanos - time.nanos)),
      overload('duration duration', 'duration', (one: Duration, other: Duration) => new Duration(one.nanos - other.nanos)),
    ],
  ],
  [
    '*',
    arithmetic(
      (one, other) => one * other,
      (one, other) => one * other,
    ),
  ],
  [
    '/',
    arithmetic(
      (one, other) => one / divisor(other),
      (one, other) => one / other,
    ),
  ],
  ['%', arithmetic(remainder, null)],
  ['-_', [overload('int', 'int', (one: bigint) => toInt(-one)), overload('double', 'double', (one: number) => -one)]],
  ['!_', [overload('bool', 'bool', (one: boolean) => !one)]],
  [
    'in',
    [
      overload('dyn list', 'bool', (one: CelValue, list: CelValue[]) => inside(one, list)),
      overload('string map', 'bool', (key: string, map: ReadonlyMap<string, CelValue>) => map.has(key)),
    ],
  ],
  [
    '[]',
    [
      overload(
        'list int',
        ([list = 'dyn']) => elementOf(list),
        (list: CelValue[], index: bigint) => at_(list, index),
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
  ['dyn', [overload('dyn', 'dyn', (one: CelValue) => one)]],
  [
    'int',
    [
      overload('int', 'int', (one: bigint) => one),
      overload('uint', 'int', (one: Uint) => toInt(one.value)),
      overload('double', 'int', (one: number) => toInt(truncated(one))),
      overload('string', 'int', (text: string) => toInt(BigInt(numberOf(text, /^-?\d+$/)))),
      overload('timestamp', 'int', (at: Timestamp) => at.nanos / 1_000_000_000n),
    ],
  ],
  [
    'uint',
    [
      overload('uint', 'uint', (one: Uint) => one),
      overload('int', 'uint', (one: bigint) => toUint(one)),
      overload('double', 'uint', (one: number) => toUint(truncated(one))),
      overload('string', 'uint', (text: string) => toUint(BigInt(numberOf(text, /^\d+$/)))),
    ],
  ],
  [
    'double',
    [
      overload('double', 'double', (one: number) => one),
      overload('int', 'double', (one: bigint) => Number(one)),
      overload('uint', 'double', (one: Uint) => Number(one.value)),
      overload('string', 'double', (text: string) => Number(numberOf(text, /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/))),
    ],
  ],
  [
    'string',
    [
      overload('string', 'string', (one: string) => one),
      overload('int', 'string', (one: bigint) => one.toString()),
      overload('uint', 'string', (one: Uint) => one.value.toString()),
      overload('bool', 'string', (one: boolean) => String(one)),
    ],
  ],
  ['timestamp', [overload('string', 'timestamp', parseTimestamp), overload('timestamp', 'timestamp', (one: Timestamp) => one)]],
  ['duration', [overload('string', 'duration', parseDuration), overload('duration', 'duration', (one: Duration) => one)]],
  ['ipaddress', [overload('string', 'ipaddress', parseIpAddress)]],
  ['matches', [overload('string string', 'bool', matches)]],
])

export const methods: ReadonlyMap<string, readonly Overload[]> = new Map<string, readonly Overload[]>([
  ['size', functions.get('size') ?? []],
  ['matches', functions.get('matches') ?? []],
  ['contains', [overload('string string', 'bool', (text: string, what: string) => text.includes(what))]],
  ['startsWith', [overload('string string', 'bool', (text: string, what: string) => text.startsWith(what))]],
  ['endsWith', [overload('string string', 'bool', (text: string, what: string) => text.endsWith(what))]],
  ['in_cidr', [overload('ipaddress string', 'bool', isInCidr)]],
  ['getFullYear', [part((at) => at.getUTCFullYear())]],
  ['getMonth', [part((at) => at.getUTCMonth())]],
  ['getDate', [part((at) => at.getUTCDate())]],
  ['getDayOfMonth', [part((at) => at.getUTCDate() - 1)]],
  ['getDayOfWeek', [part((at) => at.getUTCDay())]],
  ['getDayOfYear', [part(dayOfYear)]],
  ['getHours', [part((at) => at.getUTCHours()), length(3_600_000_000_000n)]],
  ['getMinutes', [part((at) => at.getUTCMinutes()), length(60_000_000_000n)]],
  ['getSeconds', [part((at) => at.getUTCSeconds()), length(1_000_000_000n)]],
  ['getMilliseconds', [part((at) => at.getUTCMilliseconds()), length(1_000_000n)]],
])

/** Comparisons that only `dyn` values reach. */
export const mixedFunctions: ReadonlyMap<string, readonly Overload[]> = new Map([
  ['<', mixed((sign) => sign < 0)],
  ['<=', mixed((sign) => sign <= 0)],
  ['>', mixed((sign) => sign > 0)],
  ['>=', mixed((sign) => sign >= 0)],
])

function at_(list: readonly CelValue[], index: bigint): CelValue {
  const element = index >= 0n && index < BigInt(list.length) ? list[Number(index)] : undefined
  if (element === undefined) throw new CelError('an index is out of range')
  return element
}

export function field(map: ReadonlyMap<string, CelValue>, key: string): CelValue {
  const value = map.get(key)
  if (value === undefined) throw new CelError('a map has no such key')
  return value
}
