import type { UserSummary } from '../../../../shared/api/accounts.ts'
import { resetMfa } from '../../mfa/mfa-api.ts'
import { showToast } from '../../state/toast.ts'
import { settings } from '../../strings/settings.ts'
import { settingsUsers } from '../../strings/settings-users.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'

interface Props {
  readonly user: UserSummary
  readonly onClose: () => void
  readonly onReset: () => void
}

/** Asks before a user's second factor is reset. */
export const ResetMfaDialog = ({ user: { subject, name }, onClose, onReset }: Props) => (
  <ConfirmDialog
    title={settingsUsers.reset.title({ name: name || subject })}
    description={settingsUsers.reset.text}
    cancelLabel={settings.buttons.cancel}
    confirmLabel={settingsUsers.reset.confirmButton}
    busyLabel={settingsUsers.reset.busyButton}
    work={async () => {
      await resetMfa(subject)
      onReset()
      onClose()
      showToast(settingsUsers.reset.doneNotice({ subject }))
    }}
    onClose={onClose}
    testId="reset-mfa-dialog"
    confirmTestId="confirm-reset"
  />
)
