import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsWeb } from '../../strings/settings-web.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Field } from '../../ui/Field.tsx'
import { useAction } from '../../ui/use-action.ts'
import { putSettings } from '../settings-api.ts'
import { accessDraftOf, accessOf } from './web-draft.ts'

interface Props {
  readonly view: SettingsView
  readonly onDone: (text: string) => Promise<void>
  readonly onReload: () => Promise<void>
}

/** Sets which hosts `http_fetch` may read. */
export function AccessForm({ view, onDone, onReload }: Props) {
  const texts = settingsWeb.access
  const [draft, setDraft] = useState(() => accessDraftOf(view.settings.web))
  const { busy, error, run } = useAction()
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      await putSettings(view.version, { web: accessOf(draft) })
      await onDone(texts.savedNotice)
    })
  }
  return (
    <Card title={texts.title} description={texts.text}>
      <form onSubmit={save} data-testid="access-form">
        <div className="form-fields">
          {(['allow', 'deny'] as const).map((field) => (
            <Field key={field} label={texts[field]} hint={texts[`${field}Hint`]}>
              {(ids) => (
                <textarea
                  {...ids}
                  rows={4}
                  spellCheck={false}
                  value={draft[field]}
                  onChange={({ currentTarget: { value } }) => setDraft((before) => ({ ...before, [field]: value }))}
                />
              )}
            </Field>
          ))}
        </div>
        <ErrorNotice error={error} retry={() => void onReload()} retryLabel={shared.buttons.loadAgain} />
        <div className="form-actions">
          <button type="submit" className="button primary" disabled={busy} data-testid="save-access">
            {busy ? shared.buttons.saving : texts.saveButton}
          </button>
        </div>
      </form>
    </Card>
  )
}
