/** The estimated tokens of messages in a prompt. Pure. Each message is estimated once, however often it is weighed. */
import { type ModelMessage, messageText } from '../model/model.ts'
import { estimateTokens, messageTokens } from '../model/tokens.ts'

const costs = new WeakMap<ModelMessage, number>()

/** The estimated tokens of one message, with its role and separators. */
export function messageCost(message: ModelMessage): number {
  const known = costs.get(message)
  if (known !== undefined) return known
  const cost = messageTokens + estimateTokens(messageText(message))
  costs.set(message, cost)
  return cost
}

/** The estimated tokens of messages. */
export const messagesCost = (messages: readonly ModelMessage[]): number => messages.reduce((sum, message) => sum + messageCost(message), 0)
