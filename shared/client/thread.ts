/** A conversation as a reader sees it: frames folded into turns. Pure but for the one mutable `Thread`: no clock, no network, no DOM. */
import type { CallOutcome, Delta, Event, Outcome, Usage } from '../events/event.ts'

/** A tool that was asked for. */
export interface Call {
  readonly name: string
  /** JSON, as the model wrote it. */
  readonly arguments: string
  /** `parked`: it waits for an approval. */
  readonly state: 'waiting' | 'running' | 'parked' | CallOutcome
  /** What is to be approved, in words. */
  readonly reason: string | null
}

export interface Item {
  readonly id: string
  /** `tool`: its text is what the tool returned. */
  readonly role: 'user' | 'assistant' | 'tool'
  readonly text: string
  readonly call: Call | null
  /** Still being said. */
  readonly open: boolean
  /** It was stopped or broke off. */
  readonly incomplete: boolean
  readonly truncated: boolean
}

export interface Turn {
  readonly id: string
  /** The sender's own name for the message: its idempotency key. */
  readonly eventId: string
  /** The turn it follows; `null`: it begins the conversation. */
  readonly parentId: string | null
  /** The turn whose message this one answers once more. */
  readonly regenerates: string | null
  readonly acceptedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly outcome: Outcome | null
  readonly reason: string | null
  readonly usage: Usage | null
  readonly items: readonly Item[]
  /** How often an answer was begun again from nothing. */
  readonly restarts: number
  /** Why its message is not remembered beyond this conversation, in the policy's words, where that was refused. */
  readonly notRemembered?: readonly string[]
}

type TurnEvent = Exclude<Extract<Event, { turn_id: string }>, { type: 'branch.switched' }> | Extract<Event, { about: string }>

/** `turn` after one more frame of it. The same object when nothing changes, so that views can compare. */
export function foldTurn(turn: Turn, data: TurnEvent | Delta): Turn {
  switch (data.type) {
    case 'item.added':
      return { ...turn, items: [...turn.items, { id: data.item_id, role: data.role, text: data.text, ...said }] }
    case 'turn.started':
      return { ...turn, startedAt: turn.startedAt ?? data.at }
    case 'item.opened':
      return {
        ...turn,
        items: [...turn.items, { id: data.item_id, role: data.role, text: '', ...said, open: true }],
      }
    case 'item.delta':
      return replaceItem(turn, data.item_id, (item) => extend(item, data))
    case 'item.closed':
      return replaceItem(turn, data.item_id, (item) => ({
        ...item,
        text: data.text,
        open: false,
        incomplete: data.incomplete ?? false,
        truncated: data.truncated ?? false,
      }))
    case 'item.abandoned':
      return { ...turn, restarts: turn.restarts + 1, items: turn.items.filter((item) => item.id !== data.item_id) }
    case 'call.requested': {
      const { call_id: id, name, arguments: args } = data
      const call = { name, arguments: args, state: 'waiting', reason: null } as const
      return { ...turn, items: [...turn.items, { id, role: 'tool', text: '', ...said, call }] }
    }
    case 'call.claimed':
      return withCall(turn, data.call_id, { state: 'running' })
    case 'call.abandoned':
    case 'call.decided':
      return withCall(turn, data.call_id, { state: 'waiting' })
    case 'call.parked':
      return withCall(turn, data.call_id, { state: 'parked', reason: data.reason })
    case 'call.ended':
      return withCall(turn, data.call_id, { state: data.outcome }, data.text)
    case 'step.ended':
      // What was begun again before is of no interest any more; and a step that says nothing was none.
      return { ...turn, restarts: 0 }
    case 'turn.ended':
      return { ...turn, endedAt: data.at, outcome: data.outcome, reason: data.reason ?? null, usage: data.usage ?? null }
    case 'memory.refused':
      return { ...turn, notRemembered: data.reasons }
    default:
      return turn
  }
}

const said = { call: null, open: false, incomplete: false, truncated: false } as const

function replaceItem(turn: Turn, itemId: string, change: (item: Item) => Item): Turn {
  const at = turn.items.findLastIndex((item) => item.id === itemId)
  const item = turn.items[at]
  if (item === undefined) return turn
  const changed = change(item)
  return changed === item ? turn : { ...turn, items: turn.items.with(at, changed) }
}

const withCall = (turn: Turn, callId: string, change: Partial<Call>, text = ''): Turn =>
  replaceItem(turn, callId, (item) => (item.call ? { ...item, text, call: { ...item.call, ...change } } : item))

/** A delta that was seen before, or half of it, changes nothing it should not. One that leaves a hole is not taken. */
function extend(item: Item, delta: Delta): Item {
  if (!item.open || delta.offset > item.text.length || delta.offset + delta.text.length <= item.text.length) return item
  return { ...item, text: item.text.slice(0, delta.offset) + delta.text }
}

/** What `Thread.apply` would do with a frame that may have come out of order. */
export type Fit = 'next' | 'old' | 'gap'

/** Which of several versions is shown, and the turns to go to for each. */
export interface Versions {
  /** From 0, in the order they were accepted. */
  readonly at: number
  readonly turnIds: readonly string[]
}

