import { type FrameBody, isRecorded } from '../events/frame-body.ts'
import { acceptedTurn, foldTurn, type Item, type Turn } from './turn.ts'

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
