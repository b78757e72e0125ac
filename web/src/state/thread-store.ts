/** A `Thread` that views can follow turn by turn: one subscription per turn, and at most one notification per two frames of the screen. */

import { Thread, type Turn } from '../../../shared/client/thread.ts'
import type { Delta, Event } from '../../../shared/events/event.ts'
import { nextFrame } from './frame.ts'
import type { UserError } from './user-error.ts'

export type Phase =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  /** Nothing was said here yet: the session begins with its first message. */
  | { readonly kind: 'new' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'failed'; readonly trouble: UserError }

/** What changes with the session rather than with one of its turns. */
export interface Outline {
  readonly phase: Phase
  /** The active branch. */
  readonly turns: readonly string[]
  /** The turn being answered or about to be, on whatever branch; `null` when nothing waits, or what waits is paused. */
  readonly active: string | null
  /** Turns accepted and not ended, in order. */
  readonly waiting: readonly string[]
  readonly paused: boolean
  /** The last turn of all, while the active branch has none: where to go back to. */
  readonly left: string | null
}

/** Every other frame of the screen: nobody reads faster, and what is laid out and painted half as often costs half as much. */
const restMs = 25

export class ThreadStore {
  thread = new Thread()
  #phase: Phase = { kind: 'loading' }
  #waiting: readonly string[] = []
  #outline: Outline | null = null
  readonly #listeners = new Map<string, Set<() => void>>()
  /** Who is to be told: turns by their id, the outline by `''`. */
  readonly #dirty = new Set<string>()
  #scheduled = false
  #flushedAt = Number.NEGATIVE_INFINITY

  apply(data: Event | Delta): void {
    const changed = this.thread.apply(data)
    if (changed === null) return
    if (changed !== '') this.#tell(changed)
    switch (data.type) {
      case 'item.delta':
      case 'item.added':
      case 'item.opened':
      case 'item.closed':
      case 'item.abandoned':
        return
      case 'session.deleted':
        this.#phase = { kind: 'deleted' }
        break
      case 'turn.accepted':
        this.#waiting = [...this.#waiting, data.turn_id]
        break
      case 'turn.ended':
        this.#waiting = this.#waiting.filter((id) => id !== data.turn_id)
        break
    }
    this.#outlineChanged()
  }

  /** Forgets everything: the log is to be read again from its beginning. */
  reset(): void {
    this.thread = new Thread()
    this.#waiting = []
    this.#phase = { kind: 'loading' }
    this.#outlineChanged()
  }

  setPhase(phase: Phase): void {
    if (this.#phase.kind === phase.kind && phase.kind !== 'failed') return
    this.#phase = phase
    this.#outlineChanged()
  }

  /** Made when it is asked for: a log that is being read changes it a thousand times between two looks. */
  readonly outline = (): Outline => {
    this.#outline ??= this.#reckon()
    return this.#outline
  }
  readonly turn = (id: string): Turn | undefined => this.thread.turns.get(id)

  /** Follows one turn, or with `''` the outline. */
  subscribe(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(id)
    }
  }

  #reckon(): Outline {
    const { branch, paused, turns } = this.thread
    const next = this.#waiting[0]
    const held = paused && next !== undefined && turns.get(next)?.startedAt === null
    return {
      phase: this.#phase,
      turns: branch,
      active: next === undefined || held ? null : next,
      waiting: this.#waiting,
      paused,
      left: branch.length === 0 ? ([...turns.keys()].at(-1) ?? null) : null,
    }
  }

  #outlineChanged(): void {
    this.#outline = null
    this.#tell('')
  }

  #tell(id: string): void {
    this.#dirty.add(id)
    if (this.#scheduled) return
    this.#scheduled = true
    nextFrame(this.#flush)
  }

  readonly #flush = (): void => {
    const now = performance.now()
    if (now - this.#flushedAt < restMs) {
      nextFrame(this.#flush)
      return
    }
    this.#flushedAt = now
    this.#scheduled = false
    const ids = [...this.#dirty]
    this.#dirty.clear()
    for (const changed of ids) for (const listener of this.#listeners.get(changed) ?? []) listener()
  }
}
