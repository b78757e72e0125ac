import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import type { RateClass, RateRule } from '../../../../shared/limits/rate.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsLimits } from '../../strings/settings-limits.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { putSettings } from '../settings-api.ts'

interface Props {
  readonly view: SettingsView
  readonly onDone: (text: string) => Promise<void>
  readonly onReload: () => Promise<void>
}

const classes: readonly RateClass[] = ['message', 'read', 'write', 'stream']

/** Sets the request limits per user. */
export function RatesForm({ view, onDone, onReload }: Props) {
  const texts = settingsLimits.rates
  const [rules, setRules] = useState(view.settings.limits)
  const { busy, error, run } = useAction()
  const update = (name: RateClass, change: Partial<RateRule>) =>
    setRules((before) => ({ ...before, [name]: { ...before[name], ...change } }))
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      await putSettings(view.version, { limits: rules })
      await onDone(texts.savedNotice)
    })
  }
  return (
    <Card title={texts.title} description={texts.text}>
      <form onSubmit={save} data-testid="rates-form">
        <div className="grid-table rates-table">
          <div className="grid-head" aria-hidden>
            <span>{texts.what}</span>
            <span>{texts.requests}</span>
            <span>{texts.seconds}</span>
            <span>{texts.refill}</span>
          </div>
          {classes.map((name) => (
            <div className="grid-row" key={name}>
              <span>{texts[name]}</span>
              <span className="grid-label" aria-hidden>
                {texts.requests}
              </span>
              <input
                type="number"
                min={1}
                max={1_000_000}
                required
                value={rules[name].limit}
                aria-label={texts.requestsOf({ what: texts[name] })}
                onChange={(event) => update(name, { limit: Number(event.currentTarget.value) })}
              />
              <span className="grid-label" aria-hidden>
                {texts.seconds}
              </span>
              <input
                type="number"
                min={1}
                max={86_400}
                required
                value={rules[name].window_seconds}
                aria-label={texts.secondsOf({ what: texts[name] })}
                onChange={(event) => update(name, { window_seconds: Number(event.currentTarget.value) })}
              />
              <span className="grid-label" aria-hidden>
                {texts.refill}
              </span>
              <select
                value={rules[name].kind}
                aria-label={texts.refillOf({ what: texts[name] })}
                onChange={(event) => update(name, { kind: event.currentTarget.value as RateRule['kind'] })}
              >
                <option value="token_bucket">{texts.evenly}</option>
                <option value="fixed_window">{texts.atOnce}</option>
              </select>
            </div>
          ))}
        </div>
        <ErrorNotice error={error} retry={() => void onReload()} retryLabel={shared.buttons.loadAgain} />
        <div className="form-actions">
          <button type="submit" className="button primary" disabled={busy} data-testid="save-rates">
            {busy ? shared.buttons.saving : texts.saveButton}
          </button>
        </div>
      </form>
    </Card>
  )
}
