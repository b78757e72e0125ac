import { useState } from 'react'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { unknownValue } from '../../../../shared/persona/template.ts'
import { useIsAdmin } from '../../state/me.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsPersonas } from '../../strings/settings-personas.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { useAction } from '../../ui/use-action.ts'
import { putSettings } from '../settings-api.ts'
import { InstructionsField } from './InstructionsField.tsx'

interface Props {
  readonly view: SettingsView
  readonly onSaved: () => Promise<void>
  readonly onReload: () => void
}

/** The instructions of the workspace. Every user may read them, and an administrator changes them. */
export function WorkspaceInstructions({ view, onSaved, onReload }: Props) {
  const texts = settingsPersonas.workspace
  const isAdmin = useIsAdmin()
  const { instructions } = view.settings
  const [draft, setDraft] = useState<string | null>(null)
  const { busy, error, run } = useAction()
  const save = (event: { preventDefault(): void }) => {
    event.preventDefault()
    void run(async () => {
      await putSettings(view.version, { instructions: { ...instructions, workspace: draft ?? '' } })
      await onSaved()
    })
  }
  const editButton = isAdmin && draft === null && (
    <button
      type="button"
      className="button small"
      aria-label={texts.editLabel}
      onClick={() => setDraft(instructions.workspace)}
      data-testid="edit-workspace-instructions"
    >
      {settingsPersonas.row.editButton}
    </button>
  )
  return (
    <Card title={texts.title} description={texts.text} action={editButton}>
      {draft === null ? (
        <Stored text={instructions.workspace} />
      ) : (
        <form onSubmit={save} data-testid="workspace-instructions">
          <div className="form-fields">
            <InstructionsField label={texts.label} value={draft} onChange={setDraft} />
          </div>
          <ErrorNotice error={error} retry={onReload} retryLabel={shared.buttons.loadAgain} />
          <div className="form-actions">
            <button type="button" className="button" onClick={() => setDraft(null)}>
              {shared.buttons.cancel}
            </button>
            <button
              type="submit"
              className="button primary"
              disabled={busy || unknownValue(draft) !== undefined}
              data-testid="save-workspace-instructions"
            >
              {busy ? shared.buttons.saving : shared.buttons.save}
            </button>
          </div>
        </form>
      )}
    </Card>
  )
}

const Stored = ({ text }: { readonly text: string }) =>
  text === '' ? (
    <p className="card-empty">{settingsPersonas.workspace.none}</p>
  ) : (
    <ScrollBox as="section" className="persona-preview" aria-label={settingsPersonas.workspace.title}>
      <p dir="auto">{text}</p>
    </ScrollBox>
  )
