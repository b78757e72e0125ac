/** One conversation on the screen: its thread, its feed and its outbox, alive while somebody looks. */
import { api } from './api.ts'
import { attempt } from './attempt.ts'
import { online } from './connection.ts'
import { Feed } from './feed.ts'
import { metadata, Outbox, type ReplyTarget } from './outbox.ts'
import { changed, touched } from './sessions.ts'
import { ThreadStore } from './thread-store.ts'
import { showToast } from './toast.ts'
import { toUserError } from './user-error.ts'

export class Conversation {
  readonly id: string
  readonly store = new ThreadStore()
  readonly outbox: Outbox
  #feed: Feed | null = null
  #fresh: boolean

  constructor(id: string, fresh: boolean) {
    this.id = id
    this.#fresh = fresh
    this.outbox = new Outbox(id, (message) => (message.state === 'sent' ? this.#sent(message.text) : touched(id, message.text, 'idle')))
    if (fresh) this.store.setPhase({ kind: 'new' })
  }

  /** Begins following; returns what ends it. The thread stays, so that coming back is instant. */
  attach(): () => void {
    const drop = this.store.subscribe('', () => this.#look())
    // A session that was never sent exists nowhere yet: there is nothing to follow before its first message arrived.
    if (!this.#fresh && this.outbox.messages.get().length === 0) this.#follow()
    else if (!this.#fresh) void this.outbox.drain().then(() => this.#follow())
    void this.outbox.drain()
    return () => {
      drop()
      this.#feed?.stop()
      this.#feed = null
    }
  }

  /** Says `text` after what is on the screen: if others went on meanwhile, it stands beside what they said, and over nothing. */
  send(text: string): void {
    touched(this.id, text, online.get() ? 'running' : 'idle')
    this.outbox.send(text, this.#here())
  }

  resend(key: string): void {
    this.outbox.resend(key, this.#here())
  }

  /** Says `text` in the place of a turn's message, which stays on a branch of its own. */
  edit(turnId: string, text: string): void {
    const turn = this.store.turn(turnId)
    if (turn === undefined) return
    touched(this.id, text, online.get() ? 'running' : 'idle')
    this.outbox.send(text, { parent: turn.parentId, replaces: turnId })
  }

  async regenerate(turnId: string): Promise<void> {
    await attempt('There is no new answer yet.', () => api.regenerate(this.id, turnId, { metadata: metadata() }))
  }

  /** Shows the branch of another version; resolves once the server has taken it. */
  async switchTo(turnId: string): Promise<void> {
    await attempt('The version could not be changed.', () => api.switchBranch(this.id, turnId))
  }

  /** The end of what is on the screen. While the log is still being read, that is not known. */
  #here(): ReplyTarget {
    return this.store.outline().phase.kind === 'ready' ? { parent: this.store.thread.head } : {}
  }

  /** Stops the turn that is being answered, or takes back one that waits. */
  async stop(turnId: string): Promise<void> {
    try {
      await api.cancelTurn(this.id, turnId)
    } catch (error) {
      showToast(`The answer could not be stopped. ${toUserError(error).detail}`, 'error')
    }
  }

  retryNow(): void {
    this.#feed?.retryNow()
    void this.outbox.drain()
  }

  #sent(text: string): void {
    this.#fresh = false
    touched(this.id, text, 'running')
    changed()
    if (this.store.outline().phase.kind === 'missing') {
      // Asked for before this message made it.
      this.#feed?.stop()
      this.#feed = null
      this.store.reset()
    }
    this.#follow()
  }

  #follow(): void {
    if (this.#feed !== null) return
    this.#feed = new Feed(this.id, this.store)
    void this.#feed.start()
  }

  #active: string | null = null
  #look(): void {
    const outline = this.store.outline()
    this.outbox.settle((key) => this.store.thread.turnOf(key))
    // An ended turn changes the session's state and place in the list.
    if (this.#active !== null && outline.active !== this.#active) changed()
    this.#active = outline.active
  }
}

/** The last few conversations, kept warm. */
const kept = new Map<string, Conversation>()
const keptAtMost = 8

export function conversationOf(id: string, fresh = false): Conversation {
  const found = kept.get(id) ?? new Conversation(id, fresh)
  kept.delete(id)
  kept.set(id, found)
  if (kept.size > keptAtMost) {
    const [oldest] = kept.keys()
    if (oldest !== undefined) {
      kept.get(oldest)?.outbox.close()
      kept.delete(oldest)
    }
  }
  return found
}

export const forget = (id: string): void => {
  kept.get(id)?.outbox.close()
  kept.delete(id)
}
