import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import type { RateClass, RateRule } from '../../../../shared/limits/rate.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { putSettings } from '../settings-api.ts'

interface Props {
  readonly view: SettingsView
  readonly onDone: (text: string) => Promise<void>
  readonly onReload: () => Promise<void>
}

const classes: readonly { readonly of: RateClass; readonly label: string }[] = [
  { of: 'message', label: 'Messages' },
  { of: 'read', label: 'Reading' },
  { of: 'write', label: 'Other changes' },
  { of: 'stream', label: 'Opening streams' },
]

/** Sets the request limits per user. */
export function RatesForm({ view, onDone, onReload }: Props) {
  const [rules, setRules] = useState(view.settings.limits)
  const { busy, error, run } = useAction()
  const update = (of: RateClass, change: Partial<RateRule>) => setRules((before) => ({ ...before, [of]: { ...before[of], ...change } }))
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      await putSettings(view.version, { limits: rules })
      await onDone('Request limits saved')
    })
  }
  return (
    <Card title="Requests" description="Requests that one user may make. A bucket refills evenly; a window refills all at once.">
      <form onSubmit={save} data-testid="rates-form">
        <div className="grid-table rates-table">
          <div className="grid-head" aria-hidden>
            <span>What</span>
            <span>Requests</span>
            <span>In seconds</span>
            <span>Counted by</span>
          </div>
          {classes.map(({ of, label }) => (
            <div className="grid-row" key={of}>
              <span>{label}</span>
              <span className="grid-label" aria-hidden>
                Requests
              </span>
              <input
                type="number"
                min={1}
                max={1_000_000}
                required
                value={rules[of].limit}
                aria-label={`${label}: requests`}
                onChange={(event) => update(of, { limit: Number(event.currentTarget.value) })}
              />
              <span className="grid-label" aria-hidden>
                In seconds
              </span>
              <input
                type="number"
                min={1}
                max={86_400}
                required
                value={rules[of].window_seconds}
                aria-label={`${label}: seconds`}
                onChange={(event) => update(of, { window_seconds: Number(event.currentTarget.value) })}
              />
              <span className="grid-label" aria-hidden>
                Counted by
              </span>
              <select
                value={rules[of].kind}
                aria-label={`${label}: counted by`}
                onChange={(event) => update(of, { kind: event.currentTarget.value as RateRule['kind'] })}
              >
                <option value="token_bucket">Bucket</option>
                <option value="fixed_window">Window</option>
              </select>
            </div>
          ))}
        </div>
        <ErrorNotice error={error} retry={() => void onReload()} retryLabel="Load again" />
        <div className="form-actions">
          <button type="submit" className="button primary" disabled={busy} data-testid="save-rates">
            {busy ? 'Saving…' : 'Save request limits'}
          </button>
        </div>
      </form>
    </Card>
  )
}
