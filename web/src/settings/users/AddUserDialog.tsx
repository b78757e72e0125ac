import type { FormEvent } from 'react'
import type { Role } from '../../../../shared/identity/role.ts'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { Modal } from '../../ui/Modal.tsx'
import { useAction } from '../../ui/use-action.ts'
import { roleTexts } from './roles.ts'
import { setRole } from './users-api.ts'

interface Props {
  /** Roles that the signed-in user may give. */
  readonly roles: readonly Role[]
  readonly onClose: () => void
  readonly onAdded: () => void
}

/** Gives a role to a user before their first sign-in. */
export function AddUserDialog({ roles, onClose, onAdded }: Props) {
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
    <Modal title="Add a user" description="They get this role when they first sign in." onClose={onClose} testId="add-user-dialog">
      <form className="form" onSubmit={add}>
        <label>
          Subject
          <input
            name="subject"
            required
            maxLength={255}
            pattern="[!-~]+"
            placeholder="The user’s id at your identity provider"
            autoComplete="off"
          />
        </label>
        <label>
          Role
          <select name="role" defaultValue="member">
            {roles.map((role) => (
              <option key={role} value={role}>
                {roleTexts[role].label}: {roleTexts[role].description}
              </option>
            ))}
          </select>
        </label>
        <ErrorNotice error={error} />
        <div className="modal-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={busy}>
            {busy ? 'Adding…' : 'Add'}
          </button>
        </div>
      </form>
    </Modal>
  )
}
