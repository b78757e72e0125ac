/** From what was said to what the model is told: the newest items that fit the window, oldest first. */
import type { ModelMessage } from '../turn/model.ts'
import { estimateTokens, messageTokens } from '../turn/tokens.ts'

export interface Context {
  readonly messages: ModelMessage[]
  /** What they cost, as we count it. */
  readonly tokens: number
}

/** `newestFirst`: the items of this turn and of those before. The newest always goes in, whatever its size. */
export function contextFrom(newestFirst: Iterable<ModelMessage>, budgetTokens: number): Context {
  const messages: ModelMessage[] = []
  let tokens = 0
  for (const message of newestFirst) {
    const cost = messageTokens + estimateTokens(message.text)
    if (messages.length > 0 && tokens + cost > budgetTokens) break
    tokens += cost
    messages.push(message)
  }
  return { messages: messages.reverse(), tokens }
}
