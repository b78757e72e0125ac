/**
 * Keeps one session's thread true. Of all tabs that show a session one leads: it holds the Web Lock, reads the stream and
 * hands the frames to the others. When it closes or is hidden, the lock passes on and the next leader resumes at its own
 * cursor, so nothing is lost and nothing is asked twice. A hidden tab needs no stream, and leaves its place to one that does.
 */

import type { Frame, WatchStatus } from '../../../shared/client/watch.ts'
import { pause } from '../../../shared/lib/timeout.ts'
import { api } from './api.ts'
import { auth, signedOut } from './auth.ts'
import { online, stream } from './connection.ts'
import { nextFrame } from './frame.ts'
import { takeSlot } from './slots.ts'
import type { ThreadStore } from './thread-store.ts'
import { isStatus, toUserError } from './user-error.ts'
import { untilVisible, whileVisible } from './visible.ts'

type TabMessage =
  | { readonly kind: 'frames'; readonly frames: readonly Frame['data'][] }
  /** A follower knows the log up to here and may lack the words of the open item. */
  | { readonly kind: 'hello'; readonly seq: number }
  /** Something was recorded up to here; whoever lacks it reads the log. */
  | { readonly kind: 'tip'; readonly seq: number }
  | { readonly kind: 'status'; readonly status: WatchStatus | null }
  | { readonly kind: 'retry' }

/** How often the log is asked when no stream is to be had. */
const pollMs = 1_500

