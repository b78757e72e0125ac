import type { UserSummary } from '../../../../shared/api/accounts.ts'
import { showToast } from '../../state/toast.ts'
import { settingsUsers } from '../../strings/settings-users.ts'
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
    title={settingsUsers.remove.title({ name: name || subject })}
    description={settingsUsers.remove.text}
    cancelLabel={settingsUsers.remove.cancelButton}
    confirmLabel={settingsUsers.remove.confirmButton}
    busyLabel={settingsUsers.remove.busyButton}
    work={async () => {
      await removeUser(subject)
      onRemoved()
      onClose()
      showToast(settingsUsers.remove.doneNotice({ subject }))
    }}
    onClose={onClose}
    testId="remove-user-dialog"
    confirmTestId="confirm-remove"
  />
)
