import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { returnFocus } from '../navigation/overlay.ts'

const giveBack = (event: Event) => {
  event.preventDefault()
  returnFocus()
}

interface Props {
  readonly title: string
  readonly description?: string
  readonly onClose: (() => void) | null
  readonly children: ReactNode
  readonly testId: string
}

/** A dialog in the page's own looks. Without `onClose` it stays until what it asks for is done. */
export const Modal = ({ title, description, onClose, children, testId }: Props) => (
  <Dialog.Root open onOpenChange={(open) => !open && onClose?.()}>
    <Dialog.Portal>
      <Dialog.Overlay className="modal-scrim" />
      <Dialog.Content
        className="modal"
        data-testid={testId}
        onCloseAutoFocus={giveBack}
        {...(description ? {} : { 'aria-describedby': undefined })}
      >
        <header>
          <Dialog.Title>{title}</Dialog.Title>
          {onClose && (
            <Dialog.Close className="quiet icon" aria-label="Close">
              <X aria-hidden />
            </Dialog.Close>
          )}
        </header>
        {description && <Dialog.Description>{description}</Dialog.Description>}
        {children}
      </Dialog.Content>
    </Dialog.Portal>
  </Dialog.Root>
)
