import type { Budget, BudgetLine } from '../../../../shared/api/budgets.ts'
import { formatMoney, formatNumber } from '../../strings/format.ts'
import { settingsLimits } from '../../strings/settings-limits.ts'

interface Props {
  readonly name: string
  readonly budget: Budget
  readonly currency: string
}

/** Today's tokens and spend of everyone, or of one persona. */
export function Usage({ name, budget: { tokens, money }, currency }: Props) {
  const texts = settingsLimits.today
  // Without prices the spend is always zero, which would look like a measurement.
  const isPriced = tokens.used === 0 || money.used > 0 || money.reserved > 0
  return (
    <section className="usage-row" aria-label={name}>
      <h3>{name}</h3>
      <Bar label={texts.tokens} line={tokens} format={(value) => formatNumber(Math.round(value))} />
      {isPriced ? (
        <Bar label={texts.spend} line={money} format={(value) => formatMoney(value, currency)} />
      ) : (
        <div className="bar">
          <p>
            <span>{texts.spend}</span>
            <span>{texts.unpriced}</span>
          </p>
        </div>
      )}
    </section>
  )
}

interface BarProps {
  readonly label: string
  readonly line: BudgetLine
  readonly format: (value: number) => string
}

/** Used and reserved amounts. Draws a bar only when there is a limit. */
function Bar({ label, line: { limit, used, reserved }, format }: BarProps) {
  const texts = settingsLimits.today
  const share = (value: number) => (limit > 0 ? `${Math.min(100, (value / limit) * 100)}%` : '0%')
  const isNearLimit = limit > 0 && used + reserved >= limit * 0.9
  const text = limit > 0 ? texts.usedOf({ used: format(used), limit: format(limit) }) : texts.usedWithoutLimit({ used: format(used) })
  return (
    <div className="bar">
      <p>
        <span>{label}</span>
        <span className="number">
          {text}
          {reserved > 0 && ` · ${texts.reserved({ amount: format(reserved) })}`}
        </span>
      </p>
      {limit > 0 && (
        <div className="bar-track" data-full={isNearLimit} role="img" aria-label={`${label}: ${text}`}>
          <span style={{ width: share(used) }} />
          <span className="held" style={{ width: share(reserved) }} />
        </div>
      )}
    </div>
  )
}
