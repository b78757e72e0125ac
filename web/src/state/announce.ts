/** What a screen reader is told, once: the text of the page's only status region. */
import { signal } from './signal.ts'

export const announcement = signal('')

export function announce(text: string): void {
  // The same words twice are said twice only if the text differs; a trailing no-break space makes it so.
  announcement.set((before) => (before === text ? `${text}\u00a0` : text))
}
