/** What lies over the page. At most one thing at a time. */
import { signal } from '../state/signal.ts'

export type Overlay =
  | { readonly kind: 'palette' }
  | { readonly kind: 'keys' }
  | { readonly kind: 'delete'; readonly sessionId: string; readonly title: string }
  | { readonly kind: 'share'; readonly sessionId: string; readonly title: string }
  | { readonly kind: 'session-menu'; readonly sessionId: string; readonly title: string; readonly anchor: HTMLElement }
  | { readonly kind: 'turn-menu'; readonly sessionId: string; readonly turnId: string; readonly anchor: HTMLElement }
  | { readonly kind: 'account-menu'; readonly anchor: HTMLElement }

export const overlay = signal<Overlay | null>(null)
/** The drawer that holds the session list on a narrow screen. */
export const drawer = signal(false)
/** The session whose title is being edited in the list. */
export const renaming = signal<string | null>(null)

let opener: HTMLElement | null = null
overlay.subscribe(() => {
  const open = overlay.get()
  if (open === null) return
  if ('anchor' in open) opener = open.anchor
  // A dialog that a menu opened belongs to the menu's button: by now the menu is gone.
  else if (document.activeElement instanceof HTMLElement && document.activeElement !== document.body) opener = document.activeElement
})

/** Gives the focus back to what opened the overlay, unless something else has taken it. */
export function returnFocus(): void {
  const { activeElement } = document
  if (activeElement !== null && activeElement !== document.body) return
  if (opener?.isConnected) opener.focus()
}

export const closeOverlay = (): void => overlay.set(null)
