import type { FormEvent } from 'react'
import type { Role } from '../../../../shared/identity/role.ts'
import { settings } from '../../strings/settings.ts'
import { settingsUsers } from '../../strings/settings-users.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Field } from '../../ui/Field.tsx'
import { Modal } from '../../ui/Modal.tsx'
import { useAction } from '../../ui/use-action.ts'
import { setRole } from './users-api.ts'

interface Props {
  /** Roles that the signed-in user may give. */
  readonly roles: readonly Role[]
  readonly onClose: () => void
  readonly onAdded: () => void
}

/** Gives a role to a user before their first sign-in. */
export function AddUserDialog({ roles, onClose, onAdded }: Props) {
  const texts = settingsUsers.add
  const { busy, error, run } = useAction()
  const add = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    void run(async () => {
      await setRole(String(form.get('subject')).trim(), form.get('role') as Role)
      onAdded()
      onClose()
    })
  }
  return (
    <Modal title={texts.title} description={texts.text} onClose={onClose} testId="add-user-dialog">
      <form className="form" onSubmit={add}>
        <Field label={texts.subject} hint={texts.subjectHint}>
          {(ids) => <input {...ids} name="subject" required maxLength={255} pattern="[!-~]+" autoComplete="off" />}
        </Field>
        <Field label={texts.role}>
          {(ids) => (
            <select {...ids} name="role" defaultValue="member">
              {roles.map((role) => (
                <option key={role} value={role}>
                  {settings.roles[role]}: {settings.roleDescriptions[role]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <ErrorNotice error={error} />
        <div className="modal-actions">
          <button type="button" className="button" onClick={onClose}>
            {settings.buttons.cancel}
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {busy ? texts.addingButton : texts.addButton}
          </button>
        </div>
      </form>
    </Modal>
  )
}
