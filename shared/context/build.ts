/** Builds the model's context from a session's history: the newest messages that fit the window, oldest first. Pure. */
import { attachmentNote } from '../attachment/attachment-ref.ts'
import type { Event } from '../events/event.ts'
import type { ModelCall, ModelMessage } from '../model/model.ts'
import { messagesCost } from './cost.ts'
import { lastExchange } from './last-exchange.ts'
import { summaryMessage } from './summary.ts'

/** The messages for a model call, oldest first. */
export interface ModelContext {
  readonly messages: ModelMessage[]
  /** Their estimated tokens. */
  readonly tokens: number
  /** Nothing of the branch is left out or shortened. */
  readonly isWhole: boolean
}

/** An event with content: what a branch's history consists of. */
export type HistoryEvent = Extract<Event, { type: 'item.added' | 'item.closed' | 'call.requested' | 'call.ended' }>

/** What a prompt is built from: the items of a branch, or a summary in place of the turns up to it. */
export type ContextEvent = HistoryEvent | Extract<Event, { type: 'context.summarized' }>

/** Messages that stay together: one item, or a step with the results of its tools. */
type Group = readonly ModelMessage[]

/**
 * `newestFirst`: the items of this turn and earlier ones. The newest group and the question are always included, at any size. Earlier turns
 * are included whole, so the context starts with a user message. If the turn just before the question does not fit whole, its question
 * and its answer are included without its steps, and shortened if they must be.
 */
export function buildContext(newestFirst: Iterable<ContextEvent>, budgetTokens: number): ModelContext {
  const included: Group[] = []
  let tokens = 0
  const tryInclude = (group: Group): boolean => {
    const cost = messagesCost(group)
    if (included.length > 0 && tokens + cost > budgetTokens) return false
    included.push(group)
    tokens += cost
    return true
  }
  const steps: Group[] = []
  let question: Group | undefined
  /** The groups of the earlier turn that is being read, newest first. */
  let turn: Group[] = []
  let turnTokens = 0
  let isNewestTurn = true
  let isWhole = true
  for (const group of groups(newestFirst)) {
    if (!question) {
      if (group[0]?.role !== 'user') {
        steps.push(group)
        continue
      }
      question = group
      // Counted before the steps that answer it.
      tokens = messagesCost(question)
      const allFit = steps.every(tryInclude)
      included.push(question)
      if (!allFit) {
        isWhole = false
        break
      }
      continue
    }
    turn.push(group)
    turnTokens += messagesCost(group)
    const fits = tokens + turnTokens <= budgetTokens
    isWhole &&= fits
    if (!fits && !isNewestTurn) break
    if (group[0]?.role !== 'user') {
      // Only its answer is needed, if it does not fit. The steps are skipped, back to its question.
      if (!fits) turn = turn.slice(0, 1)
      continue
    }
    if (fits) included.push(...turn)
    else {
      const exchange = shortened(turn, budgetTokens - tokens)
      included.push(exchange)
      tokens += messagesCost(exchange)
      break
    }
    tokens += turnTokens
    turn = []
    turnTokens = 0
    isNewestTurn = false
  }
  return { messages: included.reverse().flat(), tokens, isWhole }
}

/** The question and the answer of a turn that does not fit, from its groups, newest first. */
function shortened(turn: readonly Group[], tokens: number): Group {
  const [answer] = turn[0] ?? []
  const [question] = turn.at(-1) ?? []
  if (question?.role !== 'user' || answer?.role !== 'assistant' || answer.calls) return []
  return lastExchange(question.text, answer.text, tokens)
}

/** The messages of some items, oldest first. `newestFirst`: all items of a turn. */
export const messagesOf = (newestFirst: Iterable<ContextEvent>): ModelMessage[] => [...groups(newestFirst)].reverse().flat()

/** The groups, newest first. A step's calls belong to its text, if it has one: the item that closed just before them. */
function* groups(newestFirst: Iterable<ContextEvent>): Generator<Group> {
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
    if (event.type === 'context.summarized') {
      if (calls.length > 0) yield step('')
      yield [summaryMessage(event)]
      return
    }
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
    else yield [event.type === 'item.added' ? userMessage(event) : { role: 'assistant', text: event.text }]
  }
  if (calls.length > 0) yield step('')
}

/** A message with its files, which its text names. */
const userMessage = ({ text, attachments }: Pick<Extract<Event, { type: 'item.added' }>, 'text' | 'attachments'>): ModelMessage =>
  attachments?.length ? { role: 'user', text: text + attachmentNote(attachments), attachments } : { role: 'user', text }
