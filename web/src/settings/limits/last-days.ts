/** Fills the days of a usage history that had no use. Pure. */
import type { DayUse } from '../../../../shared/api/budgets.ts'
import { isoDate } from '../../ui/format-date.ts'

const dayMs = 86_400_000
/** Days of a history, today included. */
const historyDays = 30

/** The 30 days that end with `today`, oldest first. Days that `history` lacks have no use. `today`: `YYYY-MM-DD`, in UTC. */
export function lastDays(today: string, history: readonly DayUse[]): DayUse[] {
  const byDay = new Map(history.map((use) => [use.day, use]))
  const end = Date.parse(today)
  return Array.from({ length: historyDays }, (_, index) => {
    const day = isoDate(end - (historyDays - 1 - index) * dayMs)?.slice(0, 10) ?? today
    return byDay.get(day) ?? { day, tokens: 0, money: 0 }
  })
}