/** The turns of one session up to `cursor`. Mutable because a copy of the index per token would cost O(turns). */
export class Thread {
  /** Seq of the last recorded event that was applied. */
  seq = 0
  title: string | null = null
  deleted = false
  /** No further step is begun. */
  paused = false
  /** The last turn of the active branch: what is said next follows it. */
  head: string | null = null
  /** Every turn of every branch, in the order they were accepted. */
  readonly turns = new Map<string, Turn>()
  readonly #byEventId = new Map<string, string>()
  /** Turns by the one they follow, in the order they were accepted. */
  readonly #following = new Map<string | null, string[]>()
  /** For each turn, the one in which its message was first said: itself, or the one that it answers once more. */
  readonly #firstSaid = new Map<string, string>()
  #branch: readonly string[] | null = null
  #open: { readonly turnId: string; readonly itemId: string } | null = null

  /** Turn ids of the active branch, the first one first. The same array until a turn is added or the branch is changed. */
  get branch(): readonly string[] {
    if (this.#branch === null) {
      const path: string[] = []
      for (let id = this.head; id !== null; id = this.turns.get(id)?.parentId ?? null) path.push(id)
      this.#branch = path.reverse()
    }
    return this.#branch
  }

  /** The turn that the message of this key became, once the log holds it. */
  turnOf(eventId: string): string | undefined {
    return this.#byEventId.get(eventId)
  }

  /** The messages said in this turn's place, each by its newest turn but for its own. */
  messages(turnId: string): Versions {
    const own = this.#firstSaid.get(turnId)
    const newest = new Map<string | undefined, string>()
    for (const id of this.#beside(turnId)) if (newest.get(this.#firstSaid.get(id)) !== turnId) newest.set(this.#firstSaid.get(id), id)
    return { at: [...newest.keys()].indexOf(own), turnIds: [...newest.values()] }
  }

  /** The answers given to this turn's message. */
  answers(turnId: string): Versions {
    const own = this.#firstSaid.get(turnId)
    const turnIds = this.#beside(turnId).filter((id) => this.#firstSaid.get(id) === own)
    return { at: turnIds.indexOf(turnId), turnIds }
  }

  /** The turns that follow what this one follows, itself among them. */
  #beside(turnId: string): readonly string[] {
    const turn = this.turns.get(turnId)
    return turn === undefined ? [] : (this.#following.get(turn.parentId) ?? [])
  }

  /** Where to resume: `P`, or `P.O` while an item is open. */
  get cursor(): string {
    const open = this.openItem
    return open === null ? String(this.seq) : `${this.seq}.${open.item.text.length}`
  }

  get openItem(): { readonly turnId: string; readonly item: Item } | null {
    if (this.#open === null) return null
    const { turnId, itemId } = this.#open
    const item = this.turns.get(turnId)?.items.findLast((candidate) => candidate.id === itemId)
    return item === undefined ? null : { turnId, item }
  }

  /** Whether `data` follows what is known: for frames that came by another way than the log or the stream. */
  fit(data: Event | Delta): Fit {
    if (data.type !== 'item.delta') return data.seq <= this.seq ? 'old' : data.seq === this.seq + 1 ? 'next' : 'gap'
    if (data.after !== this.seq) return data.after < this.seq ? 'old' : 'gap'
    const open = this.openItem
    if (open === null || open.item.id !== data.item_id || data.offset > open.item.text.length) return 'gap'
    return data.offset + data.text.length <= open.item.text.length ? 'old' : 'next'
  }

  /** Takes one frame. Returns the id of the turn that changed, `''` if only the session did, `null` if nothing did. */
  apply(data: Event | Delta): string | null {
    if (data.type !== 'item.delta') {
      if (data.seq <= this.seq) return null
      this.seq = data.seq
    }
    switch (data.type) {
      case 'session.titled':
        this.title = data.title
        return ''
      case 'session.deleted':
        this.deleted = true
        return ''
      case 'session.created':
      case 'session.restored':
        return ''
      case 'session.paused':
      case 'session.resumed':
        this.paused = data.type === 'session.paused'
        return ''
      case 'session.reset':
        this.#moveTo(null)
        return ''
      case 'branch.switched':
        this.#moveTo(data.turn_id)
        return ''
      case 'turn.accepted':
        this.#accept(accepted(data, this.head))
        return data.turn_id
      case 'item.opened':
        this.#open = { turnId: data.turn_id, itemId: data.item_id }
        break
      case 'item.closed':
      case 'item.abandoned':
        if (this.#open?.itemId === data.item_id) this.#open = null
        break
    }
    // A type this release does not know has no turn, or one it leaves as it is.
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
    this.#firstSaid.set(turn.id, (turn.regenerates && this.#firstSaid.get(turn.regenerates)) || turn.id)
    const beside = this.#following.get(turn.parentId)
    if (beside === undefined) this.#following.set(turn.parentId, [turn.id])
    else beside.push(turn.id)
    this.#moveTo(turn.id)
  }

  #moveTo(head: string | null): void {
    this.head = head
    this.#branch = null
  }
}

/** A turn follows the active branch, unless its event says otherwise. */
const accepted = (data: Extract<Event, { type: 'turn.accepted' }>, head: string | null): Turn => ({
  id: data.turn_id,
  eventId: data.event_id,
  parentId: data.parent_turn_id === undefined ? head : data.parent_turn_id,
  regenerates: data.regenerates ?? null,
  acceptedAt: data.at,
  startedAt: null,
  endedAt: null,
  outcome: null,
  reason: null,
  usage: null,
  items: [],
  restarts: 0,
})
