import type { UserSummary } from '../../../../shared/api/accounts.ts'
import { resetMfa } from '../../mfa/mfa-api.ts'
import { showToast } from '../../state/toast.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'

interface Props {
  readonly user: UserSummary
  readonly onClose: () => void
  readonly onReset: () => void
}

/** Asks before a user's second factor is reset. */
export const ResetMfaDialog = ({ user: { subject, name }, onClose, onReset }: Props) => (
  <ConfirmDialog
    title={`Reset the second factor of ${name || subject}?`}
    description="Use this for a user who has lost both their device and their recovery codes. Verify their identity first. They are signed out everywhere, and can sign in with the first factor alone."
    cancelLabel="Cancel"
    confirmLabel="Reset and sign out"
    busyLabel="Resetting…"
    work={async () => {
      await resetMfa(subject)
      onReset()
      onClose()
      showToast(`${subject} can sign in without a second factor`)
    }}
    onClose={onClose}
    testId="reset-mfa-dialog"
    confirmTestId="confirm-reset"
  />
)