export class Feed {
  readonly #sessionId: string
  readonly #store: ThreadStore
  readonly #stop = new AbortController()
  readonly #channel: BroadcastChannel | null
  /** Whether another tab has ever spoken: until then there is nobody to hand frames to. */
  #hasFollowers = false
  #handing: Frame['data'][] = []
  #leading = false
  #catchingUp: Promise<void> | null = null
  #held: Frame['data'][] = []
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
    // Reading the log and waiting for the lead go side by side: the first words appear at once either way.
    const loaded = this.#catchUp()
    void loaded.then(() => this.#post({ kind: 'hello', seq: this.#store.thread.seq }))
    try {
      await untilVisible(signal)
      while (!signal.aborted && this.#canRead()) await this.#elect(loaded)
    } finally {
      dropOnline()
    }
  }

  /** Waits for the lead and leads, until the page is hidden; returns when it can be seen again. */
  async #elect(loaded: Promise<void>): Promise<void> {
    const { signal } = this.#stop
    const here = whileVisible(signal)
    try {
      if ('locks' in navigator && this.#channel !== null) {
        const name = `soma.lead.${this.#sessionId}`
        await navigator.locks.request(name, { signal: here.signal }, () => this.#lead(loaded, here.signal))
      } else await this.#lead(loaded, here.signal)
    } catch (error) {
      if (!here.signal.aborted) throw error
    } finally {
      here.drop()
    }
    await untilVisible(signal)
    // What another tab led meanwhile may have begun before this one listened again.
    this.#post({ kind: 'hello', seq: this.#store.thread.seq })
  }

  stop(): void {
    this.#stop.abort()
    this.#connection.abort()
    this.#channel?.close()
    stream.set(null)
  }

  /** Ends the waiting, here or in the tab that leads. After a change of network the old connection is not worth waiting for. */
  retryNow(): void {
    const phase = this.#store.outline().phase.kind
    if (phase === 'failed') void this.#catchUp()
    if (!this.#leading) this.#post({ kind: 'retry' })
    else if (this.#status?.kind === 'waiting') this.#status.retryNow()
    else this.#connection.abort()
  }

  async #lead(loaded: Promise<void>, signal: AbortSignal): Promise<void> {
    this.#leading = true
    await loaded
    while (!signal.aborted && this.#canRead()) {
      const release = await takeSlot()
      try {
        if (release === null) await this.#poll(signal)
        else await this.#stream(signal)
      } catch (error) {
        await this.#refused(error)
      } finally {
        release?.()
      }
    }
    this.#leading = false
    stream.set(null)
  }

  #canRead(): boolean {
    const { kind } = this.#store.outline().phase
    return kind !== 'missing' && kind !== 'deleted'
  }

  async #stream(whileHere: AbortSignal): Promise<void> {
    this.#connection = new AbortController()
    const signal = AbortSignal.any([this.#connection.signal, whileHere])
    const frames = api.watch(this.#sessionId, { after: this.#store.thread.cursor, signal, onStatus: (status) => this.#report(status) })
    for await (const { data } of frames) {
      this.#store.apply(data)
      this.#hand(data)
    }
  }

  /** To the other tabs, if there are any: once per frame of the screen, not once per word. */
  #hand(data: Frame['data']): void {
    if (!this.#hasFollowers) return
    this.#handing.push(data)
    if (this.#handing.length === 1) nextFrame(() => this.#handOver())
  }

  #handOver(): void {
    const frames = this.#handing
    this.#handing = []
    if (frames.length > 0) this.#post({ kind: 'frames', frames })
  }

  async #poll(signal: AbortSignal): Promise<void> {
    this.#report({ kind: 'live' })
    await this.#catchUp()
    this.#post({ kind: 'tip', seq: this.#store.thread.seq })
    await pause(pollMs, signal).done
  }

  async #refused(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return
    if (isStatus(error, 404)) this.#store.setPhase({ kind: 'missing' })
    else if (isStatus(error, 410)) this.#store.setPhase({ kind: 'deleted' })
    else if (isStatus(error, 400)) {
      // The cursor names nothing any more (the log was restored from a copy): read it all again.
      this.#store.reset()
      await this.#catchUp()
    } else if (isStatus(error, 401)) {
      await signedOut()
      await this.#signedIn()
    } else {
      console.error('stream', error)
      await pause(2_000, this.#stop.signal).done
    }
  }

  #signedIn(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (auth.get().kind !== 'in' && !this.#stop.signal.aborted) return
        drop()
        resolve()
      }
      const drop = auth.subscribe(look)
      this.#stop.signal.addEventListener('abort', look, { once: true })
      look()
    })
  }

  /** Reads the log from where the thread is to its end. One at a time. */
  #catchUp(): Promise<void> {
    this.#catchingUp ??= this.#read().finally(() => {
      this.#catchingUp = null
      const held = this.#held
      this.#held = []
      for (const data of held) this.#follow(data, false)
    })
    return this.#catchingUp
  }

  async #read(): Promise<void> {
    try {
      for (let more = true; more && !this.#stop.signal.aborted; ) {
        const after = String(this.#store.thread.seq)
        const page = await api.events(this.#sessionId, { after, limit: 500, signal: this.#stop.signal })
        for (const event of page.events) this.#store.apply(event)
        more = page.next_cursor !== null
      }
      if (this.#canRead()) this.#store.setPhase({ kind: 'ready' })
    } catch (error) {
      if (this.#stop.signal.aborted) return
      if (isStatus(error, 404) || isStatus(error, 410) || isStatus(error, 401)) await this.#refused(error)
      else if (this.#store.thread.seq === 0) this.#store.setPhase({ kind: 'failed', trouble: toUserError(error) })
      else if (this.#canRead()) this.#store.setPhase({ kind: 'ready' })
    }
  }

  #receive(message: TabMessage): void {
    this.#hasFollowers = true
    switch (message.kind) {
      case 'frames':
        for (const data of message.frames) this.#follow(data, true)
        return
      case 'hello':
        this.#answer()
        return
      case 'tip':
        if (!this.#leading && message.seq > this.#store.thread.seq) void this.#catchUp()
        return
      case 'retry':
        if (this.#leading) this.retryNow()
        return
      case 'status':
        if (!this.#leading) stream.set(message.status)
    }
  }

  /** A follower asked: where the log stands, and the open item's words so far, which no log holds yet. */
  #answer(): void {
    if (!this.#leading) return
    const { thread } = this.#store
    this.#post({ kind: 'tip', seq: thread.seq })
    this.#post({ kind: 'status', status: this.#status })
    const open = thread.openItem
    if (open === null) return
    const whole = {
      type: 'item.delta',
      turn_id: open.turnId,
      item_id: open.item.id,
      offset: 0,
      text: open.item.text,
      after: thread.seq,
    } as const
    this.#post({ kind: 'frames', frames: [whole] })
  }

  /** A frame from the leader. One that does not fit waits until the log has been read up to it. */
  #follow(data: Frame['data'], mayAsk: boolean): void {
    if (this.#leading) return
    if (this.#catchingUp !== null) {
      this.#held.push(data)
      return
    }
    const fit = this.#store.thread.fit(data)
    if (fit === 'next') this.#store.apply(data)
    if (fit !== 'gap' || !mayAsk) return
    this.#held.push(data)
    void this.#catchUp().then(() => this.#post({ kind: 'hello', seq: this.#store.thread.seq }))
  }

  #report(status: WatchStatus): void {
    this.#status = status
    stream.set(status)
    this.#post({ kind: 'status', status })
  }

  #post(message: TabMessage): void {
    if (this.#stop.signal.aborted) return
    // What was handed out goes first: the rest may build on it.
    if (message.kind !== 'frames') this.#handOver()
    const plain = message.kind === 'status' && message.status?.kind === 'waiting' ? waitingElsewhere(message.status) : message
    this.#channel?.postMessage(plain)
  }
}

/** Functions cannot cross tabs; a follower's "retry now" comes back as a message. */
const waitingElsewhere = ({ attempt, until }: Extract<WatchStatus, { kind: 'waiting' }>) => ({
  kind: 'status',
  status: { kind: 'waiting', attempt, until },
})
