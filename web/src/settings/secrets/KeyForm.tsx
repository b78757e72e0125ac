import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Field } from '../../ui/Field.tsx'
import { useAction } from '../../ui/use-action.ts'
import { putCredential } from '../settings-api.ts'

/** Suggested names for keys. */
const wellKnown = ['openai', 'openrouter', 'groq', 'mistral', 'deepseek', 'together']

interface Props {
  readonly view: SettingsView
  /** The key to replace; empty for a new key. */
  readonly provider: string
  readonly onDone: (text: string) => Promise<void>
  readonly onCancel: () => void
}

/** Sets a key. The input is cleared as soon as the key is stored. */
export function KeyForm({ view, provider, onDone, onCancel }: Props) {
  const stored = view.credentials.find((credential) => credential.provider === provider)
  const [name, setName] = useState(provider)
  const [secret, setSecret] = useState('')
  const [origin, setOrigin] = useState(stored?.origin ?? '')
  const { busy, error, run } = useAction()
  const names = Object.values(view.settings.models).flatMap(({ credential }) => credential ?? [])
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      await putCredential(name, { secret, ...(origin.trim() === '' ? {} : { origin: origin.trim() }) })
      setSecret('')
      setName(provider)
      setOrigin('')
      await onDone(`Key ${name} ${stored ? 'replaced' : 'set'}`)
    })
  }
  return (
    <form onSubmit={save} data-testid="key-form">
      <div className="form-fields">
        {provider === '' && (
          <Field label="Name" hint="The name that profiles use.">
            {(ids) => (
              <>
                <input
                  {...ids}
                  value={name}
                  onChange={(event) => setName(event.currentTarget.value)}
                  list="known-providers"
                  required
                  pattern="[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}"
                  autoComplete="off"
                  spellCheck={false}
                  placeholder="openai"
                />
                <datalist id="known-providers">
                  {[...new Set([...names, ...wellKnown])].map((suggestion) => (
                    <option key={suggestion} value={suggestion} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
        )}
        <Field label="Key" hint="Eight characters or more, without spaces.">
          {(ids) => (
            <input
              {...ids}
              type="password"
              value={secret}
              onChange={(event) => setSecret(event.currentTarget.value)}
              required
              minLength={8}
              autoComplete="off"
              spellCheck={false}
              data-1p-ignore
            />
          )}
        </Field>
        <Field
          label="May be sent to"
          wide
          hint="Soma sends this key only there. Empty means the provider’s own address, or that of the profiles that use the key."
        >
          {(ids) => (
            <input
              {...ids}
              value={origin}
              onChange={(event) => setOrigin(event.currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              inputMode="url"
              placeholder="https://api.example.com"
            />
          )}
        </Field>
      </div>
      <ErrorNotice error={error} />
      <div className="form-actions">
        {provider !== '' && (
          <button type="button" className="button" onClick={onCancel}>
            Cancel
          </button>
        )}
        <button type="submit" className="button primary" disabled={busy} data-testid="save-key">
          {busy ? 'Sealing…' : stored ? 'Replace key' : 'Set key'}
        </button>
      </div>
    </form>
  )
}
