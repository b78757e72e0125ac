/**
 * Points in time as text, in the language of the page and the time zone of the browser. All times are Unix ms. No function throws: a file or
 * an older server may hold a time that no calendar has. This is the only file of the app that formats dates.
 */

import { perLocale } from '../strings/format.ts'
import { ui } from '../strings/ui.ts'

/** The largest time of a `Date` (ECMA-262 §21.4.1.1). */
const maxTimeMs = 8.64e15

const units = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** Formats `at` with `form`, or says that the time is unknown. */
const withDate = (at: number, form: (at: number) => string): string => (Math.abs(at) <= maxTimeMs ? form(at) : ui.time.unknown)

const formatter = (options: Intl.DateTimeFormatOptions) => {
  const format = perLocale((locale) => new Intl.DateTimeFormat(locale, options))
  return (at: number): string => withDate(at, (valid) => format().format(valid))
}

const relative = perLocale((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }))

/** “3 hours ago”, “in 29 days”; “just now” within a minute. */
export function formatRelativeTime(at: number, now = Date.now()): string {
  // 57 minutes already read as an hour.
  const [unit, ms] = units.find(([, size]) => Math.abs(at - now) >= size * 0.95) ?? []
  return withDate(at, () => (unit && ms ? relative().format(Math.round((at - now) / ms), unit) : ui.time.justNow))
}

/** “29 Nov 2026, 20:04”. */
export const formatDate = formatter({ dateStyle: 'medium', timeStyle: 'short' })

/** “29 Nov 2026, 20:04:31”. */
export const formatDateSeconds = formatter({ dateStyle: 'medium', timeStyle: 'medium' })

/** “November 2026”. */
export const formatMonth = formatter({ month: 'long', year: 'numeric' })

/** “20:04”. */
export const formatTime = formatter({ timeStyle: 'short' })

const shortDay = formatter({ day: 'numeric', month: 'short', timeZone: 'UTC' })

/** “29 Nov”. `day`: a day in UTC, `YYYY-MM-DD`. */
export const formatDay = (day: string): string => shortDay(Date.parse(day))

/** For the attribute `dateTime`. Undefined: no calendar has this time. */
export const isoDate = (at: number): string | undefined => (Math.abs(at) <= maxTimeMs ? new Date(at).toISOString() : undefined)

const dayMs = 86_400_000

/** The start of a day in the browser's time zone, Unix ms. `day`: as a date field gives it, `YYYY-MM-DD`. */
export const startOfDay = (day: string): number => new Date(`${day}T00:00`).getTime()

/** The last millisecond of a day. A day may have 23 or 25 hours. */
export const endOfDay = (day: string): number => new Date(`${day}T23:59:59.999`).getTime()

/** Calendar days between two times. NaN: one of them is in no calendar. */
export const daysBetween = (earlier: number, later: number): number =>
  Math.round((new Date(later).setHours(0, 0, 0, 0) - new Date(earlier).setHours(0, 0, 0, 0)) / dayMs)
