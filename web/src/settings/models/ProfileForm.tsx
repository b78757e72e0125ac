import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Field } from '../../ui/Field.tsx'
import { useAction } from '../../ui/use-action.ts'
import { putProfile } from '../settings-api.ts'
import { draftOf, isJson, type ProfileDraft, profileOf } from './profile-draft.ts'

interface Props {
  readonly view: SettingsView
  /** Null for a new profile. */
  readonly name: string | null
  readonly onDone: (name: string) => void
  readonly onCancel: () => void
}

/** Adds or changes a model profile. */
export function ProfileForm({ view, name, onDone, onCancel }: Props) {
  const [draft, setDraft] = useState(() => draftOf(name, name === null ? undefined : view.settings.models[name]))
  const { busy, error, run } = useAction()
  const isRemote = draft.provider !== 'builtin'
  const hasValidOptions = isJson(draft.kwargs)
  const set = (field: keyof ProfileDraft) => (event: { readonly currentTarget: { readonly value: string } }) => {
    const { value } = event.currentTarget
    setDraft((before) => ({ ...before, [field]: value }))
  }
  const input = (field: keyof ProfileDraft, label: string, hint?: string, attributes: Record<string, unknown> = {}, wide = false) => (
    <Field label={label} hint={hint} wide={wide}>
      {(ids) => <input {...ids} value={draft[field]} onChange={set(field)} autoComplete="off" spellCheck={false} {...attributes} />}
    </Field>
  )
  const number = (field: keyof ProfileDraft, label: string, hint: string, step = 'any') =>
    input(field, label, hint, { type: 'number', min: 0, step, inputMode: 'decimal' })
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      await putProfile(draft.name, profileOf(draft))
      onDone(draft.name)
    })
  }
  return (
    <form onSubmit={save} data-testid="profile-form">
      <div className="form-fields">
        {name === null &&
          input('name', 'Name', 'The name that users choose it by.', {
            required: true,
            pattern: '[A-Za-z0-9][A-Za-z0-9_.\\-]{0,63}',
            autoFocus: true,
          })}
        <Field label="Provider">
          {(ids) => (
            <select {...ids} value={draft.provider} onChange={set('provider')}>
              <option value="openai-compatible">OpenAI-compatible endpoint</option>
              <option value="builtin">Builtin responder</option>
            </select>
          )}
        </Field>
        {isRemote && (
          <>
            {input(
              'base_url',
              'Address',
              'Including the version, such as /v1.',
              { required: true, type: 'url', placeholder: 'https://api.openai.com/v1' },
              true,
            )}
            {input('model', 'Model', 'The provider’s name for the model.', { required: true, placeholder: 'gpt-5-mini' })}
            <Field label="Key" hint="Set its value under Secrets.">
              {(ids) => (
                <>
                  <input
                    {...ids}
                    value={draft.credential}
                    onChange={set('credential')}
                    list="known-keys"
                    placeholder="none"
                    autoComplete="off"
                    spellCheck={false}
                  />
                  <datalist id="known-keys">
                    {view.credentials.map(({ provider }) => (
                      <option key={provider} value={provider} />
                    ))}
                  </datalist>
                </>
              )}
            </Field>
          </>
        )}
      </div>
      <details className="disclosure" open={name !== null}>
        <summary>Limits, price and options</summary>
        <div className="form-fields">
          {number('max_tokens', 'Longest answer', 'Tokens.', '1')}
          {number('temperature', 'Temperature', '0 to 2.')}
          {number('requests_per_minute', 'Calls a minute', 'Of this profile.', '1')}
          {number(
            'context_tokens',
            'Context',
            'The context window in tokens, including the answer. It limits the conversation that is sent: at most 200,000, or 24,000 without it.',
            '1',
          )}
          {number('input', 'Price of input', `${view.settings.budgets.currency} per million tokens.`)}
          {number('output', 'Price of output', `${view.settings.budgets.currency} per million tokens.`)}
          {input(
            'kwargs',
            'Further options',
            hasValidOptions ? 'JSON, sent with each request, such as {"top_p": 0.9}.' : 'This is not a JSON object yet.',
            { 'aria-invalid': !hasValidOptions },
            true,
          )}
        </div>
      </details>
      <ErrorNotice error={error} />
      <div className="form-actions">
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="button primary" disabled={busy || !hasValidOptions} data-testid="save-profile">
          {busy ? 'Saving…' : 'Save profile'}
        </button>
      </div>
    </form>
  )
}
