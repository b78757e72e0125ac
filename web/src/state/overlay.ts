/** The open dialog or menu; at most one at a time. */

import type { ImportResult } from './import-result.ts'
import { signal } from './signal.ts'
import { isFlag, load, save } from './storage.ts'

export type Overlay =
  | { readonly kind: 'palette' }
  | { readonly kind: 'keys' }
  | { readonly kind: 'share'; readonly sessionId: string; readonly title: string }
  | { readonly kind: 'context'; readonly sessionId: string }
  | { readonly kind: 'approvals'; readonly sessionId: string }
  | { readonly kind: 'session-menu'; readonly sessionId: string; readonly title: string; readonly anchor: HTMLElement }
  | {
      readonly kind: 'choice-menu'
      readonly of: 'persona' | 'model'
      readonly draftKey: string
      /** The persona of the session. Null: none. */
      readonly sessionPersona: string | null
      /** Another user owns the session. */
      readonly shared: boolean
      readonly anchor: HTMLElement
    }
  | { readonly kind: 'turn-menu'; readonly sessionId: string; readonly turnId: string; readonly anchor: HTMLElement }
  | { readonly kind: 'import-report'; readonly results: readonly ImportResult[] }
  | { readonly kind: 'account-menu'; readonly anchor: HTMLElement }

export const overlay = signal<Overlay | null>(null)
/** The drawer that holds the session list on a narrow screen. */
export const drawer = signal(false)
/** Whether the session list shows beside the thread on a wide screen. Kept in the browser. */
export const sidebarShown = signal(load('soma.sidebar', isFlag) ?? true)
sidebarShown.subscribe(() => save('soma.sidebar', sidebarShown.get()))

const narrow = '(max-width: 640px)'

/** Shows or hides the session list: a drawer on a narrow screen. */
export function toggleSidebar(): void {
  if (matchMedia(narrow).matches) drawer.set((open) => !open)
  else sidebarShown.set((shown) => !shown)
}

/** The session with the title that is being edited in the list. */
export const renaming = signal<string | null>(null)
let isDrawnForTitle = false

/** Shows the session list where the caller edits a title in it. */
export function showSidebar(): void {
  if (matchMedia(narrow).matches) {
    isDrawnForTitle = !drawer.get()
    drawer.set(true)
  } else sidebarShown.set(true)
}

/** Ends the editing of a title, and closes a drawer that was opened for it. Returns whether it was. */
export function endRenaming(): boolean {
  const closes = isDrawnForTitle
  isDrawnForTitle = false
  renaming.set(null)
  if (closes) drawer.set(false)
  return closes
}

let opener: HTMLElement | null = null
overlay.subscribe(() => {
  const open = overlay.get()
  if (open === null) return
  if ('anchor' in open) opener = open.anchor
  // A dialog that a menu opened returns the focus to the menu's button, because the menu no longer exists.
  else if (document.activeElement instanceof HTMLElement && document.activeElement !== document.body) opener = document.activeElement
})

/** Returns the focus to the element that opened the overlay, unless another element has it. */
export function returnFocus(): void {
  const { activeElement } = document
  if (activeElement !== null && activeElement !== document.body) return
  if (opener?.isConnected) opener.focus()
}

export const closeOverlay = (): void => overlay.set(null)
