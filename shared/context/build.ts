/** Builds the model's context from a session's history: the newest messages that fit the window, oldest first. Pure. */
import type { Event } from '../events/event.ts'
import { type ModelCall, type ModelMessage, messageText } from '../model/model.ts'
import { estimateTokens, messageTokens } from '../model/tokens.ts'
import { lastExchange } from './last-exchange.ts'

/** The messages for a model call, oldest first. */
export interface ModelContext {
  readonly messages: ModelMessage[]
  /** Their estimated tokens. */
  readonly tokens: number
}

/** An event with content: what a branch's history consists of. */
export type HistoryEvent = Extract<Event, { type: 'item.added' | 'item.closed' | 'call.requested' | 'call.ended' }>

/** Messages that stay together: one item, or a step with the results of its tools. */
type Group = readonly ModelMessage[]

/**
 * `newestFirst`: the items of this turn and earlier ones. The newest group and the question are always included, at any size.
 * If the answer just before the question is too long, only its end is included.
 */
export function buildContext(newestFirst: Iterable<HistoryEvent>, budgetTokens: number): ModelContext {
  const included: Group[] = []
  let tokens = 0
  const tryInclude = (group: Group): boolean => {
    const cost = costOf(group)
    if (included.length > 0 && tokens + cost > budgetTokens) return false
    included.push(group)
    tokens += cost
    return true
  }
  const steps: Group[] = []
  let question: Group | undefined
  /** The newest earlier answer, if it alone is too long. */
  let longAnswer = ''
  for (const group of groups(newestFirst)) {
    if (longAnswer !== '') {
      // Skips the steps of its tools, back to its question.
      if (group[0]?.role !== 'user') continue
      const end = lastExchange(group[0].text, longAnswer, budgetTokens - tokens)
      included.push(end)
      tokens += costOf(end)
      break
    }
    if (question) {
      const isAnswer = included.at(-1) === question
      if (tryInclude(group)) continue
      const [answer] = group
      if (!isAnswer || answer?.role !== 'assistant' || answer.calls) break
      longAnswer = answer.text
    } else if (group[0]?.role !== 'user') {
      steps.push(group)
    } else {
      question = group
      // Counted before the steps that answer it.
      tokens = costOf(question)
      const allFit = steps.every(tryInclude)
      included.push(question)
      if (!allFit) break
    }
  }
  return { messages: included.reverse().flat(), tokens }
}

const costOf = (group: Group): number => group.reduce((sum, message) => sum + messageTokens + estimateTokens(messageText(message)), 0)

/** The groups, newest first. A step's calls belong to its text, if it has one: the item that closed just before them. */
function* groups(newestFirst: Iterable<HistoryEvent>): Generator<Group> {
  const results = new Map<string, string>()
  let calls: ModelCall[] = []
  const step = (text: string): Group => {
    const group: ModelMessage[] = [{ role: 'assistant', text, calls }]
    // A pending call has no result. The model is called again only when all calls have ended.
    for (const { call_id } of calls) group.push({ role: 'tool', call_id, text: results.get(call_id) ?? '' })
    calls = []
    return group
  }
  for (const event of newestFirst) {
    if (event.type === 'call.requested') {
      const { call_id, name, arguments: args, provider_fields } = event
      calls = [{ call_id, name, arguments: args, ...(provider_fields !== undefined && { provider_fields }) }, ...calls]
      continue
    }
    if (event.type === 'item.closed' && calls.length > 0) {
      yield step(event.text)
      continue
    }
    if (calls.length > 0) yield step('')
    if (event.type === 'call.ended') results.set(event.call_id, event.text)
    else yield [{ role: event.type === 'item.added' ? 'user' : 'assistant', text: event.text }]
  }
  if (calls.length > 0) yield step('')
}
