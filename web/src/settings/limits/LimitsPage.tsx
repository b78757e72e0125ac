import { announce } from '../../state/announce.ts'
import { showToast } from '../../state/toast.ts'
import { Page } from '../../ui/parts.tsx'
import { Async, Card, ReadOnlyNotice, useLoaded } from '../../ui/settings-parts.tsx'
import { Changes } from '../Changes.tsx'
import { type Budget, type BudgetLine, getBudgets, getSettings } from '../settings-api.ts'
import { BudgetForm } from './BudgetForm.tsx'
import { RatesForm } from './RatesForm.tsx'

/** What may be used in a day, how much of it is used today, and how often one may ask. */
export default function LimitsPage() {
  const today = useLoaded(getBudgets)
  const { loaded, reload } = useLoaded(getSettings)
  const done = async (said: string) => {
    await Promise.all([reload(), today.reload()])
    showToast(said)
    announce(said)
  }
  return (
    <Page
      title="Limits and budgets"
      lead="A budget is set aside before a model is called and settled after it, so a day never costs more than it may."
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
        <Async loaded={today.loaded} reload={today.reload}>
          {({ tenant, personas, currency, resets_at }) => (
            <div className="usage">
              <Usage name="Everyone" budget={tenant} currency={currency} />
              {personas.map((persona) => (
                <Usage key={persona.persona_id} name={`Persona ${persona.persona_id}`} budget={persona} currency={currency} />
              ))}
              <p className="hint">
                Begins anew at {new Date(resets_at).toLocaleTimeString(undefined, { timeStyle: 'short' })} (00:00 UTC).
              </p>
            </div>
          )}
        </Async>
      </Card>
      <Async loaded={loaded} reload={reload}>
        {(view) => (
          <>
            <BudgetForm key={`budget-${view.version}`} view={view} onDone={done} onLost={reload} />
            <RatesForm key={`rates-${view.version}`} view={view} onDone={done} onLost={reload} />
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

/** Used, then set aside, of what there is. Without a limit there is nothing to fill. */
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
  const full = limit > 0 && used + reserved >= limit * 0.9
  const said = limit > 0 ? `${format(used)} of ${format(limit)}` : `${format(used)}, no limit`
  return (
    <div className="bar">
      <p>
        <span>{label}</span>
        <span className="number">
          {said}
          {reserved > 0 && ` · ${format(reserved)} set aside`}
        </span>
      </p>
      {limit > 0 && (
        <div className="bar-track" data-full={full} role="img" aria-label={`${label}: ${said}`}>
          <span style={{ width: share(used) }} />
          <span className="held" style={{ width: share(reserved) }} />
        </div>
      )}
    </div>
  )
}
