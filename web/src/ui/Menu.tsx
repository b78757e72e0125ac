import { DropdownMenu } from 'radix-ui'
import { type ReactNode, useState } from 'react'
import { closeOverlay, returnFocus } from '../state/overlay.ts'
import { menuKeys } from './menu-keys.ts'

interface Props {
  readonly label: string
  readonly anchor: HTMLElement
  readonly children: ReactNode
  readonly testId: string
}

/** A menu below the button that opened it. The page mounts one menu, not one per row. */
export function Menu({ label, anchor, children, testId }: Props) {
  const [onKey] = useState(menuKeys)
  const { left, top, width, height } = anchor.getBoundingClientRect()
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(open) => !open && closeOverlay()}>
      <DropdownMenu.Trigger asChild>
        <span className="menu-anchor" aria-hidden="true" style={{ left, top, width, height }} />
      </DropdownMenu.Trigger>
      {/* Inside a landmark, where screen readers find it. */}
      <DropdownMenu.Portal container={document.querySelector('main')}>
        <DropdownMenu.Content
          className="menu"
          aria-label={label}
          aria-labelledby={undefined}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          data-testid={testId}
          onKeyDownCapture={(event) => {
            if (!onKey(event.currentTarget, event.nativeEvent)) return
            event.preventDefault()
            event.stopPropagation()
          }}
          onCloseAutoFocus={(event) => {
            // The anchor cannot take the focus, so the pressed button gets it.
            event.preventDefault()
            returnFocus()
          }}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
