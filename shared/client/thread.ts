/** Folds frames into turns for display. Pure except for the mutable `Thread`: no clock, no network, no DOM. */
import type { AttachmentRef } from '../attachment/attachment-ref.ts'
import type {
  AnsweredBy,
  CallOutcome,
  Delta,
  Effect,
  Event,
  Omission,
  Outcome,
  PromptFacts,
  ReasoningDelta,
  Retrying,
  Usage,
} from '../events/event.ts'
import { type FrameBody, isRecorded } from '../events/frame-body.ts'
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
      const { reason, until, ask, arguments: args, asked, rule, binding, choices } = data
      return withCall(turn, data.call_id, { state: 'parked', reason, ask: { until, ask, arguments: args, asked, rule, binding, choices } })
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

/** Whether a frame is the next one, was applied before, or comes after a gap. */
export type FrameOrder = 'next' | 'old' | 'gap'

/** The shown version, and the turn of each version. */
export interface Versions {
  /** From 0, in order of acceptance. */
  readonly index: number
  readonly turnIds: readonly string[]
}

/** The turns of one session up to `cursor`. Mutable because a copy of the index per token would cost O(turns). */
export class Thread {
  /** Seq of the last recorded event that was applied. */
  seq = 0
  title: string | null = null
  /** The session is deleted: for good, or until it is restored. */
  deleted = false
  /** The session is paused: no further step starts. */
  paused = false
  /** The persona of the session; `null`: none. A message may name another. */
  persona: string | null = null
  /** The last turn of the active branch. The next message follows it. */
  head: string | null = null
  /** Every turn of every branch, in order of acceptance. */
  readonly turns = new Map<string, Turn>()
  readonly #byEventId = new Map<string, string>()
  /** Turns by the turn that is shown before them, in order of acceptance. */
  readonly #children = new Map<string | null, string[]>()
  /** The head when the context was cleared, until a turn is accepted. */
  #cleared: string | null = null
  /** For each turn, the turn that holds its message: itself, or the turn that it regenerates. */
  readonly #messageTurns = new Map<string, string>()
  #branch: readonly string[] | null = null
  #path: readonly string[] | null = null
  #open: { readonly turnId: string; readonly itemId: string } | null = null

  /** A thread of turns that were saved: one branch, oldest first. `seq` is 0, because no log was read. */
  static ofTurns(turns: readonly Turn[]): Thread {
    const thread = new Thread()
    for (const turn of turns) thread.#accept(turn)
    return thread
  }

  /** Turn ids of the active branch, oldest first. Cached until a turn is added or the branch changes. */
  get branch(): readonly string[] {
    if (this.#branch === null) {
      const path: string[] = []
      for (let id = this.head; id !== null; id = this.turns.get(id)?.parentId ?? null) path.push(id)
      this.#branch = path.reverse()
    }
    return this.#branch
  }

