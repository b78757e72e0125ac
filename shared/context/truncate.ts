/** Truncates a conversation to a model's window. Pure. */
import { type ModelMessage, messageText } from '../model/model.ts'
import { estimateContextTokens } from '../model/tokens.ts'
import { lastExchange } from './last-exchange.ts'

/**
 * The newest of `messages` that fit into `tokens`, by our estimate. System messages stay, and the oldest turns are dropped first. The rest
 * starts with a user message, so no tool result is without its call. The last user message and everything after it always stay.
 * Of an answer just before it that alone is too long, the end stays.
 */
export function truncateToTokens(messages: readonly ModelMessage[], tokens: number): readonly ModelMessage[] {
  const system = messages.filter(({ role }) => role === 'system')
  const said = messages.filter(({ role }) => role !== 'system')
  const starts = said.flatMap(({ role }, at) => (role === 'user' ? [at] : []))
  const fits = (from: number) => estimateContextTokens([...system, ...said.slice(from)].map(messageText)) <= tokens
  const from = fits(0) ? 0 : (starts.find(fits) ?? starts.at(-1) ?? 0)
  if (from === 0) return messages
  const rest = [...system, ...said.slice(from)]
  const left = tokens - estimateContextTokens(rest.map(messageText))
  return [...system, ...(from === starts.at(-1) ? endBefore(said.slice(0, from), left) : []), ...said.slice(from)]
}

/** The end of the last answer of `said`, with its question, if the answer alone exceeds `tokens`. */
function endBefore(said: readonly ModelMessage[], tokens: number): ModelMessage[] {
  const answer = said.at(-1)
  const question = said.findLast(({ role }) => role === 'user')
  const isTooLong = answer?.role === 'assistant' && !answer.calls && estimateContextTokens([answer.text]) > tokens
  return isTooLong && question ? lastExchange(question.text, answer.text, tokens) : []
}
