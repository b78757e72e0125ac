import './limits.css'
import type { Budget, BudgetLine } from '../../../../shared/api/budgets.ts'
import { announce } from '../../state/announce.ts'
import { showToast } from '../../state/toast.ts'
import { Async } from '../../ui/Async.tsx'
import { Card } from '../../ui/Card.tsx'
import { formatTime } from '../../ui/format-date.ts'
import { Page } from '../../ui/Page.tsx'
import { ReadOnlyNotice } from '../../ui/ReadOnlyNotice.tsx'
import { useLoad } from '../../ui/use-load.ts'
import { Changes } from '../Changes.tsx'
import { getBudgets, getSettings } from '../settings-api.ts'
import { BudgetForm } from './BudgetForm.tsx'
import { RatesForm } from './RatesForm.tsx'

/** Shows today's usage, and sets daily budgets and request rates. */
export default function LimitsPage() {
  const today = useLoad(getBudgets)
  const settings = useLoad(getSettings)
  const done = async (text: string) => {
    await Promise.all([settings.reload(), today.reload()])
    showToast(text)
    announce(text)
  }
  return (
    <Page
      title="Limits and budgets"
      lead="Each model call reserves its budget first and settles it afterwards. So a day never exceeds its budget."
    >
      <ReadOnlyNotice />
      <Card
        title="Today"
        action={
          <button type="button" className="button small" onClick={() => void today.reload()}>
            Refresh
          </button>
        }
      >
        <Async load={today}>
          {({ tenant, personas, currency, resets_at }) => (
            <div className="usage">
              <Usage name="Everyone" budget={tenant} currency={currency} />
              {personas.map((persona) => (
                <Usage key={persona.persona_id} name={`Persona ${persona.persona_id}`} budget={persona} currency={currency} />
              ))}
              <p className="hint">Resets at {formatTime(resets_at)} (00:00 UTC).</p>
            </div>
          )}
        </Async>
      </Card>
      <Async load={settings}>
        {(view) => (
          <>
            <BudgetForm key={`budget-${view.version}`} view={view} onDone={done} onReload={settings.reload} />
            <RatesForm key={`rates-${view.version}`} view={view} onDone={done} onReload={settings.reload} />
            <Changes key={`changes-${view.version}`} />
          </>
        )}
      </Async>
    </Page>
  )
}

function Usage({ name, budget, currency }: { readonly name: string; readonly budget: Budget; readonly currency: string }) {
  const money = (value: number) => value.toLocaleString(undefined, { style: 'currency', currency, maximumFractionDigits: 4 })
  const tokens = (value: number) => Math.round(value).toLocaleString()
  return (
    <section className="usage-row" aria-label={name}>
      <h3>{name}</h3>
      <Bar label="Tokens" line={budget.tokens} format={tokens} />
      <Bar label="Money" line={budget.money} format={money} />
    </section>
  )
}

/** Used and reserved amounts. Draws a bar only when there is a limit. */
function Bar({
  label,
  line: { limit, used, reserved },
  format,
}: {
  readonly label: string
  readonly line: BudgetLine
  readonly format: (value: number) => string
}) {
  const share = (value: number) => (limit > 0 ? `${Math.min(100, (value / limit) * 100)}%` : '0%')
  const isNearLimit = limit > 0 && used + reserved >= limit * 0.9
  const text = limit > 0 ? `${format(used)} of ${format(limit)}` : `${format(used)}, no limit`
  return (
    <div className="bar">
      <p>
        <span>{label}</span>
        <span className="number">
          {text}
          {reserved > 0 && ` · ${format(reserved)} set aside`}
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
