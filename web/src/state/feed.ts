/**
 * Keeps the thread of one session up to date. One of the tabs that show the session is the leader. It holds the Web Lock, reads the stream
 * and forwards the frames to the followers. When the leader closes or is hidden, the lock passes on, and the next leader resumes at its own
 * cursor. A hidden tab gives up its stream.
 */

import { Unreachable } from '../../../shared/client/errors.ts'
import type { Frame, WatchStatus } from '../../../shared/client/watch.ts'
import { pause } from '../../../shared/lib/timeout.ts'
import { api } from './api.ts'
import { auth, signedOut } from './auth.ts'
import { online, stream } from './connection.ts'
import { nextFrame } from './frame.ts'
import { logPages, pageEvents } from './log-pages.ts'
import { savedCopy } from './saved.ts'
import { takeSlot } from './slots.ts'
import { isGone, type ThreadStore } from './thread-store.ts'
import { isStatus, toUserError } from './user-error.ts'
import { untilVisible, whileVisible } from './visible.ts'

type TabMessage =
  | { readonly kind: 'frames'; readonly frames: readonly Frame['data'][] }
  /** From a follower: it has the log up to `seq` and may lack the text of the open item. */
  | { readonly kind: 'hello'; readonly seq: number }
  /** From the leader: the log reaches `seq`. A follower that lacks events reads the log. */
  | { readonly kind: 'tip'; readonly seq: number }
  | { readonly kind: 'status'; readonly status: WatchStatus | null }
  | { readonly kind: 'retry' }

/** Interval of reading the log while no stream slot is free. */
const pollMs = 1_500
/** Interval of asking for the log while a saved copy is shown. */
const copyRetryMs = 5_000

export class Feed {
  readonly #sessionId: string
  readonly #store: ThreadStore
  readonly #stop = new AbortController()
  readonly #channel: BroadcastChannel | null
  /** Whether another tab has sent a message. Until then no frames are forwarded. */
  #hasFollowers = false
  #outgoing: Frame['data'][] = []
  #leading = false
  #catchingUp: Promise<void> | null = null
  #pendingFrames: Frame['data'][] = []
  #connection = new AbortController()
  #status: WatchStatus | null = null

  constructor(sessionId: string, store: ThreadStore) {
    this.#sessionId = sessionId
    this.#store = store
    this.#channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`soma.session.${sessionId}`)
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => this.#receive(data))
  }

