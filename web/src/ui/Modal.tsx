import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { returnFocus } from '../state/overlay.ts'
import { ui } from '../strings/ui.ts'

const restoreFocus = (event: Event) => {
  event.preventDefault()
  returnFocus()
}

/** Focuses the control that the dialog marks, in place of its first one. */
const focusFirst = (event: Event) => {
  const first = event.target instanceof HTMLElement ? event.target.querySelector<HTMLElement>('[data-focus-first]') : null
  if (first === null) return
  event.preventDefault()
  first.focus()
}

interface Props {
  readonly title: string
  readonly description?: string
  readonly onClose: (() => void) | null
  readonly children: ReactNode
  readonly testId: string
}

/** A modal dialog. With `onClose` null, neither Escape nor a click outside closes it. */
export const Modal = ({ title, description, onClose, children, testId }: Props) => (
  <Dialog.Root open onOpenChange={(open) => !open && onClose?.()}>
    <Dialog.Portal>
      <Dialog.Overlay className="modal-scrim" />
      <Dialog.Content
        className="modal"
        data-testid={testId}
        onOpenAutoFocus={focusFirst}
        onCloseAutoFocus={restoreFocus}
        {...(description ? {} : { 'aria-describedby': undefined })}
      >
        <header>
          <Dialog.Title>{title}</Dialog.Title>
          {onClose && (
            <Dialog.Close className="quiet icon" aria-label={ui.close}>
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
