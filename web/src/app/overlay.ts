/** What lies over the page. At most one thing at a time. */
import { signal } from '../state/signal.ts'

export type Overlay =
  | { readonly kind: 'palette' }
  | { readonly kind: 'keys' }
  | { readonly kind: 'delete'; readonly sessionId: string; readonly title: string }
  | { readonly kind: 'session-menu'; readonly sessionId: string; readonly title: string; readonly anchor: HTMLElement }
  | { readonly kind: 'account-menu'; readonly anchor: HTMLElement }

export const overlay = signal<Overlay | null>(null)
/** The drawer that holds the session list on a narrow screen. */
export const drawer = signal(false)
/** The session whose title is being edited in the list. */
export const renaming = signal<string | null>(null)

export const closeOverlay = (): void => overlay.set(null)
