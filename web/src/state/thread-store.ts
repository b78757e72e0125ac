/** A `Thread` with one subscription per turn. It notifies at most once per two animation frames. */

import { Thread } from '../../../shared/client/thread.ts'
import type { Turn } from '../../../shared/client/turn.ts'
import type { FrameBody } from '../../../shared/events/frame-body.ts'
import { nextFrame } from './frame.ts'
import type { UserError } from './user-error.ts'

export type Phase =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  /** The server cannot be reached: the thread is a copy that was saved at `at` (Unix ms). */
  | { readonly kind: 'saved'; readonly at: number }
  /** The session does not exist before its first message. */
  | { readonly kind: 'new' }
  | { readonly kind: 'missing' }
  /** Deleted, and can be restored. */
  | { readonly kind: 'trashed' }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'failed'; readonly error: UserError }

/** Whether the session cannot be read: it does not exist, or no longer. */
export const isGone = ({ kind }: Phase): boolean => kind === 'missing' || kind === 'trashed' || kind === 'deleted'

/** State of the session as a whole, without the content of its turns. */
export interface Outline {
  readonly phase: Phase
  /** The shown turns: the active branch, after those from before the context was cleared. */
  readonly turns: readonly string[]
  /** The running or next turn, on any branch; `null` when no turn waits or the session is paused. */
  readonly active: string | null
  /** Accepted turns that have not ended, in order. */
  readonly waiting: readonly string[]
  readonly paused: boolean
  /** The persona of the session; `null`: none, or not known yet. */
  readonly persona: string | null
  /** The context was cleared after all turns: the last one. `null`: it was not. */
  readonly clearedAfter: string | null
}

/** Shortest time between two notifications: every other frame, which halves the layout work. */
const minIntervalMs = 25
/** Longest time between two notifications, for a reader who follows the words. */
const maxIntervalMs = 100
/** Rendering takes at most one part of this many of the time, so that keys and scrolling have the rest. */
const parts = 4

/** The time from one notification to the next. `costMs`: how long the views took to render the last one. */
export const notifyInterval = (costMs: number): number => Math.min(maxIntervalMs, Math.max(minIntervalMs, parts * costMs))

export class ThreadStore {
  thread = new Thread()
  #phase: Phase = { kind: 'loading' }
  /** The phase before the session was deleted: a replayed log may restore it. */
  #phaseBeforeTrash: Phase = { kind: 'loading' }
  #waiting: readonly string[] = []
  #outline: Outline | null = null
  readonly #listeners = new Map<string, Set<() => void>>()
  /** Subscriptions to notify: a turn by its id, the outline by `''`. */
  readonly #dirty = new Set<string>()
  #scheduled = false
  #flushedAt = Number.NEGATIVE_INFINITY
  #intervalMs = minIntervalMs

  apply(data: FrameBody): void {
    const changed = this.thread.apply(data)
    if (changed === null) return
    if (changed !== '') this.#notify(changed)
    switch (data.type) {
      case 'item.delta':
      case 'reasoning.delta':
      case 'item.added':
      case 'item.opened':
      case 'item.closed':
      case 'item.abandoned':
      case 'turn.retrying':
        return
      case 'session.deleted':
        this.#phase = { kind: 'deleted' }
        break
      case 'session.trashed':
        if (this.#phase.kind !== 'trashed') this.#phaseBeforeTrash = this.#phase
        this.#phase = { kind: 'trashed' }
        break
      case 'session.untrashed':
        this.#phase = this.#phaseBeforeTrash
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

  /** Clears the thread, so that the log can be read again from its start. */
  reset(): void {
    this.thread = new Thread()
    this.#waiting = []
    this.#phase = { kind: 'loading' }
    this.#outlineChanged()
  }

  /** Shows turns that were saved earlier, until the log can be read. */
  showCopy({ turns, savedAt }: { readonly turns: readonly Turn[]; readonly savedAt: number }): void {
    this.thread = Thread.ofTurns(turns)
    this.#waiting = []
    this.#phase = { kind: 'saved', at: savedAt }
    this.#outlineChanged()
  }

  setPhase(phase: Phase): void {
    if (this.#phase.kind === phase.kind && phase.kind !== 'failed') return
    // The server answers for a deleted session as for a missing one.
    if (this.#phase.kind === 'trashed') return
    this.#phase = phase
    this.#outlineChanged()
  }

  /** Computed on demand: reading a log changes it a thousand times between two renders. */
  readonly outline = (): Outline => {
    this.#outline ??= this.#computeOutline()
    return this.#outline
  }
  readonly turn = (id: string): Turn | undefined => this.thread.turns.get(id)

  /** Subscribes to one turn, or to the outline with `''`. */
  subscribe(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0) this.#listeners.delete(id)
    }
  }

  #computeOutline(): Outline {
    const { head, path, paused, persona, turns } = this.thread
    const next = this.#waiting[0]
    const isHeld = paused && next !== undefined && turns.get(next)?.startedAt === null
    return {
      phase: this.#phase,
      turns: path,
      active: next === undefined || isHeld ? null : next,
      waiting: this.#waiting,
      paused,
      persona,
      clearedAfter: head === null ? (path.at(-1) ?? null) : null,
    }
  }

  #outlineChanged(): void {
    this.#outline = null
    this.#notify('')
  }

  #notify(id: string): void {
    this.#dirty.add(id)
    if (this.#scheduled) return
    this.#scheduled = true
    nextFrame(this.#flush)
  }

  readonly #flush = (): void => {
    const now = performance.now()
    if (now - this.#flushedAt < this.#intervalMs) {
      nextFrame(this.#flush)
      return
    }
    this.#flushedAt = now
    this.#scheduled = false
    const ids = [...this.#dirty]
    this.#dirty.clear()
    for (const changed of ids) for (const listener of this.#listeners.get(changed) ?? []) listener()
    // React renders in a microtask of its own, which comes first.
    queueMicrotask(() => {
      this.#intervalMs = notifyInterval(performance.now() - now)
    })
  }
}
