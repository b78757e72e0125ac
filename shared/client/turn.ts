/** One turn for display, folded from its frames. Pure: no clock, no network, no DOM. */
import type { AttachmentRef } from '../attachment/attachment-ref.ts'
import type { Delta, ReasoningDelta, Retrying } from '../events/delta.ts'
import type { AnsweredBy, CallOutcome, Effect, Event, Omission, Outcome, PromptFacts, Usage } from '../events/event.ts'
import type { Ask } from '../tool/ask.ts'

/** A tool call. */
export interface Call {
  readonly name: string
  /** JSON, as the model wrote it. */
  readonly arguments: string
  /** What a run changes. Absent: a saved copy of an earlier release. */
  readonly effect?: Effect
  /** `parked`: waits for a user, who is asked for `ask`. */
  readonly state: 'waiting' | 'running' | 'parked' | CallOutcome
  /** The text of the approval request, or the question. */
  readonly reason: string | null
  /** What the user is asked while the call is parked, and until when, Unix ms; null: nothing. */
  readonly ask: (Ask & { readonly until: number }) | null
  /** The decision of a user; null: none. */
  readonly decided: CallDecided | null
  /** The session in which a sub-agent answers the call, and where it waits for a user; absent: it does neither. */
  readonly agent?: { readonly sessionId: string; readonly asksIn: string | null }
  /** When a tool started and ended, Unix ms; null: not yet. */
  readonly startedAt: number | null
  readonly endedAt: number | null
}

/** Who decided, and the arguments if they were edited. */
export type CallDecided = Pick<Extract<Event, { type: 'call.decided' }>, 'by' | 'approved' | 'arguments'>

/** A message, a tool call or the reasoning of a turn. */
export interface Item {
  readonly id: string
  /** `tool`: its text is what the tool returned. `reasoning`: what the model thought before its answer. It is no part of the answer. */
  readonly role: 'user' | 'assistant' | 'tool' | 'reasoning'
  readonly text: string
  /** The files of a user's message; absent: it has none. */
  readonly attachments?: readonly AttachmentRef[]
  readonly call: Call | null
  /** The item is still streaming. */
  readonly open: boolean
  /** The item was cancelled or interrupted. */
  readonly incomplete: boolean
  readonly truncated: boolean
  /** How long the reasoning took, ms; absent: it is no reasoning, or still open. */
  readonly tookMs?: number
  /** When the reasoning was opened, Unix ms; absent: it is no reasoning. */
  readonly openedAt?: number
}

/** One turn, as far as its frames were applied. Times are Unix ms. */
export interface Turn {
  readonly id: string
  /** The message's idempotency key. */
  readonly eventId: string
  /** The parent turn; `null`: the first turn. */
  readonly parentId: string | null
  /** For a turn without a parent: the last turn before the context was cleared; `null`: it was not. The model does not receive that turn. */
  readonly clearedAfter: string | null
  /** The turn that this one regenerates. */
  readonly regenerates: string | null
  readonly acceptedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly outcome: Outcome | null
  readonly reason: string | null
  /** What the model provider said about the failure. */
  readonly detail: string | null
  readonly usage: Usage | null
  /** The model of the last step, and its persona; `null`: an earlier release recorded the turn, or no model answered. */
  readonly answeredBy: AnsweredBy | null
  readonly items: readonly Item[]
  /** The number of restarts of the answer. */
  readonly restarts: number
  /** The model call waits for its next attempt; `null`: it does not. */
  readonly retrying: Retrying | null
  /** The record of earlier turns that was made for this one, in their place. `first` and `last`: their positions on the branch, from 1. */
  readonly summary?: { readonly first: number; readonly last: number; readonly text: string }
  /** The turns that did not fit into the prompt, and why they have no summary. */
  readonly omitted?: { readonly turns: number; readonly reason: Omission }
  /** The policy's reasons, if memory refused the message. */
  readonly notRemembered?: readonly string[]
}

type TurnEvent = Exclude<Extract<Event, { turn_id: string }>, { type: 'branch.switched' }> | Extract<Event, { about: string }>

/** `turn` after one more frame of it. Returns the same object if nothing changes, so views can compare. */
export function foldTurn(turn: Turn, data: TurnEvent | Delta | ReasoningDelta | Retrying): Turn {
  if (data.type === 'turn.retrying') return { ...turn, retrying: data }
  const folded = foldContent(turn, data)
  // A message's own events say nothing about the model call.
  return folded !== turn && turn.retrying && data.type !== 'memory.refused' ? { ...folded, retrying: null } : folded
}

