/** Cuts the result of a call to the length that the model receives. Pure. */
import { cutText } from '../lib/cut-text.ts'

/** `text` in at most `units` UTF-16 units. A cut text says how much is missing. */
export function cutResult(text: string, units: number): string {
  if (text.length <= units) return text
  const note = (missing: number) => `\n[The rest was cut: ${missing} more characters.]`
  const kept = cutText(text, Math.max(0, units - note(text.length).length))
  return `${kept}${note(text.length - kept.length)}`
}
