/** A long text that is pasted or dropped stays beside the message field: a field of that size is slow to lay out. Pure. */
import type { limits } from '../../../../shared/api/limits.ts'
import { maxMessageUnits } from './message-limit.ts'

/** Text from this size on is kept beside the field. UTF-16 units. */
export const longTextUnits = 10_000

/** Messages of one long text: as many as a session queues. */
export const maxMessages = 20 satisfies (typeof limits)['queuedTurns']

/** A cut at a line or a word may lose this much of a message. */
const cutUnits = 2_000

/** The messages that carry a typed text and a long text: one if both fit, else the typed text first and then the parts. */
export function messagesOf(typed: string, long: string): string[] {
  if (long.trim() === '') return typed.trim() === '' ? [] : [typed]
  const together = typed.trim() === '' ? long : `${typed}\n\n${long}`
  if (together.length <= maxMessageUnits) return [together]
  return [...(typed.trim() === '' ? [] : [typed]), ...parts(long)]
}

/** Splits at a line break near the limit, or else at a space, and never inside of a character. Parts of white space are left out. */
function parts(text: string): string[] {
  const found: string[] = []
  for (let from = 0; from < text.length; ) {
    const end = from + maxMessageUnits >= text.length ? text.length : cutAt(text, from)
    const part = text.slice(from, end)
    if (part.trim() !== '') found.push(part)
    from = end
  }
  return found
}

function cutAt(text: string, from: number): number {
  const limit = from + maxMessageUnits
  const last = text.slice(limit - cutUnits, limit)
  const line = last.lastIndexOf('\n')
  const cut = line >= 0 ? line : last.lastIndexOf(' ')
  if (cut >= 0) return limit - cutUnits + cut + 1
  const isPair = /[\ud800-\udbff]/.test(text.charAt(limit - 1))
  return isPair ? limit - 1 : limit
}
