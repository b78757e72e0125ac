import '../account/account.css'
import { UserPlus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { UserSummary } from '../../../../shared/api/sessions.ts'
import type { Role } from '../../../../shared/identity/role.ts'
import { resetMfa } from '../../mfa/mfa-api.ts'
import { auth } from '../../state/auth.ts'
import { useSignal } from '../../state/signal.ts'
import { showToast } from '../../state/toast.ts'
import { toUserError } from '../../state/user-error.ts'
import { Modal } from '../../ui/Modal.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Empty, Failed, FailureNotice, Page } from '../../ui/parts.tsx'
import { useAttempt, useLoad } from '../../ui/use-load.ts'
import { appoint, listUsers, removeUser } from '../api.ts'
import { DemandMfa } from './RequireMfa.tsx'
import { roleOrder, roleWords } from './roles.ts'

export default function UsersPage() {
  const [users, again] = useLoad(listUsers)
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<UserSummary | null>(null)
  const [resetting, setResetting] = useState<UserSummary | null>(null)
  const who = useSignal(auth)
  const me = who.kind === 'in' || who.kind === 'expired' ? who.me : null
  const may = roleOrder.filter((role) => me?.role === 'owner' || role !== 'owner')
  const give = async (subject: string, role: Role) => {
    try {
      await appoint(subject, role)
      showToast(`${subject} is now ${roleWords[role].label.toLowerCase()}`)
    } catch (error) {
      const { title, detail } = toUserError(error)
      showToast(`${title}. ${detail}`, 'error')
    }
    await again()
  }
  const add = (
    <button type="button" className="button primary" onClick={() => setAdding(true)} data-testid="add-user">
      <UserPlus aria-hidden /> Add a user
    </button>
  )
  return (
    <Page
      title="Users"
      lead="Who may act in this tenant, and as what. A change counts within two seconds, also for what runs already."
      action={add}
    >
      {users.kind === 'ready' && <DemandMfa />}
      {users.kind === 'failed' && <Failed trouble={users.trouble} again={() => void again()} />}
      {users.kind === 'ready' && users.value.length === 0 && (
        <Empty title="Nobody yet">Whoever signs in becomes a member; or add somebody beforehand.</Empty>
      )}
      {users.kind === 'ready' && users.value.length > 0 && (
        <ul className="admin-list" data-testid="users">
          {users.value.map((user) => (
            <li key={user.subject}>
              <div className="admin-row-main">
                <strong>{user.name || user.subject}</strong>
                {user.name && <code>{user.subject}</code>}
                {user.subject === me?.subject && <span className="tag">you</span>}
                {user.mfa && <span className="tag">second factor</span>}
              </div>
              <div className="admin-row-facts">
                <span>
                  signed in <Moment at={user.signed_in_at} never="never" />
                </span>
              </div>
              <select
                aria-label={`Role of ${user.subject}`}
                value={user.role}
                disabled={!may.includes(user.role)}
                onChange={(event) => void give(user.subject, event.target.value as Role)}
              >
                {roleOrder.map((role) => (
                  <option key={role} value={role} disabled={!may.includes(role)}>
                    {roleWords[role].label}
                  </option>
                ))}
              </select>
              {user.mfa && user.subject !== me?.subject && (
                <button
                  type="button"
                  className="button small"
                  disabled={!may.includes(user.role)}
                  onClick={() => setResetting(user)}
                  aria-label={`Reset the second factor of ${user.subject}`}
                >
                  Reset second factor…
                </button>
              )}
              <button
                type="button"
                className="button small"
                disabled={!may.includes(user.role)}
                onClick={() => setRemoving(user)}
                aria-label={`Remove ${user.subject}`}
              >
                Remove
              </button>
            </li>
          ))}
        </ul>
      )}
      {adding && <AddDialog roles={may} onClose={() => setAdding(false)} onAdded={() => void again()} />}
      {resetting && <ResetDialog user={resetting} onClose={() => setResetting(null)} onReset={() => void again()} />}
      {removing && <RemoveDialog user={removing} onClose={() => setRemoving(null)} onRemoved={() => void again()} />}
    </Page>
  )
}

function AddDialog({
  roles,
  onClose,
  onAdded,
}: {
  readonly roles: readonly Role[]
  readonly onClose: () => void
  readonly onAdded: () => void
}) {
  const { busy, trouble, attempt } = useAttempt()
  const add = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    void attempt(async () => {
      await appoint(String(form.get('subject')).trim(), form.get('role') as Role)
      onAdded()
      onClose()
    })
  }
  return (
    <Modal title="Add a user" description="They get this role when they first sign in." onClose={onClose} testId="add-user-dialog">
      <form className="admin-form" onSubmit={add}>
        <label>
          Subject
          <input
            name="subject"
            required
            maxLength={255}
            pattern="[!-~]+"
            placeholder="As your identity provider names them"
            autoComplete="off"
          />
        </label>
        <label>
          Role
          <select name="role" defaultValue="member">
            {roles.map((role) => (
              <option key={role} value={role}>
                {roleWords[role].label}: {roleWords[role].may}
              </option>
            ))}
          </select>
        </label>
        <FailureNotice trouble={trouble} />
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

function RemoveDialog({
  user,
  onClose,
  onRemoved,
}: {
  readonly user: UserSummary
  readonly onClose: () => void
  readonly onRemoved: () => void
}) {
  const { busy, trouble, attempt } = useAttempt()
  const remove = () =>
    attempt(async () => {
      await removeUser(user.subject)
      onRemoved()
      onClose()
      showToast(`${user.subject} is removed`)
    })
  return (
    <Modal
      title={`Remove ${user.name || user.subject}?`}
      description="Their sign-ins, tokens and API keys end within two seconds. Their conversations stay. They can only come back if they are given a role again."
      onClose={onClose}
      testId="remove-user-dialog"
    >
      <FailureNotice trouble={trouble} />
      <div className="modal-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep them
        </button>
        <button type="button" className="button danger" onClick={() => void remove()} disabled={busy} data-testid="confirm-remove">
          {busy ? 'Removing…' : 'Remove'}
        </button>
      </div>
    </Modal>
  )
}

function ResetDialog({
  user,
  onClose,
  onReset,
}: {
  readonly user: UserSummary
  readonly onClose: () => void
  readonly onReset: () => void
}) {
  const { busy, trouble, attempt } = useAttempt()
  const reset = () =>
    attempt(async () => {
      await resetMfa(user.subject)
      onReset()
      onClose()
      showToast(`${user.subject} can sign in without a second factor`)
    })
  return (
    <Modal
      title={`Reset the second factor of ${user.name || user.subject}?`}
      description="For somebody who has lost both their device and their recovery codes: make sure that it is them who asks. They are signed out everywhere, and sign in with the first factor alone."
      onClose={onClose}
      testId="reset-mfa-dialog"
    >
      <FailureNotice trouble={trouble} />
      <div className="modal-actions">
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="button danger" onClick={() => void reset()} disabled={busy} data-testid="confirm-reset">
          {busy ? 'Resetting…' : 'Reset and sign out'}
        </button>
      </div>
    </Modal>
  )
}
