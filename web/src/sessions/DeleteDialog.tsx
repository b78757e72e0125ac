import { useState } from 'react'
import { useRoute } from 'wouter'
import { newChat } from '../navigation/go.ts'
import { closeOverlay } from '../navigation/overlay.ts'
import { forget } from '../state/conversation.ts'
import { remove } from '../state/sessions.ts'
import { showToast } from '../state/toast.ts'
import { toUserError, type UserError } from '../state/user-error.ts'
import { Modal } from '../ui/Modal.tsx'

/** Deleting is for good, so it is asked for by name. */
export default function DeleteDialog({ sessionId, title }: { readonly sessionId: string; readonly title: string }) {
  const [, params] = useRoute('/c/:id')
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<UserError | null>(null)
  const confirm = async () => {
    setBusy(true)
    try {
      await remove(sessionId)
      closeOverlay()
      if (params?.id === sessionId) newChat()
      forget(sessionId)
      showToast('Conversation deleted')
    } catch (error) {
      setTrouble(toUserError(error))
      setBusy(false)
    }
  }
  return (
    <Modal
      title="Delete this conversation?"
      description={`“${title}” and everything said in it will be gone for good.`}
      onClose={closeOverlay}
      testId="delete-dialog"
    >
      {trouble && (
        <p className="notice error" role="alert">
          {trouble.title}. {trouble.detail}
        </p>
      )}
      <div className="modal-actions">
        <button type="button" className="button" onClick={closeOverlay}>
          Keep it
        </button>
        <button type="button" className="button danger" onClick={confirm} disabled={busy} data-testid="confirm-delete">
          {busy ? 'Deleting…' : 'Delete'}
        </button>
      </div>
    </Modal>
  )
}
