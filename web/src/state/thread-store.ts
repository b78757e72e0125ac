/** A `Thread` that views can follow turn by turn: one subscription per turn, and one notification per frame of the screen. */

import { Thread, type Turn } from '../../../shared/client/thread.ts'
import type { Delta, Event } from '../../../shared/event.ts'
import type { Trouble } from './words.ts'

export type Phase =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  /** Nothing was said here yet: the session begins with its first message. */
  | { readonly kind: 'new' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'failed'; readonly trouble: Trouble }

/** What changes with the session rather than with one of its turns. */
export interface Outline {
  readonly phase: Phase
  readonly turns: readonly string[]
  /** The turn being answered or about to be, `null` when nothing waits. */
  readonly active: string | null
  /** Turns accepted and not ended, in order. */
  readonly waiting: readonly string[]
  /** Keys of messages that the log knows. */
  readonly known: ReadonlySet<string>
}

const none: readonly string[] = []

export class ThreadStore {
  thread = new Thread()
  #outline: Outline = { phase: { kind: 'loading' }, turns: none, active: null, waiting: none, known: new Set() }
  readonly #listeners = new Map<string, Set<() => void>>()
  readonly #dirty = new Set<string>()
  #scheduled = false

  apply(data: Event | Delta): void {
    const changed = this.thread.apply(data)
    if (changed === null) return
    if (changed !== '') this.#dirty.add(changed)
    if (data.type !== 'item.delta') this.#reckon(data)
    this.#schedule()
  }

  /** Forgets everything: the log is to be read again from its beginning. */
  reset(): void {
    this.thread = new Thread()
    this.#outline = { phase: { kind: 'loading' }, turns: none, active: null, waiting: none, known: new Set() }
    this.#schedule()
  }

  setPhase(phase: Phase): void {
    this.#outline = { ...this.#outline, phase }
    this.#schedule()
  }

  readonly outline = (): Outline => this.#outline
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

  #reckon(event: Event): void {
    const before = this.#outline
    if (event.type === 'session.deleted') this.#outline = { ...before, phase: { kind: 'deleted' } }
    if (event.type === 'turn.accepted') {
      const waiting = [...before.waiting, event.turn_id]
      const known = new Set(before.known).add(event.event_id)
      this.#outline = { ...before, turns: this.thread.order, waiting, active: waiting[0] ?? null, known }
    }
    if (event.type === 'turn.ended') {
      const waiting = before.waiting.filter((id) => id !== event.turn_id)
      this.#outline = { ...before, waiting, active: waiting[0] ?? null }
    }
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const flush = () => {
      if (!this.#scheduled) return
      this.#scheduled = false
      clearTimeout(timer)
      const turns = [...this.#dirty]
      this.#dirty.clear()
      for (const id of [...turns, '']) for (const listener of this.#listeners.get(id) ?? []) listener()
    }
    // A hidden page gets no animation frames, and must keep up all the same.
    const timer = setTimeout(flush, 120)
    requestAnimationFrame(flush)
  }
}
