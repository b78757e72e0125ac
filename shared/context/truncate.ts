/** Truncates a conversation to a model's window. Pure. */
import { type ModelMessage, messageText } from '../model/model.ts'
import { estimateContextTokens } from '../model/tokens.ts'

/**
 * The newest of `messages` that fit into `tokens`, by our estimate. System messages stay, and the oldest turns are dropped first. The rest
 * starts with a user message, so no tool result is without its call. The last user message and everything after it always stay.
 */
export function truncateToTokens(messages: readonly ModelMessage[], tokens: number): readonly ModelMessage[] {
  const system = messages.filter(({ role }) => role === 'system')
  const dialogue = messages.filter(({ role }) => role !== 'system')
  const starts = dialogue.flatMap(({ role }, at) => (role === 'user' ? [at] : []))
  const fits = (from: number) => estimateContextTokens([...system, ...dialogue.slice(from)].map(messageText)) <= tokens
  const from = fits(0) ? 0 : (starts.find(fits) ?? starts.at(-1) ?? 0)
  return from === 0 ? messages : [...system, ...dialogue.slice(from)]
}
