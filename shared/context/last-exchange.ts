/** The end of an exchange that does not fit into a context. A model can continue from it. Pure. */
import type { ModelMessage } from '../model/model.ts'
import { estimateTokens, messageTokens } from '../model/tokens.ts'

/** The smallest useful end of an answer. Tokens. */
const minTokens = 64
/** The share of the budget that the question may take. */
const questionShare = 1 / 4

/** The beginning of `question` and the end of `answer`, in at most `tokens` tokens by our estimate. Empty: too few tokens. */
export function lastExchange(question: string, answer: string, tokens: number): ModelMessage[] {
  const remaining = tokens - 2 * messageTokens
  if (remaining < minTokens) return []
  const shortQuestion = cut(question, Math.floor(remaining * questionShare), (units) =>
    question.slice(0, units).replace(/[\ud800-\udbff]$/, ''),
  )
  const end = cut(answer, remaining - estimateTokens(shortQuestion), (units) => answer.slice(-units).replace(/^[\udc00-\udfff]/, ''))
  return [
    { role: 'user', text: shortQuestion },
    { role: 'assistant', text: end },
  ]
}

/** The longest tried piece of `text` that costs at most `tokens`. `piece`: returns a piece of that many UTF-16 units. */
function cut(text: string, tokens: number, piece: (units: number) => string): string {
  if (estimateTokens(text) <= tokens) return text
  for (let units = Math.min(text.length, 4 * tokens); units > 0; units = Math.floor(units * 0.75)) {
    const shorter = piece(units)
    if (estimateTokens(shorter) <= tokens) return shorter
  }
  return ''
}
