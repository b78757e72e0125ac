/** One conversation on the screen: its thread, its feed and its outbox. */

import type { AttachmentRef } from '../../../shared/attachment/attachment-ref.ts'
import { state } from '../strings/state.ts'
import { api } from './api.ts'
import { type Choice, choiceIn } from './choice.ts'
import { online } from './connection.ts'
import { Feed } from './feed.ts'
import { metadata, Outbox, type OutgoingMessage, type ReplyTarget } from './outbox.ts'
import { changed, moveToTop, unlist } from './sessions.ts'
import { ThreadStore } from './thread-store.ts'
import { withErrorToast } from './with-error-toast.ts'

export class Conversation {
  readonly id: string
  readonly store = new ThreadStore()
  readonly outbox: Outbox
  #feed: Feed | null = null
  #fresh: boolean

  constructor(id: string, fresh: boolean) {
    this.id = id
    this.#fresh = fresh
    this.outbox = new Outbox(id, (message) => (message.state === 'sent' ? this.#sent(message.text) : this.#unsent(message)))
    if (fresh) this.store.setPhase({ kind: 'new' })
  }

  /** Starts the feed and returns a function that stops it. The thread stays in memory, so reopening is instant. */
  attach(): () => void {
    const drop = this.store.subscribe('', () => this.#onOutline())
    // A new session does not exist on the server before its first message.
    if (!this.#fresh && this.outbox.messages.get().length === 0) this.#follow()
    else if (!this.#fresh) void this.outbox.drain().then(() => this.#follow())
    void this.outbox.drain()
    return () => {
      drop()
      this.#feed?.stop()
      this.#feed = null
    }
  }

  /** Sends `text` after the last turn on the screen. A newer turn from elsewhere becomes another branch. */
  send(text: string, files: readonly AttachmentRef[] = []): void {
    moveToTop(this.id, text, online.get() ? 'running' : 'idle', this.#fresh)
    this.outbox.send(text, this.#replyTarget(), this.#choice(), files)
  }

  resend(key: string): void {
    this.outbox.resend(key, this.#replyTarget(), this.#choice())
  }

  /** Replaces the text of a turn's message on a new branch. The files stay, and so does the old branch. */
  edit(turnId: string, text: string): void {
    const turn = this.store.turn(turnId)
    if (turn === undefined) return
    moveToTop(this.id, text, online.get() ? 'running' : 'idle', this.#fresh)
    const files = turn.items.find(({ role }) => role === 'user')?.attachments
    this.outbox.send(text, { parent: turn.parentId, replaces: turnId }, this.#choice(), files)
  }

  async regenerate(turnId: string): Promise<void> {
    await withErrorToast(state.failed.answerAgain, () => api.regenerate(this.id, turnId, { metadata: metadata() }))
  }

  /** Switches to the branch of another version. Resolves when the server has switched. */
  async switchTo(turnId: string): Promise<void> {
    await withErrorToast(state.failed.switchVersion, () => api.switchBranch(this.id, turnId))
  }

  /** The last turn on the screen. Unknown while the log is being read. */
  #replyTarget(): ReplyTarget {
    return this.store.outline().phase.kind === 'ready' ? { parent: this.store.thread.head } : {}
  }

  /** Who answers the next message. The session's own persona needs no name. */
  #choice(): Choice {
    const { persona_id, model } = choiceIn(this.id)
    return { persona_id: persona_id === this.store.thread.persona ? undefined : persona_id, model }
  }

  /** Cancels a running or waiting turn. */
  async stop(turnId: string): Promise<void> {
    await withErrorToast(state.failed.stop, () => api.cancelTurn(this.id, turnId))
  }

  retryNow(): void {
    this.#feed?.retryNow()
    void this.outbox.drain()
  }

  /** Reads the log again from its start. */
  reload(): void {
    const isAttached = this.#feed !== null
    this.#feed?.stop()
    this.#feed = null
    this.store.reset()
    if (isAttached) this.#follow()
  }

  #sent(text: string): void {
    moveToTop(this.id, text, 'running', this.#fresh)
    this.#fresh = false
    changed()
    if (this.store.outline().phase.kind === 'missing') {
      // The feed asked for the session before this message created it.
      this.reload()
    }
    this.#follow()
  }

  /** A refused first message creates no session, so the list must not show one. */
  #unsent({ text, state }: OutgoingMessage): void {
    if (this.#fresh && state === 'failed') unlist(this.id)
    else moveToTop(this.id, text, 'idle', false)
  }

  #follow(): void {
    if (this.#feed !== null) return
    this.#feed = new Feed(this.id, this.store)
    void this.#feed.start()
  }

  #active: string | null = null
  #onOutline(): void {
    const outline = this.store.outline()
    this.outbox.settle((key) => this.store.thread.turnOf(key))
    // An ended turn changes the session's state and place in the list.
    if (this.#active !== null && outline.active !== this.#active) changed()
    this.#active = outline.active
  }
}

/** The last conversations, kept in memory so that reopening is instant. */
const recent = new Map<string, Conversation>()
const maxRecent = 8

export function conversationOf(id: string, fresh = false): Conversation {
  const conversation = recent.get(id) ?? new Conversation(id, fresh)
  recent.delete(id)
  recent.set(id, conversation)
  if (recent.size > maxRecent) {
    const [oldest] = recent.keys()
    if (oldest !== undefined) {
      recent.get(oldest)?.outbox.close()
      recent.delete(oldest)
    }
  }
  return conversation
}

/** A conversation that this tab has opened and still holds. */
export const openConversation = (id: string): Conversation | undefined => recent.get(id)

/** The conversations that the user deleted in this browser, and can restore. The server does not tell them from missing ones. */
export const deletedHere = new Set<string>()

interface Deletion {
  readonly id: string
  readonly deleted: boolean
}

const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('soma.deleted')
tabs?.addEventListener('message', ({ data }: MessageEvent<Deletion>) => showDeletion(data))

function showDeletion({ id, deleted }: Deletion): void {
  const conversation = recent.get(id)
  if (deleted) {
    deletedHere.add(id)
    unlist(id)
    conversation?.store.setPhase({ kind: 'trashed' })
  } else {
    deletedHere.delete(id)
    conversation?.reload()
  }
}

/** Shows in every tab that a conversation is deleted, or restored. */
export function markDeleted(id: string, deleted: boolean): void {
  showDeletion({ id, deleted })
  tabs?.postMessage({ id, deleted } satisfies Deletion)
}
