/** Moments in words: how long ago, or until when. */

const units = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** “3 hours ago”, “in 29 days”; less than a minute is now. */
export function ago(at: number, now = Date.now()): string {
  // Nearly twelve hours are twelve.
  const [unit, ms] = units.find(([, size]) => Math.abs(at - now) >= size * 0.95) ?? []
  return unit && ms ? relative.format(Math.round((at - now) / ms), unit) : 'just now'
}

export const exactly = (at: number): string => exact.format(at)