  /** Runs until `stop`. */
  async start(): Promise<void> {
    const { signal } = this.#stop
    const dropOnline = online.subscribe(() => online.get() && this.retryNow())
    // The log is read while the tab waits for the lead, so the thread shows at once.
    const loaded = this.#catchUp()
    void loaded.then(() => this.#post({ kind: 'hello', seq: this.#store.thread.seq }))
    try {
      await untilVisible(signal)
      while (!signal.aborted && this.#canRead()) await this.#elect(loaded)
    } finally {
      dropOnline()
    }
  }

  /** Waits for the lead and leads until the page is hidden. Returns when the page is visible again. */
  async #elect(loaded: Promise<void>): Promise<void> {
    const { signal } = this.#stop
    const visibility = whileVisible(signal)
    try {
      if ('locks' in navigator && this.#channel !== null) {
        const name = `soma.lead.${this.#sessionId}`
        await navigator.locks.request(name, { signal: visibility.signal }, () => this.#lead(loaded, visibility.signal))
      } else await this.#lead(loaded, visibility.signal)
    } catch (error) {
      if (!visibility.signal.aborted) throw error
    } finally {
      visibility.drop()
    }
    await untilVisible(signal)
    // Frames may be missing: another tab led while this one was hidden.
    this.#post({ kind: 'hello', seq: this.#store.thread.seq })
  }

  stop(): void {
    this.#stop.abort()
    this.#connection.abort()
    this.#channel?.close()
    stream.set(null)
  }

  /** Ends the backoff, here or in the leader. An open connection is replaced: after a change of network it may be broken. */
  retryNow(): void {
    const phase = this.#store.outline().phase.kind
    if (phase === 'failed' || phase === 'saved') void this.#catchUp()
    if (!this.#leading) this.#post({ kind: 'retry' })
    else if (this.#status?.kind === 'waiting') this.#status.retryNow()
    else this.#connection.abort()
  }

  async #lead(loaded: Promise<void>, signal: AbortSignal): Promise<void> {
    this.#leading = true
    await loaded
    while (!signal.aborted && this.#canRead()) {
      if (this.#isCopy()) {
        await this.#untilRetry(signal)
        continue
      }
      const release = await takeSlot()
      try {
        if (release === null) await this.#poll(signal)
        else await this.#stream(signal)
      } catch (error) {
        await this.#onError(error)
      } finally {
        release?.()
      }
    }
    this.#leading = false
    stream.set(null)
  }

  /** Whether the thread is a saved copy, which no frame continues. */
  #isCopy(): boolean {
    return this.#store.outline().phase.kind === 'saved'
  }

  /** Waits, and reads the log. A retry ends the wait. */
  async #untilRetry(visibility: AbortSignal): Promise<void> {
    this.#connection = new AbortController()
    await pause(copyRetryMs, AbortSignal.any([this.#connection.signal, visibility])).done
    if (!visibility.aborted) await this.#catchUp()
  }

  #canRead(): boolean {
    return !isGone(this.#store.outline().phase)
  }

  async #stream(visibility: AbortSignal): Promise<void> {
    this.#connection = new AbortController()
    const signal = AbortSignal.any([this.#connection.signal, visibility])
    const frames = api.watch(this.#sessionId, { after: this.#store.thread.cursor, signal, onStatus: (status) => this.#report(status) })
    for await (const { data } of frames) {
      this.#store.apply(data)
      this.#forward(data)
    }
  }

  /** Forwards a frame to the followers, batched per animation frame. */
  #forward(data: Frame['data']): void {
    if (!this.#hasFollowers) return
    this.#outgoing.push(data)
    if (this.#outgoing.length === 1) nextFrame(() => this.#flushOutgoing())
  }

  #flushOutgoing(): void {
    const frames = this.#outgoing
    this.#outgoing = []
    if (frames.length > 0) this.#post({ kind: 'frames', frames })
  }

  async #poll(signal: AbortSignal): Promise<void> {
    this.#report({ kind: 'live' })
    await this.#catchUp()
    this.#post({ kind: 'tip', seq: this.#store.thread.seq })
    await pause(pollMs, signal).done
  }

  async #onError(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return
    if (isStatus(error, 404)) this.#store.setPhase({ kind: 'missing' })
    else if (isStatus(error, 410)) this.#store.setPhase({ kind: 'deleted' })
    else if (isStatus(error, 400)) {
      // The cursor is unknown, because the log was restored from a backup: read it from the start.
      this.#store.reset()
      await this.#catchUp()
    } else if (isStatus(error, 401)) {
      await signedOut()
      await this.#untilSignedIn()
    } else {
      console.error('stream', error)
      await pause(2_000, this.#stop.signal).done
    }
  }

  #untilSignedIn(): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (auth.get().kind !== 'in' && !this.#stop.signal.aborted) return
        drop()
        resolve()
      }
      const drop = auth.subscribe(check)
      this.#stop.signal.addEventListener('abort', check, { once: true })
      check()
    })
  }

  /** Reads the log from the thread's position to its end. Concurrent calls share one read. */
  #catchUp(): Promise<void> {
    this.#catchingUp ??= this.#read().finally(() => {
      this.#catchingUp = null
      const waiting = this.#pendingFrames
      this.#pendingFrames = []
      for (const data of waiting) this.#applyForwarded(data, false)
    })
    return this.#catchingUp
  }

  async #read(): Promise<void> {
    try {
      const { signal } = this.#stop
      const read = (after: number) => api.events(this.#sessionId, { after: String(after), limit: pageEvents, signal })
      for await (const { events } of logPages(read, this.#store.thread.seq)) {
        if (this.#isCopy()) this.#store.reset()
        for (const event of events) this.#store.apply(event)
      }
      if (this.#canRead()) this.#store.setPhase({ kind: 'ready' })
    } catch (error) {
      if (this.#stop.signal.aborted) return
      if (isStatus(error, 404) || isStatus(error, 410) || isStatus(error, 401)) await this.#onError(error)
      else if (this.#store.thread.seq === 0) await this.#showCopy(error)
      else if (this.#canRead()) this.#store.setPhase({ kind: 'ready' })
    }
  }

  /** Shows the saved copy of an unreachable session, else the error. */
  async #showCopy(error: unknown): Promise<void> {
    if (this.#isCopy()) return
    const user = auth.get()
    const copy = error instanceof Unreachable && 'me' in user ? await savedCopy(user.me, this.#sessionId) : null
    if (this.#stop.signal.aborted) return
    if (copy === null) this.#store.setPhase({ kind: 'failed', error: toUserError(error) })
    else this.#store.showCopy(copy)
  }

  #receive(message: TabMessage): void {
    this.#hasFollowers = true
    switch (message.kind) {
      case 'frames':
        for (const data of message.frames) this.#applyForwarded(data, true)
        return
      case 'hello':
        this.#answerHello()
        return
      case 'tip':
        if (!this.#leading && message.seq > this.#store.thread.seq) void this.#catchUp()
        return
      case 'retry':
        if (this.#leading) this.retryNow()
        return
      case 'status':
        if (!this.#leading) stream.set(message.status)
        if (this.#isCopy() && message.status?.kind === 'live') void this.#catchUp()
    }
  }

  /** Answers a follower's hello with the log's tip and the text of the open item. The log does not hold that text yet. */
  #answerHello(): void {
    if (!this.#leading) return
    const { thread } = this.#store
    this.#post({ kind: 'tip', seq: thread.seq })
    this.#post({ kind: 'status', status: this.#status })
    const open = thread.openItem
    if (open === null) return
    const openItem = {
      type: open.item.role === 'reasoning' ? 'reasoning.delta' : 'item.delta',
      turn_id: open.turnId,
      item_id: open.item.id,
      offset: 0,
      text: open.item.text,
      after: thread.seq,
    } as const
    this.#post({ kind: 'frames', frames: [openItem] })
  }

  /** Applies a frame of the leader. A frame that leaves a gap waits until the log has been read. */
  #applyForwarded(data: Frame['data'], mayCatchUp: boolean): void {
    if (this.#leading) return
    if (this.#catchingUp !== null) {
      this.#pendingFrames.push(data)
      return
    }
    const fit = this.#isCopy() ? 'gap' : this.#store.thread.orderOf(data)
    if (fit === 'next') this.#store.apply(data)
    if (fit !== 'gap' || !mayCatchUp) return
    this.#pendingFrames.push(data)
    void this.#catchUp().then(() => this.#post({ kind: 'hello', seq: this.#store.thread.seq }))
  }

  #report(status: WatchStatus): void {
    this.#status = status
    stream.set(status)
    this.#post({ kind: 'status', status })
  }

  #post(message: TabMessage): void {
    if (this.#stop.signal.aborted) return
    // Batched frames go first: the message may build on them.
    if (message.kind !== 'frames') this.#flushOutgoing()
    const cloneable = message.kind === 'status' && message.status?.kind === 'waiting' ? withoutRetry(message.status) : message
    this.#channel?.postMessage(cloneable)
  }
}

/** The status without its function, which cannot cross tabs. A follower's “Retry now” arrives as a message. */
const withoutRetry = ({ attempt, until }: Extract<WatchStatus, { kind: 'waiting' }>) => ({
  kind: 'status',
  status: { kind: 'waiting', attempt, until },
})
