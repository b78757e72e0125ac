/**
 * Extracts memories from a conversation. Pure. A memory is what the owner states in a message, in a turn that was answered. Excluded:
 * questions, instructions, reactions, answers, tool results, messages of other users in a shared session, copies, and commands.
 */
import { memoryLimits } from '../api/memory.ts'
import { quickActionText } from '../session/quick-action-text.ts'
import { sentencesOf, statementsOf } from './statements.ts'

/** A message of a turn that has ended. */
export interface SessionMessage {
  readonly turn_id: string
  /** Its position in the session. */
  readonly seq: number
  readonly at: number
  readonly text: string
  /** The sender, if not the session's owner. */
  readonly sent_by?: string | undefined
  /** The message is answered once more by a regenerated turn. */
  readonly again: boolean
}

/** The shortest memory. Fewer words, such as "yes please", are not useful for a search. */
const minWords = 3
const minUnits = 10

const commands = new Set<string>(Object.values(quickActionText))
const wordSegmenter = new Intl.Segmenter(undefined, { granularity: 'word' })

/** The memory in a message of `owner`'s session; null: none. */
export function extractMemory({ text, sent_by, again }: SessionMessage, owner: string): string | null {
  if (again || (sent_by !== undefined && sent_by !== owner)) return null
  const memory = text.toWellFormed().replaceAll('\0', ' ').trim()
  if (memory.length < minUnits || memory.length > memoryLimits.units) return null
  if (/^\/\w/.test(memory) || commands.has(memory)) return null
  const stated = statementsOf(memory)
  const isWhole = stated.length === sentencesOf(memory).length && !/```|^[ \t]*>/m.test(memory)
  const kept = isWhole ? memory : stated.map((span) => span.text).join(' ')
  return kept.length >= minUnits && hasWords(kept) ? kept : null
}

function hasWords(text: string): boolean {
  let count = 0
  for (const { isWordLike } of wordSegmenter.segment(text)) if (isWordLike && ++count >= minWords) return true
  return false
}
