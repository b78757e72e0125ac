/** A conversation cut to what a model takes in. Pure. */
import { type ModelMessage, messageText } from '../model/model.ts'
import { estimateContextTokens } from '../model/tokens.ts'

/**
 * The latest of `messages` that fit into `tokens`, by our estimate: what is said to the model by us stays, the oldest turns go first, and what
 * is left begins with a user's message, so that no result is without its call. The last user's message, and what followed it, always stays.
 */
export function truncateToTokens(messages: readonly ModelMessage[], tokens: number): readonly ModelMessage[] {
  const system = messages.filter(({ role }) => role === 'system')
  const said = messages.filter(({ role }) => role !== 'system')
  const starts = said.flatMap(({ role }, at) => (role === 'user' ? [at] : []))
  const fits = (from: number) => estimateContextTokens([...system, ...said.slice(from)].map(messageText)) <= tokens
  const from = fits(0) ? 0 : (starts.find(fits) ?? starts.at(-1) ?? 0)
  return from === 0 ? messages : [...system, ...said.slice(from)]
}
