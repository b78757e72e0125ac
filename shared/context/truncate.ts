/** Truncates a conversation to a model's window. Pure. */
import { type ModelMessage, messageText } from '../model/model.ts'
import { estimateContextTokens } from '../model/tokens.ts'
import { lastExchange } from './last-exchange.ts'

/**
 * The newest of `messages` that fit into `tokens`, by our estimate. System messages stay, and the oldest turns are dropped first. The rest
 * starts with a user message, so no tool result is without its call. The last user message and everything after it always stay.
 * If the answer just before it is too long by itself, only its end stays.
 */
export function truncateToTokens(messages: readonly ModelMessage[], tokens: number): readonly ModelMessage[] {
  const system = messages.filter(({ role }) => role === 'system')
  const dialogue = messages.filter(({ role }) => role !== 'system')
  const starts = dialogue.flatMap(({ role }, index) => (role === 'user' ? [index] : []))
  const fits = (from: number) => estimateContextTokens([...system, ...dialogue.slice(from)].map(messageText)) <= tokens
  const from = fits(0) ? 0 : (starts.find(fits) ?? starts.at(-1) ?? 0)
  if (from === 0) return messages
  const rest = [...system, ...dialogue.slice(from)]
  const remaining = tokens - estimateContextTokens(rest.map(messageText))
  return [...system, ...(from === starts.at(-1) ? endBefore(dialogue.slice(0, from), remaining) : []), ...dialogue.slice(from)]
}

/** The end of the last answer of `dialogue`, with its question, if the answer alone exceeds `tokens`. */
function endBefore(dialogue: readonly ModelMessage[], tokens: number): ModelMessage[] {
  const answer = dialogue.at(-1)
  const question = dialogue.findLast(({ role }) => role === 'user')
  const isTooLong = answer?.role === 'assistant' && !answer.calls && estimateContextTokens([answer.text]) > tokens
  return isTooLong && question ? lastExchange(question.text, answer.text, tokens) : []
}
