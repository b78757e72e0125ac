/** From what was said to what the model is told: the newest items that fit the window, oldest first. */
import type { ModelMessage } from '../turn/model.ts'
import { estimateTokens } from '../turn/tokens.ts'

/** `newestFirst`: the items before and of this turn. The newest always goes in, whatever its size. */
export function contextFrom(newestFirst: Iterable<ModelMessage>, budgetTokens: number): ModelMessage[] {
  const messages: ModelMessage[] = []
  let tokens = 0
  for (const message of newestFirst) {
    tokens += estimateTokens(message.text)
    if (messages.length > 0 && tokens > budgetTokens) break
    messages.push(message)
  }
  return messages.reverse()
}
