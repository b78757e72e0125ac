import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import type { Settings } from '../../../../shared/settings/settings.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsLimits } from '../../strings/settings-limits.ts'
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
  readonly tokens: string
  readonly money: string
}

type Allowance = Settings['budgets']['tenant']
const rowOf = ({ tokens_per_day, money_per_day }: Allowance): Row => ({
  tokens: tokens_per_day === 0 ? '' : String(tokens_per_day),
  money: money_per_day === 0 ? '' : String(money_per_day),
})
const allowanceOf = ({ tokens, money }: Row): Allowance => ({ tokens_per_day: Number(tokens || 0), money_per_day: Number(money || 0) })

/** Sets daily budgets of tokens and money: for all, for each persona, and for named personas. */
export function BudgetForm({ view, onDone, onReload }: Props) {
  const texts = settingsLimits.budgets
  const { budgets, user_budgets } = view.settings
  const [currency, setCurrency] = useState(budgets.currency)
  const [tenant, setTenant] = useState(() => rowOf(budgets.tenant))
  const [each, setEach] = useState(() => rowOf(budgets.each_persona))
  const [user, setUser] = useState(() => rowOf(user_budgets.each))
  const [personas, setPersonas] = useState(() =>
    Object.entries(budgets.personas).map(([name, allowance]) => ({ id: name, name, ...rowOf(allowance) })),
  )
  const { busy, error, run } = useAction()
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      const byName = Object.fromEntries(personas.map((row) => [row.name, allowanceOf(row)]))
      await putSettings(view.version, {
        budgets: { currency, tenant: allowanceOf(tenant), each_persona: allowanceOf(each), personas: byName },
        user_budgets: { ...user_budgets, each: allowanceOf(user) },
      })
      await onDone(texts.savedNotice)
    })
  }
  const amounts = (row: Row, set: (row: Row) => void, name: string) => (
    <>
      <span className="grid-label" aria-hidden>
        {texts.tokens}
      </span>
      <input
        type="number"
        min={0}
        step={1}
        inputMode="numeric"
        placeholder={texts.noLimit}
        aria-label={texts.tokensOf({ name })}
        value={row.tokens}
        onChange={(event) => set({ ...row, tokens: event.currentTarget.value })}
      />
      <span className="grid-label" aria-hidden>
        {texts.spend({ currency })}
      </span>
      <input
        type="number"
        min={0}
        step="any"
        inputMode="decimal"
        placeholder={texts.noLimit}
        aria-label={texts.spendOf({ name })}
        value={row.money}
        onChange={(event) => set({ ...row, money: event.currentTarget.value })}
      />
    </>
  )
  return (
    <Card title={texts.title} description={texts.text}>
      <form onSubmit={save} data-testid="budget-form">
        <div className="grid-table budget-table">
          <div className="grid-head" aria-hidden>
            <span>{texts.budgetFor}</span>
            <span>{texts.tokens}</span>
            <span>{texts.spend({ currency })}</span>
            <span />
          </div>
          <div className="grid-row">
            <span>{texts.everyone}</span>
            {amounts(tenant, setTenant, texts.everyoneLabel)}
            <span />
          </div>
          <div className="grid-row">
            <span>{texts.eachPersona}</span>
            {amounts(each, setEach, texts.eachPersonaLabel)}
            <span />
          </div>
          <div className="grid-row">
            <span>{texts.eachUser}</span>
            {amounts(user, setUser, texts.eachUserLabel)}
            <span />
          </div>
          {personas.map((row) => {
            const set = (next: Row & { readonly name?: string }) =>
              setPersonas((all) => all.map((one) => (one.id === row.id ? { ...one, ...next } : one)))
            return (
              <div className="grid-row" key={row.id}>
                <input
                  aria-label={texts.persona}
                  required
                  maxLength={64}
                  placeholder={texts.persona}
                  value={row.name}
                  onChange={(event) => set({ ...row, name: event.currentTarget.value })}
                />
                {amounts(row, set, row.name || texts.newPersonaLabel)}
                <button
                  type="button"
                  className="quiet"
                  aria-label={texts.removePersona({ name: row.name || texts.newPersonaLabel })}
                  onClick={() => setPersonas((all) => all.filter((one) => one.id !== row.id))}
                >
                  <X aria-hidden />
                </button>
              </div>
            )
          })}
        </div>
        <div className="form-fields">
          <Field label={texts.currency} hint={texts.currencyHint}>
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
        <ErrorNotice error={error} retry={() => void onReload()} retryLabel={shared.buttons.loadAgain} />
        <div className="form-actions">
          <button
            type="button"
            className="button"
            onClick={() => setPersonas((all) => [...all, { id: crypto.randomUUID(), name: '', tokens: '', money: '' }])}
          >
            <Plus aria-hidden /> {texts.addPersonaButton}
          </button>
          <button type="submit" className="button primary" disabled={busy} data-testid="save-budgets">
            {busy ? shared.buttons.saving : texts.saveButton}
          </button>
        </div>
      </form>
    </Card>
  )
}
