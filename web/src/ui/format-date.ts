/** Points in time as text, in the browser's language and time zone. All times are Unix ms. */

const units = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** “3 hours ago”, “in 29 days”; “just now” within a minute. */
export function formatRelativeTime(at: number, now = Date.now()): string {
  // 57 minutes already read as an hour.
  const [unit, ms] = units.find(([, size]) => Math.abs(at - now) >= size * 0.95) ?? []
  return unit && ms ? relative.format(Math.round((at - now) / ms), unit) : 'just now'
}

/** “29 Nov 2026, 20:04”. */
export const formatDate = (at: number): string => absolute.format(at)
