/** Converts instants to dates and times of a time zone. Pure. */
import { BuiltinFault } from '../evaluation.ts'
import { spend } from '../meter.ts'

/** A date and time in a time zone. */
export interface LocalTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nano: number
  /** 0 is Sunday. */
  readonly weekday: number
  readonly offsetSeconds: number
  readonly zone: string
}

/** Fuel for loading a time zone, which takes as long as a thousand statements. */
const formatterFuel = 2_000

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(zone: string): Intl.DateTimeFormat {
  const cached = formatters.get(zone)
  spend(cached ? 32 : formatterFuel)
  if (cached) return cached
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      era: 'short',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      timeZoneName: 'short',
    })
    if (formatters.size < 64) formatters.set(zone, format)
    return format
  } catch {
    throw new BuiltinFault(`unknown time zone ${zone}`)
  }
}

const floorDiv = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b

/** The offset of `zone` from UTC at an instant, in seconds, and its abbreviation. */
export function offsetAt(seconds: number, zone: string): { offset: number; name: string } {
  if (zone === '' || zone === 'UTC') return { offset: 0, name: 'UTC' }
  // `Local` would be the machine's zone, and a decision must not depend on the machine.
  if (zone === 'Local' || zone.length > 64 || !/^[A-Za-z][\w+\-/]*$/.test(zone)) throw new BuiltinFault(`unknown time zone ${zone}`)
  const parts = Object.fromEntries(
    formatter(zone)
      .formatToParts(seconds * 1000)
      .map(({ type, value }) => [type, value]),
  )
  const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year)
  const wallClock = utcSeconds(year, Number(parts.month), Number(parts.day), Number(parts.hour), Number(parts.minute), Number(parts.second))
  return { offset: wallClock - seconds, name: parts.timeZoneName ?? zone }
}

/** Unix seconds of a UTC date and time. Days and months out of range carry over. */
export function utcSeconds(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second, 0)
  return date.getTime() / 1000
}

/** The date and time of an instant in `zone`. `ns`: nanoseconds since 1970. */
export function toLocalTime(ns: bigint, zone: string): LocalTime {
  const seconds = floorDiv(ns, 1_000_000_000n)
  const { offset, name } = offsetAt(Number(seconds), zone)
  const date = new Date((Number(seconds) + offset) * 1000)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nano: Number(ns - seconds * 1_000_000_000n),
    weekday: date.getUTCDay(),
    offsetSeconds: offset,
    zone: name,
  }
}
