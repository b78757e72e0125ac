import { useState } from 'react'
import { Link } from 'wouter'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { searchEngines } from '../../../../shared/settings/search-engines.ts'
import { insert } from '../../strings/insert.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsWeb } from '../../strings/settings-web.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Field } from '../../ui/Field.tsx'
import { useAction } from '../../ui/use-action.ts'
import { putSettings } from '../settings-api.ts'
import { type SearchDraft, searchDraftOf, searchOf } from './web-draft.ts'

interface Props {
  readonly view: SettingsView
  readonly onDone: (text: string) => Promise<void>
  readonly onReload: () => Promise<void>
}

/** Chooses the search engine of `web_search`. */
export function SearchForm({ view, onDone, onReload }: Props) {
  const texts = settingsWeb.search
  const [draft, setDraft] = useState(() => searchDraftOf(view.settings.search))
  const { busy, error, run } = useAction()
  const change = (fields: Partial<SearchDraft>) => setDraft((before) => ({ ...before, ...fields }))
  const { engine, address, credential } = draft
  const keys = view.credentials.map(({ provider }) => provider)
  const isUnknownKey = credential !== '' && !keys.includes(credential)
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      await putSettings(view.version, { search: searchOf(draft) })
      await onDone(texts.savedNotice)
    })
  }
  return (
    <Card title={texts.title} description={texts.text}>
      <form onSubmit={save} data-testid="search-form">
        <div className="form-fields">
          <Field label={texts.engine} wide={engine === 'none'}>
            {(ids) => (
              <select
                {...ids}
                value={engine}
                onChange={({ currentTarget: { value } }) => change({ engine: searchEngines.find((one) => one === value) ?? 'none' })}
              >
                {searchEngines.map((one) => (
                  <option key={one} value={one}>
                    {settingsWeb.engines[one]}
                  </option>
                ))}
              </select>
            )}
          </Field>
          {engine === 'brave' && (
            <Field
              label={texts.credential}
              hint={
                <>
                  {insert(texts.credentialHint, { link: <Link href="/settings/secrets">{texts.secretsLink}</Link> })}
                  {isUnknownKey && ` ${texts.noKey}`}
                </>
              }
            >
              {(ids) => (
                <>
                  <input
                    {...ids}
                    required
                    list="search-keys"
                    autoComplete="off"
                    spellCheck={false}
                    placeholder="brave"
                    value={credential}
                    onChange={(event) => change({ credential: event.currentTarget.value })}
                  />
                  <datalist id="search-keys">
                    {keys.map((key) => (
                      <option key={key} value={key} />
                    ))}
                  </datalist>
                </>
              )}
            </Field>
          )}
          {engine !== 'none' && (
            <Field label={texts.address} hint={engine === 'brave' ? texts.braveAddressHint : texts.addressHint} wide={engine === 'brave'}>
              {(ids) => (
                <input
                  {...ids}
                  required={engine === 'searxng'}
                  inputMode="url"
                  autoComplete="off"
                  spellCheck={false}
                  placeholder="https://search.example.com"
                  value={address}
                  onChange={(event) => change({ address: event.currentTarget.value })}
                />
              )}
            </Field>
          )}
        </div>
        <ErrorNotice error={error} retry={() => void onReload()} retryLabel={shared.buttons.loadAgain} />
        <div className="form-actions">
          <button type="submit" className="button primary" disabled={busy} data-testid="save-search">
            {busy ? shared.buttons.saving : texts.saveButton}
          </button>
        </div>
      </form>
    </Card>
  )
}
