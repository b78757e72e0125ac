/**
 * What of a conversation is worth remembering. Pure. A memory is what its owner said themselves, in a turn that was answered: not the
 * answer, not what tools returned, not what somebody else said in a shared session, nothing that was copied or only asks for a command.
 */

import { memoryLimits } from '../api/memory.ts'
import { quickActionText } from '../session/quick-action.ts'

/** A message as its session knows it, once its turn has ended. */
export interface SessionMessage {
  readonly turn_id: string
  /** Its place in the session. */
  readonly seq: number
  readonly at: number
  readonly text: string
  /** Who said it, where that was not the session's owner. */
  readonly sent_by?: string | undefined
  /** It was said before, and is answered once more. */
  readonly again: boolean
}

/** Fewer words say nothing that one would look for: "yes please", "thank you". */
const fewestWords = 3
const fewestUnits = 10

const commands = new Set<string>(Object.values(quickActionText))
const words = new Intl.Segmenter(undefined, { granularity: 'word' })

/** The text to remember of a message that `owner`'s session holds; null: nothing of it. */
export function extractMemory({ text, sent_by, again }: SessionMessage, owner: string): string | null {
  if (again || (sent_by !== undefined && sent_by !== owner)) return null
  const said = text.toWellFormed().replaceAll('\0', ' ').trim()
  if (said.length < fewestUnits || said.length > memoryLimits.units) return null
  if (/^\/\w/.test(said) || commands.has(said)) return null
  return hasWords(said) ? said : null
}

function hasWords(text: string): boolean {
  let count = 0
  for (const { isWordLike } of words.segment(text)) if (isWordLike && ++count >= fewestWords) return true
  return false
}
