/**
 * Messages that are not in the log yet. Each gets its idempotency key when Enter is pressed, so a repeated send records it
 * once. Messages are sent in order and wait while the server cannot be reached. A refused message stays on the screen.
 */
import type { AttachmentRef } from '../../../shared/attachment/attachment-ref.ts'
import { ApiError, Unreachable } from '../../../shared/client/errors.ts'
import { backoff } from '../../../shared/lib/backoff.ts'
import { api } from './api.ts'
import { auth, signedOut } from './auth.ts'
import type { Choice } from './choice.ts'
import { online, stream } from './connection.ts'
import { type Signal, signal } from './signal.ts'
import { load, save } from './storage.ts'
import { isStatus, toUserError, type UserError } from './user-error.ts'

/** The place of a message in the tree of turns. */
export interface ReplyTarget {
  /** The turn before it on the screen; `null`: the first of the session. Absent: the server appends it to the active branch. */
  readonly parent?: string | null
  /** The turn of the message that it replaces. */
  readonly replaces?: string
}

export interface OutgoingMessage extends ReplyTarget, Choice {
  readonly key: string
  readonly text: string
  readonly attachments?: readonly AttachmentRef[]
  readonly at: number
  readonly state: 'sending' | 'waiting' | 'sent' | 'failed'
  /** Why it failed. The name is stored in browsers. */
  readonly trouble?: UserError
  /** Its turn, once the server has accepted it. */
  readonly turnId?: string
  /** The key of the message before it, until that one has a turn. */
  readonly follows?: string
}

/** The pauses between attempts while the server cannot be reached. */
const firstRetryMs = 1_000
const maxRetryMs = 30_000

const isMessages = (value: unknown): value is OutgoingMessage[] =>
  Array.isArray(value) && value.every((message) => typeof message?.key === 'string' && typeof message.text === 'string')

/** What each message contains about the user: the time zone. */
export const metadata = () => ({ time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone })

export class Outbox {
  readonly messages: Signal<readonly OutgoingMessage[]>
  readonly #sessionId: string
  readonly #onOutcome: (message: OutgoingMessage) => void
  #draining = false
  readonly #drops: (() => void)[]
  /** Attempts in a row that did not reach the server, and the timer of the next one. */
  #failures = 0
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(sessionId: string, onOutcome: (message: OutgoingMessage) => void) {
    this.#sessionId = sessionId
    this.#onOutcome = onOutcome
    const unsent = load(this.#storageKey, isMessages) ?? []
    this.messages = signal<readonly OutgoingMessage[]>(
      unsent.map((message) => (message.state === 'failed' ? message : { ...message, state: 'waiting' })),
    )
    const drain = () => void this.drain()
    this.#drops = [
      online.subscribe(drain),
      auth.subscribe(drain),
      // The stream is connected again, so the server can be reached.
      stream.subscribe(() => stream.get()?.kind === 'live' && drain()),
    ]
  }

  get #storageKey(): string {
    return `soma.outbox.${this.#sessionId}`
  }

  close(): void {
    clearTimeout(this.#retry)
    for (const drop of this.#drops) drop()
  }

  /** Adds a message to the screen, then sends it. */
  send(text: string, target: ReplyTarget, { persona_id, model }: Choice = {}, attachments: readonly AttachmentRef[] = []): void {
    const state = online.get() && auth.get().kind !== 'offline' ? 'sending' : 'waiting'
    const key = crypto.randomUUID()
    const files = attachments.length > 0 && { attachments }
    const message = { key, text, at: Date.now(), state, persona_id, model, ...files, ...this.#after(target) } as const
    this.#change((messages) => [...messages, message])
    void this.drain()
  }

  /** Places a message after the last pending one, if there is one. */
  #after(target: ReplyTarget): ReplyTarget & Pick<OutgoingMessage, 'follows'> {
    const before = this.messages.get().findLast((message) => message.state !== 'failed')
    if (before === undefined || target.replaces !== undefined) return target
    if (before.turnId !== undefined) return { parent: before.turnId }
    return before.state === 'sent' ? {} : { ...target, follows: before.key }
  }

  /**
   * Sends a failed message again. An edit keeps its place; any other message moves after what is on the screen now. `choice`: it may have
   * failed because of the one before.
   */
  resend(key: string, target: ReplyTarget, { persona_id, model }: Choice = {}): void {
    const message = this.messages.get().find((each) => each.key === key)
    if (message !== undefined) this.#update(key, { state: 'sending', persona_id, model, ...(message.replaces === undefined && target) })
    void this.drain()
  }

  discard(key: string): void {
    this.#change((messages) => messages.filter((message) => message.key !== key))
  }

  /** Removes the messages that the log contains, and places the ones that follow them. */
  settle(turnOf: (key: string) => string | undefined): void {
    for (const { key } of this.messages.get()) {
      const turnId = turnOf(key)
      if (turnId === undefined) continue
      this.#setParent(key, turnId)
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
      const { key, text, attachments, parent: parent_turn_id, persona_id, model } = message
      const body = {
        session_id: this.#sessionId,
        message: text,
        metadata: metadata(),
        ...(parent_turn_id !== undefined && { parent_turn_id }),
        ...(persona_id !== undefined && { persona_id }),
        ...(model !== undefined && { model }),
        ...(attachments !== undefined && { attachments: attachments.map(({ id }) => id) }),
      }
      const { turn_id } = await api.sendMessage(body, { key })
      this.#failures = 0
      this.#setParent(key, turn_id)
      this.#update(key, { state: 'sent', turnId: turn_id })
      this.#onOutcome({ ...message, state: 'sent' })
      return true
    } catch (error) {
      if (error instanceof ApiError && error.problem.type === '/problems/idempotency_mismatch') {
        // The first attempt arrived with another parent. The log will show it.
        this.#update(message.key, { state: 'sent' })
        this.#onOutcome({ ...message, state: 'sent' })
        return true
      }
      const expired = isStatus(error, 401)
      const isUnsent = expired || error instanceof Unreachable
      if (isUnsent) this.#change((messages) => messages.map((each) => (each.state === 'sending' ? { ...each, state: 'waiting' } : each)))
      else this.#update(message.key, { state: 'failed', trouble: toUserError(error) })
      if (expired) await signedOut()
      else if (isUnsent) this.#drainLater()
      this.#onOutcome({ ...message, state: isUnsent ? 'waiting' : 'failed' })
      return false
    }
  }

  /** Tries again after a while: a new conversation has no stream that reports the connection. */
  #drainLater(): void {
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.drain(), backoff(++this.#failures, firstRetryMs, maxRetryMs))
  }

  /** Makes `turnId` the parent of the message that follows `key`. */
  #setParent(key: string, turnId: string): void {
    if (!this.messages.get().some((message) => message.follows === key)) return
    this.#change((messages) => messages.map((message) => (message.follows === key ? withParent(message, turnId) : message)))
  }

  #update(key: string, change: Partial<OutgoingMessage>): void {
    this.#change((messages) => messages.map((message) => (message.key === key ? { ...message, ...change } : message)))
  }

  #change(change: (messages: readonly OutgoingMessage[]) => readonly OutgoingMessage[]): void {
    this.messages.set(change)
    // A sent message is on the server and is not stored.
    const unsent = this.messages.get().filter((message) => message.state !== 'sent')
    save(this.#storageKey, unsent.length === 0 ? null : unsent)
  }
}

const withParent = ({ follows: _, ...message }: OutgoingMessage, parent: string): OutgoingMessage => ({ ...message, parent })