function foldContent(turn: Turn, data: TurnEvent | Delta | ReasoningDelta): Turn {
  switch (data.type) {
    case 'item.added':
      return {
        ...turn,
        items: [...turn.items, { id: data.item_id, role: data.role, text: data.text, ...attachmentsIn(data), ...itemDefaults }],
      }
    case 'turn.started':
      return { ...turn, startedAt: turn.startedAt ?? data.at }
    case 'item.opened': {
      const item = { id: data.item_id, text: '', ...itemDefaults, open: true }
      if (data.kind === 'reasoning') return { ...turn, items: [...turn.items, { ...item, role: 'reasoning', openedAt: data.at }] }
      // An item of an unknown kind is not shown.
      return data.kind === undefined ? { ...turn, items: [...turn.items, { ...item, role: data.role }] } : turn
    }
    case 'item.delta':
    case 'reasoning.delta':
      return replaceItem(turn, data.item_id, (item) => extend(item, data))
    case 'item.closed':
      return replaceItem(turn, data.item_id, (item) => ({
        ...item,
        text: data.reasoning ?? data.text,
        ...(item.openedAt !== undefined && { tookMs: data.at - item.openedAt }),
        open: false,
        incomplete: data.incomplete ?? false,
        truncated: data.truncated ?? false,
      }))
    case 'item.abandoned':
      return { ...turn, restarts: turn.restarts + (data.replaced ? 0 : 1), items: withoutItem(turn.items, data.item_id) }
    case 'call.requested': {
      const { call_id: id, name, arguments: args, effect } = data
      const call = {
        name,
        arguments: args,
        effect,
        state: 'waiting',
        reason: null,
        ask: null,
        decided: null,
        startedAt: null,
        endedAt: null,
      } as const
      return { ...turn, items: [...turn.items, { id, role: 'tool', text: '', ...itemDefaults, call }] }
    }
    case 'call.claimed':
      return withCall(turn, data.call_id, { state: 'running', startedAt: data.at })
    case 'call.abandoned':
      return withCall(turn, data.call_id, { state: 'waiting' })
    case 'call.delegated':
      return withCall(turn, data.call_id, { agent: { sessionId: data.session_id, asksIn: null } })
    case 'call.relayed':
      return withAgentAsk(turn, data.call_id, data.asks?.session_id ?? null)
    case 'call.decided': {
      const { by, approved, arguments: args } = data
      return withCall(turn, data.call_id, {
        state: 'waiting',
        ask: null,
        decided: { by, approved, ...(args !== undefined && { arguments: args }) },
      })
    }
    case 'call.resolved':
      return withCall(turn, data.call_id, { state: 'waiting', ask: null })
    case 'call.parked': {
      const { reason, until, ask, arguments: args, asked, rule, binding, choices, program } = data
      return withCall(turn, data.call_id, {
        state: 'parked',
        reason,
        ask: { until, ask, arguments: args, asked, rule, binding, choices, ...(program && { program }) },
      })
    }
    case 'call.ended':
      return withCall(turn, data.call_id, { state: data.outcome, ask: null, endedAt: data.at }, data.text)
    case 'step.ended':
      // Restarts are counted per step.
      return { ...turn, restarts: 0 }
    case 'context.summarized':
      return { ...turn, summary: { first: data.first_turn, last: data.last_turn, text: data.text } }
    case 'turn.ended':
      return {
        ...turn,
        ...omittedIn(data.context),
        endedAt: data.at,
        outcome: data.outcome,
        reason: data.reason ?? null,
        detail: data.detail ?? null,
        usage: data.usage ?? null,
        answeredBy: data.answered_by ?? null,
      }
    case 'memory.refused':
      return { ...turn, notRemembered: data.reasons }
    default:
      return turn
  }
}

/** The turn after the sub-agent of a call asked a user in the session `asksIn`; null: it no longer asks. */
function withAgentAsk(turn: Turn, callId: string, asksIn: string | null): Turn {
  const agent = turn.items.find(({ id }) => id === callId)?.call?.agent
  return agent ? withCall(turn, callId, { agent: { ...agent, asksIn } }) : turn
}

const omittedIn = ({ omitted_turns: turns, omission: reason }: PromptFacts = {}): Pick<Turn, 'omitted'> =>
  turns !== undefined && reason !== undefined ? { omitted: { turns, reason } } : {}

const attachmentsIn = ({ attachments }: { readonly attachments?: readonly AttachmentRef[] | undefined }) =>
  attachments?.length ? { attachments } : {}

const itemDefaults = { call: null, open: false, incomplete: false, truncated: false } as const

/** The items without an abandoned one. The reasoning just before it belongs to the same attempt. */
function withoutItem(items: readonly Item[], itemId: string): readonly Item[] {
  const index = items.findIndex(({ id }) => id === itemId)
  const isAnswer = items[index]?.role === 'assistant'
  const first = isAnswer && items[index - 1]?.role === 'reasoning' ? index - 1 : index
  return index < 0 ? items : [...items.slice(0, first), ...items.slice(index + 1)]
}

function replaceItem(turn: Turn, itemId: string, change: (item: Item) => Item): Turn {
  const index = turn.items.findLastIndex((item) => item.id === itemId)
  const item = turn.items[index]
  if (item === undefined) return turn
  const changed = change(item)
  return changed === item ? turn : { ...turn, items: turn.items.with(index, changed) }
}

const withCall = (turn: Turn, callId: string, change: Partial<Call>, text = ''): Turn =>
  replaceItem(turn, callId, (item) => (item.call ? { ...item, text, call: { ...item.call, ...change } } : item))

/** Skips the known part of a delta. Rejects a delta that leaves a gap. */
function extend(item: Item, delta: Delta | ReasoningDelta): Item {
  if (!item.open || delta.offset > item.text.length || delta.offset + delta.text.length <= item.text.length) return item
  return { ...item, text: item.text.slice(0, delta.offset) + delta.text }
}

/** The turn that `data` accepts. It follows the active branch, unless the event names another parent. */
export const acceptedTurn = (data: Extract<Event, { type: 'turn.accepted' }>, head: string | null, cleared: string | null): Turn => ({
  id: data.turn_id,
  eventId: data.event_id,
  parentId: data.parent_turn_id === undefined ? head : data.parent_turn_id,
  clearedAfter: (data.parent_turn_id === undefined ? head : data.parent_turn_id) === null ? cleared : null,
  regenerates: data.regenerates ?? null,
  acceptedAt: data.at,
  startedAt: null,
  endedAt: null,
  outcome: null,
  reason: null,
  detail: null,
  usage: null,
  answeredBy: null,
  items: [],
  restarts: 0,
  retrying: null,
})
