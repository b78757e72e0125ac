/** Announcements for screen readers: the text of the page's only status region. */
import { signal } from './signal.ts'

export const announcement = signal('')

export function announce(text: string): void {
  // Screen readers skip an unchanged text. A trailing no-break space makes it differ.
  announcement.set((before) => (before === text ? `${text}\u00a0` : text))
}
