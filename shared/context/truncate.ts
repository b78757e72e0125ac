/** Truncates a conversation to a model's window. Pure. */
import type { ModelMessage } from '../model/model.ts'
import { estimateContextTokens } from '../model/tokens.ts'
import { messagesCost } from './cost.ts'
import { lastExchange } from './last-exchange.ts'

/**
 * The newest of `messages` that fit into `tokens`, by our estimate. System messages and a summary stay, and the oldest turns are dropped first. The rest
 * starts with a user message, so no tool result is without its call. The last user message and the newest step after it always stay;
 * the oldest steps between them are dropped. If the answer just before it is too long by itself, only its end stays.
 */
export function truncateToTokens(messages: readonly ModelMessage[], tokens: number): readonly ModelMessage[] {
  const system = messages.filter(stays)
  const dialogue = messages.filter((message) => !stays(message))
  const starts = dialogue.flatMap(({ role }, index) => (role === 'user' ? [index] : []))
  // Sums from the end, because one pass over a long conversation costs milliseconds.
  const costFrom = new Array<number>(dialogue.length + 1).fill(messagesCost(system))
  for (let index = dialogue.length - 1; index >= 0; index--)
    costFrom[index] = (costFrom[index + 1] ?? 0) + messagesCost(dialogue.slice(index, index + 1))
  const fits = (from: number) => (costFrom[from] ?? 0) <= tokens
  if (fits(0)) return messages
  const from = starts.find(fits) ?? starts.at(-1) ?? 0
  const rest = [...system, ...(fits(from) ? dialogue.slice(from) : newestSteps(dialogue.slice(from), tokens - messagesCost(system)))]
  const isWhole = rest.length === system.length + dialogue.length - from
  const before = from === starts.at(-1) && isWhole ? endBefore(dialogue.slice(0, from), tokens - messagesCost(rest)) : []
  return [...system, ...before, ...rest.slice(system.length)]
}

const stays = (message: ModelMessage): boolean => message.role === 'system' || (message.role === 'user' && message.summary === true)

/** The first message of `turn`, its newest step, and the steps before that which fit into `tokens`. A step is an answer with its results. */
function newestSteps(turn: readonly ModelMessage[], tokens: number): ModelMessage[] {
  const [question, ...answers] = turn
  if (!question) return []
  const steps = answers.flatMap(({ role }, index) => (role === 'assistant' ? [index] : []))
  const rests = steps.map((index) => [question, ...answers.slice(index)])
  return rests.find((rest) => messagesCost(rest) <= tokens) ?? rests.at(-1) ?? [question, ...answers]
}

/** The end of the last answer of `dialogue`, with its question, if the answer alone exceeds `tokens`. */
function endBefore(dialogue: readonly ModelMessage[], tokens: number): ModelMessage[] {
  const answer = dialogue.at(-1)
  const question = dialogue.findLast(({ role }) => role === 'user')
  const isTooLong = answer?.role === 'assistant' && !answer.calls && estimateContextTokens([answer.text]) > tokens
  return isTooLong && question ? lastExchange(question.text, answer.text, tokens) : []
}
