/** Calendar arithmetic on day numbers. Pure. Gregorian. */

/** Days since 1 January 1970. */
export type Day = number

const dayMs = 86_400_000

/** A date of the Gregorian calendar. `month` and `day` count from 1. */
export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** English names of the months, from January. */
export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

/** English names of the days of the week, from Sunday. */
export const weekdayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const

/** Whether `year` has a 29 February. */
export const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

/** The number of days of a month. `month` counts from 1. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** The day number of a date; `undefined` for a date that does not exist. */
export function dayOf({ year, month, day }: CivilDate): Day | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined
  // `Date.UTC` reads the years 0 to 99 as 1900 to 1999.
  return new Date(0).setUTCFullYear(year, month - 1, day) / dayMs
}

/** The date of a day number. */
export function toCivilDate(day: Day): CivilDate {
  const date = new Date(day * dayMs)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

/** 0 is Sunday. */
export const weekday = (day: Day): number => (((day + 4) % 7) + 7) % 7

/** The same day `months` later, or the last day of that month. */
export function addMonths(day: Day, months: number): Day {
  const from = toCivilDate(day)
  const index = from.year * 12 + from.month - 1 + months
  const [year, month] = [Math.floor(index / 12), (((index % 12) + 12) % 12) + 1]
  return dayOf({ year, month, day: Math.min(from.day, daysInMonth(year, month)) }) ?? day
}

/** `Friday, 25 December 2026` */
export function dayInWords(day: Day): string {
  const { year, month, day: dayOfMonth } = toCivilDate(day)
  return `${weekdayNames[weekday(day)]}, ${dayOfMonth} ${monthNames[month - 1]} ${year}`
}

/** `2026-12-25` */
export const isoDate = (day: Day): string => new Date(day * dayMs).toISOString().slice(0, 10)

/** Date and time in a time zone. */
export interface LocalTime {
  readonly today: Day
  /** `14:05` */
  readonly time: string
  /** The zone's name; `UTC` if the requested zone does not exist. */
  readonly zone: string
  readonly isZoneKnown: boolean
  /** `UTC+01:00` */
  readonly offset: string
}

/** The time `at` (Unix ms) in `zone`, an IANA name. */
export function localTime(at: number, zone: string): LocalTime {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'longOffset',
    })
  } catch {
    // A RangeError means that the zone does not exist. There is no other way to check.
    return { ...localTime(at, 'UTC'), isZoneKnown: false }
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return {
    today: dayOf({ year: Number(parts.year), month: Number(parts.month), day: Number(parts.day) }) ?? Math.floor(at / dayMs),
    time: `${parts.hour}:${parts.minute}`,
    zone,
    isZoneKnown: true,
    // Some ICU versions write `GMT`, others `GMT+00:00`.
    offset: (parts.timeZoneName ?? '').replace('GMT', 'UTC').replace('+00:00', ''),
  }
}
