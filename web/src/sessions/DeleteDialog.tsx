import { useRoute } from 'wouter'
import { newChat } from '../navigation/go.ts'
import { deletedHere, forget } from '../state/conversation.ts'
import { closeOverlay } from '../state/overlay.ts'
import { remove } from '../state/sessions.ts'
import { showToast } from '../state/toast.ts'
import { sessions as strings } from '../strings/sessions.ts'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'

interface Props {
  readonly sessionId: string
  readonly title: string
}

/** Asks before a conversation is deleted, and names it. */
export default function DeleteDialog({ sessionId, title }: Props) {
  const [, params] = useRoute('/c/:id')
  return (
    <ConfirmDialog
      title={strings.remove.title}
      description={strings.remove.text({ title })}
      cancelLabel={strings.remove.keepButton}
      confirmLabel={strings.remove.button}
      busyLabel={strings.remove.busy}
      work={async () => {
        await remove(sessionId)
        deletedHere.add(sessionId)
        closeOverlay()
        if (params?.id === sessionId) newChat()
        forget(sessionId)
        showToast(strings.remove.done)
      }}
      onClose={closeOverlay}
      testId="delete-dialog"
      confirmTestId="confirm-delete"
    />
  )
}
