/** Groups conversations by the day of their last change. */
import type { SessionSummary } from '../../../shared/api/sessions.ts'
import { sessions as strings } from '../strings/sessions.ts'
import { daysBetween, formatMonth } from '../ui/format-date.ts'

export interface Day {
  readonly label: string
  readonly sessions: readonly SessionSummary[]
}

function labelOf(at: number, now: number): string {
  const days = daysBetween(at, now)
  if (days <= 0) return strings.days.today
  if (days === 1) return strings.days.yesterday
  if (days < 7) return strings.days.week
  if (days < 30) return strings.days.month
  return formatMonth(at)
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
