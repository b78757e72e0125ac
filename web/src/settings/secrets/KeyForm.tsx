import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsSecrets } from '../../strings/settings-secrets.ts'
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
  const texts = settingsSecrets.form
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
      await onDone(stored ? texts.replacedNotice({ name }) : texts.setNotice({ name }))
    })
  }
  return (
    <form onSubmit={save} data-testid="key-form">
      <div className="form-fields">
        {provider === '' && (
          <Field label={texts.name} hint={texts.nameHint}>
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
        <Field label={texts.key} hint={texts.keyHint}>
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
        <Field label={texts.origin} wide hint={texts.originHint}>
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
            {shared.buttons.cancel}
          </button>
        )}
        <button type="submit" className="button primary" disabled={busy} data-testid="save-key">
          {busy ? texts.savingButton : stored ? texts.replaceButton : texts.setButton}
        </button>
      </div>
    </form>
  )
}
