/** One short message at the foot of the page. It never takes focus; a new one replaces the old one. */
import { signal } from './signal.ts'

export interface Toast {
  readonly text: string
  readonly tone: 'info' | 'error'
  /** Why, and what to do. */
  readonly detail?: string
  /** A button that takes the action back. */
  readonly action?: { readonly label: string; readonly run: () => void }
}

export const toast = signal<Toast | null>(null)
let timer: ReturnType<typeof setTimeout> | undefined

/** Time to read a message, and to reach its button. Milliseconds. */
export const readMs = 4_000
export const actMs = 10_000

/** An error stays until it is dismissed: it may be the only record of what failed. */
export function showToast(text: string, tone: Toast['tone'] = 'info', more: Pick<Toast, 'detail' | 'action'> = {}): void {
  const shown = { text, tone, ...more }
  clearTimeout(timer)
  toast.set(shown)
  if (tone === 'info') timer = setTimeout(() => toast.set((now) => (now === shown ? null : now)), more.action ? actMs : readMs)
}
