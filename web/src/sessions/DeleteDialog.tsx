import { useRoute } from 'wouter'
import { newChat } from '../navigation/go.ts'
import { deletedHere, forget } from '../state/conversation.ts'
import { closeOverlay } from '../state/overlay.ts'
import { remove } from '../state/sessions.ts'
import { showToast } from '../state/toast.ts'
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
      title="Delete this conversation?"
      description={`“${title}” and all its messages will be deleted permanently. To only take it out of the list, archive it.`}
      cancelLabel="Keep it"
      confirmLabel="Delete"
      busyLabel="Deleting…"
      work={async () => {
        await remove(sessionId)
        deletedHere.add(sessionId)
        closeOverlay()
        if (params?.id === sessionId) newChat()
        forget(sessionId)
        showToast('Conversation deleted')
      }}
      onClose={closeOverlay}
      testId="delete-dialog"
      confirmTestId="confirm-delete"
    />
  )
}