  /** The turns that are shown, oldest first: the active branch, after the turns from before the context was cleared. Cached like `branch`. */
  get path(): readonly string[] {
    if (this.#path !== null) return this.#path
    const path: string[] = []
    let turn = this.turns.get(this.head ?? this.#cleared ?? '')
    while (turn !== undefined) {
      path.push(turn.id)
      turn = this.turns.get(turn.parentId ?? turn.clearedAfter ?? '')
    }
    this.#path = path.reverse()
    return this.#path
  }

  /** The turn of the message with this key, once it is in the log. */
  turnOf(eventId: string): string | undefined {
    return this.#byEventId.get(eventId)
  }

  /** The versions of this turn's message. Each is represented by its newest turn, except this turn's own. */
  messages(turnId: string): Versions {
    const message = this.#messageTurns.get(turnId)
    const newest = new Map<string | undefined, string>()
    for (const id of this.#siblings(turnId))
      if (newest.get(this.#messageTurns.get(id)) !== turnId) newest.set(this.#messageTurns.get(id), id)
    return { index: [...newest.keys()].indexOf(message), turnIds: [...newest.values()] }
  }

  /** The versions of the answer to this turn's message. */
  answers(turnId: string): Versions {
    const message = this.#messageTurns.get(turnId)
    const turnIds = this.#siblings(turnId).filter((id) => this.#messageTurns.get(id) === message)
    return { index: turnIds.indexOf(turnId), turnIds }
  }

  /** The turns with the same parent, including this one. */
  #siblings(turnId: string): readonly string[] {
    const turn = this.turns.get(turnId)
    return turn === undefined ? [] : (this.#children.get(turn.parentId ?? turn.clearedAfter) ?? [])
  }

  /** Where to resume: `P`, or `P.O` while an item is open. */
  get cursor(): string {
    const openItem = this.openItem
    return openItem === null ? String(this.seq) : `${this.seq}.${openItem.item.text.length}`
  }

  get openItem(): { readonly turnId: string; readonly item: Item } | null {
    if (this.#open === null) return null
    const { turnId, itemId } = this.#open
    const item = this.turns.get(turnId)?.items.findLast((candidate) => candidate.id === itemId)
    return item === undefined ? null : { turnId, item }
  }

  /** Whether `data` comes next. For frames that arrive outside of the log and the stream. */
  orderOf(data: FrameBody): FrameOrder {
    if (isRecorded(data)) return data.seq <= this.seq ? 'old' : data.seq === this.seq + 1 ? 'next' : 'gap'
    if (data.after !== this.seq) return data.after < this.seq ? 'old' : 'gap'
    if (data.type === 'turn.retrying') return 'next'
    const openItem = this.openItem
    if (openItem === null || openItem.item.id !== data.item_id || data.offset > openItem.item.text.length) return 'gap'
    return data.offset + data.text.length <= openItem.item.text.length ? 'old' : 'next'
  }

  /** Applies one frame. Returns the id of the turn that changed, `''` if only the session did, `null` if nothing did. */
  apply(data: FrameBody): string | null {
    if (isRecorded(data)) {
      if (data.seq <= this.seq) return null
      this.seq = data.seq
    }
    switch (data.type) {
      case 'session.titled':
        this.title = data.title
        return ''
      case 'session.deleted':
      case 'session.trashed':
      case 'session.untrashed':
        this.deleted = data.type !== 'session.untrashed'
        return ''
      case 'session.created':
        this.persona = data.persona_id ?? null
        return ''
      case 'session.restored':
        return ''
      case 'session.paused':
      case 'session.resumed':
        this.paused = data.type === 'session.paused'
        return ''
      case 'session.reset': {
        const cleared = this.head ?? this.#cleared
        this.#moveTo(null)
        this.#cleared = cleared
        return ''
      }
      case 'branch.switched':
        this.#moveTo(data.turn_id)
        return ''
      case 'turn.accepted':
        this.#accept(acceptedTurn(data, this.head, this.#clearedBefore(data.regenerates)))
        return data.turn_id
      case 'item.opened':
        this.#open = { turnId: data.turn_id, itemId: data.item_id }
        break
      case 'item.closed':
      case 'item.abandoned':
        if (this.#open?.itemId === data.item_id) this.#open = null
        break
    }
    if (data.type === 'approval.revoked') return null
    // An unknown type has no turn, or leaves it unchanged.
    const turn = this.turns.get('turn_id' in data ? data.turn_id : data.about)
    if (turn === undefined) return null
    const changed = foldTurn(turn, data)
    if (changed === turn) return null
    this.turns.set(turn.id, changed)
    return turn.id
  }

  #accept(turn: Turn): void {
    this.turns.set(turn.id, turn)
    this.#byEventId.set(turn.eventId, turn.id)
    this.#messageTurns.set(turn.id, (turn.regenerates && this.#messageTurns.get(turn.regenerates)) || turn.id)
    const before = turn.parentId ?? turn.clearedAfter
    const siblings = this.#children.get(before)
    if (siblings === undefined) this.#children.set(before, [turn.id])
    else siblings.push(turn.id)
    this.#moveTo(turn.id)
  }

  /** The last turn before the context was cleared, for a turn without a parent. Versions of one message have the same. */
  #clearedBefore(regenerated: string | undefined): string | null {
    const first = this.turns.get(regenerated ?? this.branch[0] ?? '')
    return first === undefined ? this.#cleared : first.clearedAfter
  }

  #moveTo(head: string | null): void {
    this.head = head
    this.#cleared = null
    this.#branch = null
    this.#path = null
  }
}

/** The turn that `data` accepts. It follows the active branch, unless the event names another parent. */
const acceptedTurn = (data: Extract<Event, { type: 'turn.accepted' }>, head: string | null, cleared: string | null): Turn => ({
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
