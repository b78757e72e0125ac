import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import type { Settings } from '../../../../shared/settings/settings.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Field } from '../../ui/Field.tsx'
import { useAction } from '../../ui/use-action.ts'
import { putSettings } from '../settings-api.ts'

interface Props {
  readonly view: SettingsView
  readonly onDone: (text: string) => Promise<void>
  readonly onReload: () => Promise<void>
}

interface Row {
  readonly name: string
  readonly tokens: string
  readonly money: string
}

type Allowance = Settings['budgets']['tenant']
const rowOf = (name: string, { tokens_per_day, money_per_day }: Allowance): Row => ({
  name,
  tokens: tokens_per_day === 0 ? '' : String(tokens_per_day),
  money: money_per_day === 0 ? '' : String(money_per_day),
})
const allowanceOf = ({ tokens, money }: Row): Allowance => ({ tokens_per_day: Number(tokens || 0), money_per_day: Number(money || 0) })

/** Sets daily budgets of tokens and money: for all, for each persona, and for named personas. */
export function BudgetForm({ view, onDone, onReload }: Props) {
  const { budgets } = view.settings
  const [currency, setCurrency] = useState(budgets.currency)
  const [tenant, setTenant] = useState(() => rowOf('Everyone together', budgets.tenant))
  const [each, setEach] = useState(() => rowOf('Each persona', budgets.each_persona))
  const [personas, setPersonas] = useState(() =>
    Object.entries(budgets.personas).map(([name, allowance]) => ({ id: name, ...rowOf(name, allowance) })),
  )
  const { busy, error, run } = useAction()
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      const byName = Object.fromEntries(personas.map((row) => [row.name, allowanceOf(row)]))
      await putSettings(view.version, {
        budgets: { currency, tenant: allowanceOf(tenant), each_persona: allowanceOf(each), personas: byName },
      })
      await onDone('Budgets saved')
    })
  }
  const amounts = (row: Row, set: (row: Row) => void, rowName: string) => (
    <>
      <span className="grid-label" aria-hidden>
        Tokens a day
      </span>
      <input
        type="number"
        min={0}
        step={1}
        inputMode="numeric"
        placeholder="No limit"
        aria-label={`Tokens a day, ${rowName}`}
        value={row.tokens}
        onChange={(event) => set({ ...row, tokens: event.currentTarget.value })}
      />
      <span className="grid-label" aria-hidden>
        Money a day ({currency})
      </span>
      <input
        type="number"
        min={0}
        step="any"
        inputMode="decimal"
        placeholder="No limit"
        aria-label={`Money a day, ${rowName}`}
        value={row.money}
        onChange={(event) => set({ ...row, money: event.currentTarget.value })}
      />
    </>
  )
  return (
    <Card title="Daily budgets" description="When a budget runs out, new answers are blocked until it resets.">
      <form onSubmit={save} data-testid="budget-form">
        <div className="grid-table budget-table">
          <div className="grid-head" aria-hidden>
            <span>For</span>
            <span>Tokens a day</span>
            <span>Money a day ({currency})</span>
            <span />
          </div>
          <div className="grid-row">
            <span>{tenant.name}</span>
            {amounts(tenant, setTenant, 'everyone together')}
            <span />
          </div>
          <div className="grid-row">
            <span>{each.name}</span>
            {amounts(each, setEach, 'each persona')}
            <span />
          </div>
          {personas.map((row) => {
            const set = (next: Row) => setPersonas((all) => all.map((one) => (one.id === row.id ? { ...one, ...next } : one)))
            return (
              <div className="grid-row" key={row.id}>
                <input
                  aria-label="Persona"
                  required
                  maxLength={64}
                  placeholder="persona"
                  value={row.name}
                  onChange={(event) => set({ ...row, name: event.currentTarget.value })}
                />
                {amounts(row, set, row.name || 'a persona')}
                <button
                  type="button"
                  className="quiet"
                  aria-label={`Remove ${row.name || 'this persona'}`}
                  onClick={() => setPersonas((all) => all.filter((one) => one.id !== row.id))}
                >
                  <X aria-hidden />
                </button>
              </div>
            )
          })}
        </div>
        <div className="form-fields">
          <Field label="Currency" hint="An ISO 4217 code. The prices of profiles use it.">
            {(ids) => (
              <input
                {...ids}
                value={currency}
                onChange={(event) => setCurrency(event.currentTarget.value.toUpperCase())}
                pattern="[A-Z]{3}"
                required
                maxLength={3}
              />
            )}
          </Field>
        </div>
        <ErrorNotice error={error} retry={() => void onReload()} retryLabel="Load again" />
        <div className="form-actions">
          <button
            type="button"
            className="button"
            onClick={() => setPersonas((all) => [...all, { id: crypto.randomUUID(), name: '', tokens: '', money: '' }])}
          >
            <Plus aria-hidden /> Add persona
          </button>
          <button type="submit" className="button primary" disabled={busy} data-testid="save-budgets">
            {busy ? 'Saving…' : 'Save budgets'}
          </button>
        </div>
      </form>
    </Card>
  )
}
