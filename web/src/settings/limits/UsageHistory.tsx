import type { BudgetReport } from '../../../../shared/api/budgets.ts'
import { formatMoney, formatNumber } from '../../strings/format.ts'
import { settingsLimits } from '../../strings/settings-limits.ts'
import { formatDay } from '../../ui/format-date.ts'
import { lastDays } from './last-days.ts'

/** The tokens of the last 30 days as bars, with a table of the same numbers. */
export function UsageHistory({ report }: { readonly report: BudgetReport }) {
  const texts = settingsLimits.history
  // A gateway of an older release has no history.
  const days = lastDays(report.day, report.history ?? [])
  const most = Math.max(...days.map(({ tokens }) => tokens))
  if (most === 0) return <p className="card-empty">{texts.empty}</p>
  const tokens = formatNumber(days.reduce((sum, day) => sum + day.tokens, 0))
  const money = days.reduce((sum, day) => sum + day.money, 0)
  const spend = (value: number) => formatMoney(value, report.currency)
  return (
    <>
      <p className="hint">{money > 0 ? texts.totalWithSpend({ tokens, spend: spend(money) }) : texts.total({ tokens })}</p>
      <div className="usage-chart" aria-hidden>
        {days.map((day) => (
          <span key={day.day} className="usage-day" title={`${formatDay(day.day)}: ${formatNumber(day.tokens)}`}>
            <span className="usage-day-bar" style={{ height: `${(day.tokens / most) * 100}%` }} />
          </span>
        ))}
      </div>
      <div className="usage-axis hint" aria-hidden>
        <span>{formatDay(days[0]?.day ?? '')}</span>
        <span>{formatDay(report.day)}</span>
      </div>
      <details className="disclosure">
        <summary>{texts.table}</summary>
        <table className="usage-table">
          <thead>
            <tr>
              <th>{texts.day}</th>
              <th>{settingsLimits.today.tokens}</th>
              {money > 0 && <th>{settingsLimits.today.spend}</th>}
            </tr>
          </thead>
          <tbody>
            {days
              .filter((day) => day.tokens > 0)
              .map((day) => (
                <tr key={day.day}>
                  <td>{formatDay(day.day)}</td>
                  <td>{formatNumber(day.tokens)}</td>
                  {money > 0 && <td>{spend(day.money)}</td>}
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </>
  )
}
