/** Groups conversations by the day of their last change. */
import type { SessionSummary } from '../../../shared/api/sessions.ts'

export interface Day {
  readonly label: string
  readonly sessions: readonly SessionSummary[]
}

const dayMs = 86_400_000

/** Calendar days between two times, in the browser's time zone. */
const daysBetween = (earlier: number, later: number): number =>
  Math.round((new Date(later).setHours(0, 0, 0, 0) - new Date(earlier).setHours(0, 0, 0, 0)) / dayMs)

function labelOf(at: number, now: number): string {
  const days = daysBetween(at, now)
  if (days <= 0) return 'Today'
  if (days === 1) return 'Yesterday'
  if (days < 7) return 'Previous 7 days'
  if (days < 30) return 'Previous 30 days'
  return new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' }).format(at)
}

/** Sorts by last change, newest first, and groups by day. `now` is Unix ms. */
export function byDay(sessions: readonly SessionSummary[], now: number): Day[] {
  const days = new Map<string, SessionSummary[]>()
  for (const session of sessions.toSorted((a, b) => b.updated_at - a.updated_at)) {
    const label = labelOf(session.updated_at, now)
    days.set(label, [...(days.get(label) ?? []), session])
  }
  return Array.from(days, ([label, list]) => ({ label, sessions: list }))
}
