/** Time builtins. Instants are nanoseconds since 1970, and the clock is the evaluation's. Layouts are Go's. */

import { BuiltinFault, type Evaluation } from '../evaluation.ts'
import { spend } from '../meter.ts'
import { add, digitsEnd, floor, fromInteger, multiply, type Num, parseNumber, toInteger } from '../number.ts'
import { isArray, isNum, type RegoValue } from '../value.ts'
import { type LocalTime, offsetAt, toLocalTime, utcSeconds } from './local-time.ts'
import { asIndex, asString, type BuiltinFamily } from './operands.ts'
import { formatTime, parseTime, weekdays } from './time-layout.ts'

const maxNs = 9_223_372_036_854_775_807n

/** `ns`, `[ns, zone]` or `[ns, zone, layout]`. */
function instant(value: RegoValue | undefined): { ns: bigint; zone: string; layout: string } {
  const [at, zone, layout] = isArray(value) ? value : [value]
  if (!isNum(at)) throw new BuiltinFault('operand 1 must be either number (ns) or [number (ns), string (tz)]')
  const ns = toInteger(at)
  if (ns === null || ns > maxNs || ns < -maxNs - 1n) throw new BuiltinFault('timestamp too big')
  return { ns, zone: zone === undefined ? 'UTC' : asString(zone), layout: layout === undefined ? '' : asString(layout) }
}

function checkRange(ns: bigint): RegoValue {
  if (ns > maxNs || ns < -maxNs - 1n) throw new BuiltinFault('time outside of valid range')
  return fromInteger(ns)
}

const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 24 * 3600e9,
  w: 7 * 24 * 3600e9,
  y: 365 * 24 * 3600e9,
}

/** The parts of a duration, such as `1h` and `30m`, as number and unit; null if malformed. */
function durationParts(text: string, from: number): [string, number][] | null {
  const parts: [string, number][] = []
  for (let index = from; index < text.length; ) {
    const wholeEnd = digitsEnd(text, index)
    const hasPoint = text[wholeEnd] === '.'
    const end = hasPoint ? digitsEnd(text, wholeEnd + 1) : wholeEnd
    if (end - index === (hasPoint ? 1 : 0)) return null
    // `1.` and `.5` are numbers here.
    const number = `${text.slice(index, wholeEnd) || '0'}${end > wholeEnd + 1 ? text.slice(wholeEnd, end) : ''}`
    const twoUnits = text.slice(end, end + 2)
    const unit = Object.hasOwn(unitNs, twoUnits) ? twoUnits : text.slice(end, end + 1)
    if (!Object.hasOwn(unitNs, unit)) return null
    parts.push([number, unitNs[unit] as number])
    index = end + unit.length
  }
  return parts.length > 0 ? parts : null
}

function parseDuration(run: Evaluation, text: string): RegoValue {
  run.spend(text.length >> 2)
  const from = text.startsWith('+') || text.startsWith('-') ? 1 : 0
  if (text.length === from + 1 && text[from] === '0') return 0
  const parts = durationParts(text, from)
  if (!parts) throw new BuiltinFault('time: invalid duration')
  let total: Num = 0
  for (const [amount, unit] of parts) {
    run.spend(16 + (amount.length >> 1))
    total = add(total, floor(multiply(parseNumber(amount) ?? 0, unit)))
  }
  const ns = toInteger(total) ?? 0n
  return checkRange(text.startsWith('-') ? -ns : ns)
}

/** Years, months, days, hours, minutes and seconds between two instants, in the first one's time zone. */
function difference(a: RegoValue | undefined, b: RegoValue | undefined): RegoValue {
  const first = instant(a)
  const second = instant(b)
  const isSwapped = first.ns > second.ns
  const from = toLocalTime(isSwapped ? second.ns : first.ns, first.zone)
  const to = toLocalTime(isSwapped ? first.ns : second.ns, first.zone)
  const parts = [
    to.year - from.year,
    to.month - from.month,
    to.day - from.day,
    to.hour - from.hour,
    to.minute - from.minute,
    to.second - from.second,
  ] as [number, number, number, number, number, number]
  const daysInMonth = new Date(Date.UTC(2000 + (from.year % 400), from.month, 0)).getUTCDate()
  const fieldSizes = [0, 12, daysInMonth, 24, 60, 60]
  for (let index = 5; index > 0; index--) {
    if ((parts[index] as number) >= 0) continue
    parts[index] = (parts[index] as number) + (fieldSizes[index] as number)
    parts[index - 1] = (parts[index - 1] as number) - 1
  }
  return parts
}

function addDate(value: RegoValue | undefined, years: number, months: number, days: number): RegoValue {
  const { ns, zone } = instant(value)
  const { year, month, day, hour, minute, second, nano, offsetSeconds } = toLocalTime(ns, zone)
  const wallClock = utcSeconds(year + years, month + months, day + days, hour, minute, second)
  if (!Number.isFinite(wallClock)) throw new BuiltinFault('time outside of valid range')
  // The offset on that day, which may differ from today's.
  const { offset } = offsetAt(wallClock - offsetSeconds, zone)
  return checkRange(BigInt(wallClock - offset) * 1_000_000_000n + BigInt(nano))
}

const parseInstant = (layout: string, text: string): RegoValue => {
  spend(64)
  const ns = parseTime(layout, text)
  if (ns === null) throw new BuiltinFault('the text does not match the layout')
  return checkRange(ns)
}

const local = (value: RegoValue | undefined): LocalTime => {
  const { ns, zone } = instant(value)
  return toLocalTime(ns, zone)
}

/** The builtins of this file by name. */
export const time: BuiltinFamily = {
  'time.now_ns': (run) => fromInteger(run.nowNs),
  'time.parse_rfc3339_ns': (_, text) => parseInstant('RFC3339', asString(text)),
  'time.parse_ns': (_, layout, text) => parseInstant(asString(layout, 1), asString(text, 2)),
  'time.parse_duration_ns': (run, text) => parseDuration(run, asString(text)),
  'time.format': (_, value) => {
    const { ns, zone, layout } = instant(value)
    spend(layout.length >> 1)
    return formatTime(layout === '' ? 'RFC3339Nano' : layout, toLocalTime(ns, zone))
  },
  'time.date': (_, value) => {
    const { year, month, day } = local(value)
    return [year, month, day]
  },
  'time.clock': (_, value) => {
    const { hour, minute, second } = local(value)
    return [hour, minute, second]
  },
  'time.weekday': (_, value) => weekdays[local(value).weekday],
  'time.add_date': (_, value, years, months, days) => addDate(value, asIndex(years, 2), asIndex(months, 3), asIndex(days, 4)),
  'time.diff': (_, a, b) => difference(a, b),
}
