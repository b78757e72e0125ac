/**
 * Extracts memories from a conversation. Pure. A memory is what the owner states in a message, in a turn that was answered. Excluded:
 * questions, instructions, reactions, answers, tool results, messages of other users in a shared session, copies, and commands.
 */
import { memoryLimits } from '../api/memory.ts'
import { fail, ok, type Result } from '../result.ts'
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

/** Why a message holds no memory: a regenerated turn, another user's message, its size, a command, or no statement in it. */
export type SkipReason = 'again' | 'other_user' | 'short' | 'long' | 'command' | 'no_statement'

/** The memory in a message of `owner`'s session, or why there is none. */
export function extractMemory({ text, sent_by, again }: SessionMessage, owner: string): Result<string, SkipReason> {
  if (again) return fail('again')
  if (sent_by !== undefined && sent_by !== owner) return fail('other_user')
  const memory = text.toWellFormed().replaceAll('\0', ' ').trim()
  if (/^\/\w/.test(memory) || commands.has(memory)) return fail('command')
  if (memory.length > memoryLimits.units) return fail('long')
  if (memory.length < minUnits || !hasWords(memory)) return fail('short')
  const stated = statementsOf(memory)
  const isWhole = stated.length === sentencesOf(memory).length && !/```|^[ \t]*>/m.test(memory)
  const kept = isWhole ? memory : stated.map((span) => span.text).join(' ')
  return kept.length >= minUnits && hasWords(kept) ? ok(kept) : fail('no_statement')
}

function hasWords(text: string): boolean {
  let count = 0
  for (const { isWordLike } of wordSegmenter.segment(text)) if (isWordLike && ++count >= minWords) return true
  return false
}
