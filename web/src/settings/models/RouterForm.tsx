import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import type { Router } from '../../../../shared/settings/settings.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsModels } from '../../strings/settings-models.ts'
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

const toLines = (patterns: readonly string[]): string => patterns.join('\n')
const fromLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** Sets which models may be called. */
export function RouterForm({ view, onDone, onReload }: Props) {
  const texts = settingsModels.router
  const { router } = view.settings
  const [allow, setAllow] = useState(toLines(router.allow))
  const [deny, setDeny] = useState(toLines(router.deny))
  const [lock, setLock] = useState<Router['model_lock']>(router.model_lock)
  const { busy, error, run } = useAction()
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      await putSettings(view.version, { router: { allow: fromLines(allow), deny: fromLines(deny), model_lock: lock } })
      await onDone(texts.savedNotice)
    })
  }
  const lines = (label: string, hint: string, value: string, set: (value: string) => void) => (
    <Field label={label} hint={hint}>
      {(ids) => <textarea {...ids} rows={3} value={value} spellCheck={false} onChange={(event) => set(event.currentTarget.value)} />}
    </Field>
  )
  return (
    <Card title={texts.title} description={texts.text}>
      <form onSubmit={save} data-testid="router-form">
        <div className="form-fields">
          {lines(texts.allow, texts.allowHint, allow, setAllow)}
          {lines(texts.deny, texts.denyHint, deny, setDeny)}
          <Field label={texts.lock} hint={texts.lockHint}>
            {(ids) => (
              <select {...ids} value={lock} onChange={(event) => setLock(event.currentTarget.value as Router['model_lock'])}>
                <option value="enforce">{texts.enforce}</option>
                <option value="warn">{texts.warn}</option>
                <option value="off">{texts.off}</option>
              </select>
            )}
          </Field>
        </div>
        <ErrorNotice error={error} retry={() => void onReload()} retryLabel={shared.buttons.loadAgain} />
        <div className="form-actions">
          <button type="submit" className="button primary" disabled={busy} data-testid="save-router">
            {busy ? shared.buttons.saving : shared.buttons.save}
          </button>
        </div>
      </form>
    </Card>
  )
}
