/** One short message at the foot of the page. It never takes focus; a new one replaces the old one. */
import { signal } from './signal.ts'

export interface Toast {
  readonly text: string
  readonly tone: 'info' | 'error'
}

export const toast = signal<Toast | null>(null)
let timer: ReturnType<typeof setTimeout> | undefined

export function showToast(text: string, tone: Toast['tone'] = 'info'): void {
  clearTimeout(timer)
  toast.set({ text, tone })
  timer = setTimeout(() => toast.set(null), tone === 'error' ? 8_000 : 4_000)
}
