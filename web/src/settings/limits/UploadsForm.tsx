import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsLimits } from '../../strings/settings-limits.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Field } from '../../ui/Field.tsx'
import { useAction } from '../../ui/use-action.ts'
import { putSettings } from '../settings-api.ts'
import { type UploadsDraft, uploadsDraftOf, uploadsOf } from './uploads-draft.ts'

interface Props {
  readonly view: SettingsView
  readonly onDone: (text: string) => Promise<void>
  readonly onReload: () => Promise<void>
}

/** Sets which files users may attach, and how many bytes they take. */
export function UploadsForm({ view, onDone, onReload }: Props) {
  const texts = settingsLimits.uploads
  const [draft, setDraft] = useState(() => uploadsDraftOf(view.settings.uploads))
  const { busy, error, run } = useAction()
  const set = (field: keyof UploadsDraft) => (event: { readonly currentTarget: { readonly value: string } }) => {
    const { value } = event.currentTarget
    setDraft((before) => ({ ...before, [field]: value }))
  }
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      await putSettings(view.version, { uploads: uploadsOf(draft) })
      await onDone(texts.savedNotice)
    })
  }
  return (
    <Card title={texts.title} description={texts.text}>
      <form onSubmit={save} data-testid="uploads-form">
        <div className="form-fields">
          <Field label={texts.file}>
            {(ids) => (
              <input
                {...ids}
                type="number"
                min={0.001}
                max={5_000}
                step="any"
                required
                value={draft.fileMegabytes}
                onChange={set('fileMegabytes')}
              />
            )}
          </Field>
          <Field label={texts.total} hint={texts.totalHint}>
            {(ids) => (
              <input
                {...ids}
                type="number"
                min={0.000001}
                max={10_000}
                step="any"
                required
                value={draft.totalGigabytes}
                onChange={set('totalGigabytes')}
              />
            )}
          </Field>
          <Field label={texts.allow} hint={texts.allowHint}>
            {(ids) => <textarea {...ids} rows={3} spellCheck={false} value={draft.allow} onChange={set('allow')} />}
          </Field>
          <Field label={texts.deny} hint={texts.denyHint}>
            {(ids) => <textarea {...ids} rows={3} spellCheck={false} value={draft.deny} onChange={set('deny')} />}
          </Field>
        </div>
        <ErrorNotice error={error} retry={() => void onReload()} retryLabel={shared.buttons.loadAgain} />
        <div className="form-actions">
          <button type="submit" className="button primary" disabled={busy} data-testid="save-uploads">
            {busy ? shared.buttons.saving : texts.saveButton}
          </button>
        </div>
      </form>
    </Card>
  )
}
