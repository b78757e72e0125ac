/**
 * Messages on their way. Each has its key from the moment Enter was pressed, so sending one again (after a lost answer, a
 * reload, from two tabs) says it once. They leave in order, wait while we are offline, and stay on the screen when refused.
 */
import { ApiError, Unreachable } from '../../../shared/client/errors.ts'
import { api } from './api.ts'
import { auth, signedOut } from './auth.ts'
import { online } from './connection.ts'
import { type Signal, signal } from './signal.ts'
import { load, save } from './storage.ts'
import { isStatus, toUserError, type UserError } from './user-error.ts'

/** Where a message is said. */
export interface ReplyTarget {
  /** The turn its writer saw before it; `null`: none. Absent: whatever comes last when it arrives. */
  readonly parent?: string | null
  /** The turn that it is said instead of. */
  readonly replaces?: string
}

export interface OutgoingMessage extends ReplyTarget {
  readonly key: string
  readonly text: string
  readonly at: number
  readonly state: 'sending' | 'waiting' | 'sent' | 'failed'
  readonly trouble?: UserError
  /** What it became, once the server has said so. */
  readonly turnId?: string
  /** The message that it was written after, until that one has become a turn. */
  readonly follows?: string
}

const isLetters = (value: unknown): value is OutgoingMessage[] =>
  Array.isArray(value) && value.every((message) => typeof message?.key === 'string' && typeof message.text === 'string')

/** What the assistant may know about where we are. */
export const metadata = () => ({ time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone })

export class Outbox {
  readonly messages: Signal<readonly OutgoingMessage[]>
  readonly #sessionId: string
  readonly #onOutcome: (message: OutgoingMessage) => void
  #draining = false
  readonly #drops: (() => void)[]

  constructor(sessionId: string, onOutcome: (message: OutgoingMessage) => void) {
    this.#sessionId = sessionId
    this.#onOutcome = onOutcome
    const left = load(this.#storageKey, isLetters) ?? []
    this.messages = signal<readonly OutgoingMessage[]>(
      left.map((message) => (message.state === 'failed' ? message : { ...message, state: 'waiting' })),
    )
    this.#drops = [online.subscribe(() => void this.drain()), auth.subscribe(() => void this.drain())]
  }

  get #storageKey(): string {
    return `soma.outbox.${this.#sessionId}`
  }

  close(): void {
    for (const drop of this.#drops) drop()
  }

  /** Takes a message. It is on the screen before anything else happens. */
  send(text: string, place: ReplyTarget): void {
    const state = online.get() ? 'sending' : 'waiting'
    const message = { key: crypto.randomUUID(), text, at: Date.now(), state, ...this.#after(place) } as const
    this.#change((messages) => [...messages, message])
    void this.drain()
  }

  /** After the last message that is on its way, if there is one. */
  #after(place: ReplyTarget): ReplyTarget & Pick<OutgoingMessage, 'follows'> {
    const before = this.messages.get().findLast((message) => message.state !== 'failed')
    if (before === undefined || place.replaces !== undefined) return place
    if (before.turnId !== undefined) return { parent: before.turnId }
    return before.state === 'sent' ? {} : { ...place, follows: before.key }
  }

  /** Tries again. What is said instead of a turn keeps its place; else it comes after what its writer sees now. */
  resend(key: string, place: ReplyTarget): void {
    const message = this.messages.get().find((each) => each.key === key)
    if (message !== undefined) this.#update(key, { state: 'sending', ...(message.replaces === undefined && place) })
    void this.drain()
  }

  discard(key: string): void {
    this.#change((messages) => messages.filter((message) => message.key !== key))
  }

  /** What the log has now goes, and what was written after it knows its place. */
  settle(turnOf: (key: string) => string | undefined): void {
    for (const { key } of this.messages.get()) {
      const turnId = turnOf(key)
      if (turnId === undefined) continue
      this.#became(key, turnId)
      this.discard(key)
    }
  }

  async drain(): Promise<void> {
    if (this.#draining) return
    this.#draining = true
    try {
      while (online.get() && auth.get().kind === 'in') {
        const next = this.messages.get().find((message) => message.state === 'sending' || message.state === 'waiting')
        if (next === undefined) return
        if (!(await this.#sendOne(next))) return
      }
    } finally {
      this.#draining = false
    }
  }

  async #sendOne(message: OutgoingMessage): Promise<boolean> {
    this.#update(message.key, { state: 'sending' })
    try {
      const { key, text, parent: parent_turn_id } = message
      const body = {
        session_id: this.#sessionId,
        message: text,
        metadata: metadata(),
        ...(parent_turn_id !== undefined && { parent_turn_id }),
      }
      const { turn_id } = await api.sendMessage(body, { key })
      this.#became(key, turn_id)
      this.#update(key, { state: 'sent', turnId: turn_id })
      this.#onOutcome({ ...message, state: 'sent' })
      return true
    } catch (error) {
      if (error instanceof ApiError && error.problem.type === '/problems/idempotency_mismatch') {
        // It arrived the first time, when its place was another: the log will show it.
        this.#update(message.key, { state: 'sent' })
        this.#onOutcome({ ...message, state: 'sent' })
        return true
      }
      if (isStatus(error, 401)) {
        this.#update(message.key, { state: 'waiting' })
        await signedOut()
      } else if (error instanceof Unreachable) {
        this.#update(message.key, online.get() ? { state: 'failed', trouble: toUserError(error) } : { state: 'waiting' })
      } else this.#update(message.key, { state: 'failed', trouble: toUserError(error) })
      this.#onOutcome({ ...message, state: 'failed' })
      return false
    }
  }

  /** Who was written after the message `key` follows its turn. */
  #became(key: string, turnId: string): void {
    if (!this.messages.get().some((message) => message.follows === key)) return
    this.#change((messages) => messages.map((message) => (message.follows === key ? following(message, turnId) : message)))
  }

  #update(key: string, change: Partial<OutgoingMessage>): void {
    this.#change((messages) => messages.map((message) => (message.key === key ? { ...message, ...change } : message)))
  }

  #change(change: (messages: readonly OutgoingMessage[]) => readonly OutgoingMessage[]): void {
    this.messages.set(change)
    // What the server has confirmed needs no second life.
    const kept = this.messages.get().filter((message) => message.state !== 'sent')
    save(this.#storageKey, kept.length === 0 ? null : kept)
  }
}

const following = ({ follows: _, ...message }: OutgoingMessage, parent: string): OutgoingMessage => ({ ...message, parent })
