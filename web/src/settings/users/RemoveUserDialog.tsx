import type { UserSummary } from '../../../../shared/api/accounts.ts'
import { showToast } from '../../state/toast.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { removeUser } from './users-api.ts'

interface Props {
  readonly user: UserSummary
  readonly onClose: () => void
  readonly onRemoved: () => void
}

/** Asks before a user is removed. */
export const RemoveUserDialog = ({ user: { subject, name }, onClose, onRemoved }: Props) => (
  <ConfirmDialog
    title={`Remove ${name || subject}?`}
    description="Their sign-ins, tokens and API keys end within two seconds. Their conversations stay. They can only return if you give them a role again."
    cancelLabel="Keep them"
    confirmLabel="Remove"
    busyLabel="Removing…"
    work={async () => {
      await removeUser(subject)
      onRemoved()
      onClose()
      showToast(`${subject} is removed`)
    }}
    onClose={onClose}
    testId="remove-user-dialog"
    confirmTestId="confirm-remove"
  />
)
