import { ErrorNotice } from './ErrorNotice.tsx'
import { Modal } from './Modal.tsx'
import { useAction } from './use-action.ts'

interface Props {
  readonly title: string
  readonly description: string
  readonly cancelLabel: string
  readonly confirmLabel: string
  /** Replaces `confirmLabel` while `work` runs. */
  readonly busyLabel: string
  /** Does what the dialog asks about, and closes it. The dialog stays open with the error when it rejects. */
  readonly work: () => Promise<unknown>
  readonly onClose: () => void
  readonly testId: string
  readonly confirmTestId: string
}

/** Asks before an action that cannot be undone. */
export function ConfirmDialog(props: Props) {
  const { title, description, cancelLabel, confirmLabel, busyLabel, work, onClose, testId, confirmTestId } = props
  const { busy, error, run } = useAction()
  return (
    <Modal title={title} description={description} onClose={onClose} testId={testId}>
      <ErrorNotice error={error} />
      <div className="modal-actions">
        <button type="button" className="button" onClick={onClose} data-focus-first>
          {cancelLabel}
        </button>
        <button type="button" className="button danger" onClick={() => void run(work)} disabled={busy} data-testid={confirmTestId}>
          {busy ? busyLabel : confirmLabel}
        </button>
      </div>
    </Modal>
  )
}
