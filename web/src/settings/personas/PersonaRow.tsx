import { useCallback } from 'react'
import type { PersonaSummary, PersonaView } from '../../../../shared/api/personas.ts'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { isStatus } from '../../state/user-error.ts'
import { settings as shared } from '../../strings/settings.ts'
import { settingsPersonas } from '../../strings/settings-personas.ts'
import { Async } from '../../ui/Async.tsx'
import { ConfirmButton } from '../../ui/ConfirmButton.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { useLoad } from '../../ui/use-load.ts'
import { PersonaForm } from './PersonaForm.tsx'
import { getPersona, removePersona } from './personas-api.ts'

interface RowProps {
  readonly persona: PersonaSummary
  /** Whether the user may change it. */
  readonly mayChange: boolean
  readonly onEdit: () => void
  readonly onRemoved: () => void
}

/** One persona of the list. */
export function PersonaRow({ persona, mayChange, onEdit, onRemoved }: RowProps) {
  const { id, name, description, model, visibility } = persona
  const texts = settingsPersonas.row
  const { busy, error, run } = useAction()
  const remove = () =>
    run(async () => {
      // 404: another tab has deleted it already.
      await removePersona(id).catch((error) => {
        if (!isStatus(error, 404)) throw error
      })
      onRemoved()
    })
  return (
    <li className="card-row" data-testid={`persona-${id}`}>
      <div>
        <p className="card-row-title">
          <strong dir="auto">{name}</strong>
          <span className="tag">{visibility === 'workspace' ? texts.workspaceTag : texts.ownTag}</span>
        </p>
        {description && (
          <p className="card-row-detail" dir="auto">
            {description}
          </p>
        )}
        <p className="card-row-detail">
          <code>{id}</code> · {model === null ? texts.workspaceModel : texts.answeredBy({ model })}
        </p>
      </div>
      {mayChange && (
        <div className="card-row-actions">
          <button type="button" className="button small" onClick={onEdit} disabled={busy} aria-label={texts.editLabel({ name })}>
            {texts.editButton}
          </button>
          <ConfirmButton
            label={texts.deleteButton}
            confirmLabel={texts.reallyDeleteButton}
            onConfirm={() => void remove()}
            disabled={busy}
          />
        </div>
      )}
      <ErrorNotice error={error} />
    </li>
  )
}

interface EditorProps {
  readonly id: string
  readonly view: SettingsView
  readonly onDone: (persona: PersonaView) => void
  readonly onCancel: () => void
}

/** The form of a stored persona. A newer version replaces what is in the form. */
export function PersonaEditor({ id, view, onDone, onCancel }: EditorProps) {
  const fetchPersona = useCallback(() => getPersona(id), [id])
  const load = useLoad(fetchPersona)
  return (
    <li className="card-row-form">
      <Async load={load}>
        {(persona) => (
          <PersonaForm
            key={persona.version}
            view={view}
            persona={persona}
            onDone={onDone}
            onCancel={onCancel}
            onReload={() => void load.reload()}
          />
        )}
      </Async>
      {load.value === undefined && load.error !== null && (
        <div className="form-actions">
          <button type="button" className="button" onClick={onCancel}>
            {shared.buttons.cancel}
          </button>
        </div>
      )}
    </li>
  )
}
