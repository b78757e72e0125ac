import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { modelProviders } from '../../../../shared/model/providers.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsModels } from '../../strings/settings-models.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Field } from '../../ui/Field.tsx'
import { useAction } from '../../ui/use-action.ts'
import { putProfile } from '../settings-api.ts'
import { modelFacts } from './model-facts.ts'
import { draftOf, isJson, type ProfileDraft, profileOf, suggestionsFor, withProvider } from './profile-draft.ts'

interface Props {
  readonly view: SettingsView
  /** Null for a new profile. */
  readonly name: string | null
  readonly onDone: (name: string) => void
  readonly onCancel: () => void
}

/** Adds or changes a model profile. */
export function ProfileForm({ view, name, onDone, onCancel }: Props) {
  const texts = settingsModels.form
  const { currency } = view.settings.budgets
  const [draft, setDraft] = useState(() => draftOf(name, name === null ? undefined : view.settings.models[name]))
  const { busy, error, run } = useAction()
  const isRemote = draft.provider !== 'builtin'
  const suggestions = suggestionsFor(draft.provider)
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
          input('name', texts.name, texts.nameHint, {
            required: true,
            pattern: '[A-Za-z0-9][A-Za-z0-9_.\\-]{0,63}',
            autoFocus: true,
          })}
        <Field label={texts.provider}>
          {(ids) => (
            <select
              {...ids}
              value={draft.provider}
              onChange={(event) => {
                const { value } = event.currentTarget
                setDraft((before) => withProvider(before, value))
              }}
            >
              {modelProviders.map((provider) => (
                <option key={provider} value={provider}>
                  {settingsModels.providers[provider]}
                </option>
              ))}
            </select>
          )}
        </Field>
        {isRemote && (
          <>
            {input('base_url', texts.address, texts.addressHint, { required: true, type: 'url', placeholder: suggestions.address }, true)}
            {input('model', texts.model, `${texts.modelHint} ${modelFacts(draft.model)}`.trim(), {
              required: true,
              placeholder: suggestions.model,
            })}
            <Field label={texts.key} hint={texts.keyHint}>
              {(ids) => (
                <>
                  <input
                    {...ids}
                    value={draft.credential}
                    onChange={set('credential')}
                    list="known-keys"
                    placeholder={texts.noKey}
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
        <summary>{texts.more}</summary>
        <div className="form-fields">
          {number('max_tokens', texts.maxTokens, texts.maxTokensHint, '1')}
          {number('temperature', texts.temperature, texts.temperatureHint)}
          {number('requests_per_minute', texts.callsPerMinute, texts.callsPerMinuteHint, '1')}
          {number('tokens_per_minute', texts.tokensPerMinute, texts.tokensPerMinuteHint, '1')}
          {number('context_tokens', texts.context, texts.contextHint, '1')}
          {number('input', texts.inputPrice, texts.priceHint({ currency }))}
          {number('output', texts.outputPrice, texts.priceHint({ currency }))}
          {input(
            'kwargs',
            texts.options,
            hasValidOptions ? texts.optionsHint({ example: '{"top_p": 0.9}' }) : texts.optionsInvalid,
            { 'aria-invalid': !hasValidOptions },
            true,
          )}
        </div>
      </details>
      <ErrorNotice error={error} />
      <div className="form-actions">
        <button type="button" className="button" onClick={onCancel}>
          {shared.buttons.cancel}
        </button>
        <button type="submit" className="button primary" disabled={busy || !hasValidOptions} data-testid="save-profile">
          {busy ? shared.buttons.saving : texts.saveButton}
        </button>
      </div>
    </form>
  )
}
