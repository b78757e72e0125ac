/**
 * One reader's stream, and its one loop: pull to catch up, push to stay. Catch-up, slow readers, resets and deploys of the
 * object are all the same to it: it goes back to pulling from the last frame that it sent.
 */

import type { Session } from '../../../../durable-objects/session/session.ts'
import type { FramePage } from '../../../../durable-objects/session/writer.ts'
import { logger } from '../../logger.ts'
import { type Sink, SseSink } from './sse-sink.ts'
import { WebSocketSink } from './websocket-sink.ts'

type Stub = DurableObjectStub<Session>

/** Who reads what, from where. */
export interface Reading {
  /** A stub of the session's object; a new one each time, for one that has failed may stay broken. */
  readonly open: () => Stub
  readonly subject: string
  readonly first: FramePage
  /** When the token ends, Unix ms. */
  readonly expiresAt: number
  /** Whether who reads may still: they may have signed out since, or been removed. Cheap. */
  readonly isAuthorized: () => Promise<boolean>
  /** The request that opened the stream, for log lines. */
  readonly request?: string
  /** The subprotocol that a WebSocket client offered and we speak. */
  readonly protocol?: string | undefined
}

/** A heartbeat at least this often, and only if the object's side answered the last ping. Milliseconds. */
const heartbeatMs = 15_000
/** A stream ends after an hour, or with the token; the client comes back with its cursor. */
const maxStreamMs = 3_600_000
/** How long a client waits before it comes back, and we before we attach again: base and jitter. Milliseconds. */
const retryMs = [1_000, 1_000] as const
const reattachMs = [50, 250] as const
const overloadRetryMs = [10_000, 10_000] as const
/** How long we wait for room in a session that is full, and how often, before the client is sent away: base and jitter. Milliseconds. */
const capacityRetryMs = [500, 1_000] as const
const maxWaits = 3
/** A reader gets nothing that came later than this after it was last seen to be allowed. Milliseconds. */
const allowedMs = 1_000
/** How often in a row the object may fail until the stream is given up, and left to the client's own return. */
const maxFailures = 8

const jittered = ([base, more]: readonly [number, number]): number => Math.round(base + Math.random() * more)
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Why a reader no longer gets what the object pushes. */
type DetachReason = 'slow' | 'closed' | 'gone' | 'crowded'

/** What the object says when it closes a socket of its own accord. */
const closings: Readonly<Record<string, DetachReason>> = { behind: 'slow', deleted: 'gone' }
/** What it answers instead of a socket. */
const refusals: Readonly<Record<number, DetachReason>> = { 400: 'gone', 404: 'gone', 503: 'crowded' }

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/** Always 200: a plain `EventSource` gives up for good on any other answer. Trouble is a comment and a clean close. */
export function streamFrames(reading: Reading): Response {
  const outlet = new SseSink(() => reader.leave())
  const reader = new Reader(outlet, reading)
  outlet.send(`retry: ${jittered(retryMs)}\n: connected\n\n`)
  reader.run()
  return new Response(outlet.stream, { headers })
}

/** The same loop, to a WebSocket. */
export function socketFrames(reading: Reading): Response {
  const outlet = new WebSocketSink(() => reader.leave())
  const reader = new Reader(outlet, reading)
  reader.run()
  const headers = reading.protocol === undefined ? {} : { 'sec-websocket-protocol': reading.protocol }
  return new Response(null, { status: 101, webSocket: outlet.client, headers })
}

class Reader {
  readonly #sink: Sink
  readonly #reading: Reading
  #page: FramePage
  #socket: WebSocket | null = null
  #life: ReturnType<typeof setTimeout> | null = null
  #heart: ReturnType<typeof setInterval> | null = null
  #failures = 0
  #waits = 0
  /** It was allowed just now, or it would not be here. */
  #allowedUntil = Date.now() + allowedMs

  constructor(sink: Sink, reading: Reading) {
    this.#sink = sink
    this.#reading = reading
    this.#page = reading.first
  }

  run(): void {
    this.#sink.send(this.#page.text)
    const lifeMs = Math.min(this.#reading.expiresAt - Date.now(), maxStreamMs)
    this.#life = setTimeout(() => this.#end('come back'), Math.max(lifeMs, 0))
    this.#follow().catch((error) => {
      logger.write('stream.broke', { error, request: this.#reading.request })
      this.#end('trouble, come back')
    })
  }

  /** The client is gone, or we are done with it. */
  leave(): void {
    clearTimeout(this.#life)
    clearInterval(this.#heart)
    if (this.#socket) closeQuietly(this.#socket)
  }

  async #follow(): Promise<void> {
    // What there is goes out before more is asked for: a page is made on the thread that sends.
    await pause(0)
    while (!this.#sink.closed) {
      try {
        if (!(await this.#catchUp())) return
        const left = await this.#stay()
        if (left === 'gone') return this.#end('gone')
        if (left === 'crowded') {
          if (!(await this.#waitForRoom())) return
        } else this.#waits = 0
        // Behind or slow: pull. Else the object went away: a moment, so that not everyone comes back at once.
        if (left === 'closed') await pause(jittered(reattachMs))
        this.#failures = 0
      } catch (error) {
        // It was reset, or its Worker was deployed, in the middle of a call.
        this.#failures += 1
        if (this.#failures > maxFailures) throw error
        await pause(jittered(reattachMs) * this.#failures)
      }
      this.#page = { ...this.#page, behind: true }
    }
  }

  /** The session is full, and looks for readers that left without a word. False: it stays full, and the client is sent away. */
  async #waitForRoom(): Promise<boolean> {
    this.#waits += 1
    if (this.#waits <= maxWaits) {
      await pause(jittered(capacityRetryMs))
      return true
    }
    this.#sink.send(`retry: ${jittered(overloadRetryMs)}\n\n`)
    this.#end('too many readers, come back later')
    return false
  }

  /** Pulls until the reader is within a page of the log's end. False: it is over. */
  async #catchUp(): Promise<boolean> {
    while (this.#page.behind || this.#sink.full) {
      await this.#sink.drained()
      if (this.#sink.closed || !(await this.#allowed())) return false
      const page = await this.#reading.open().read(this.#reading.subject, this.#page.cursor)
      if (!page.ok) {
        this.#end(page.error.kind)
        return false
      }
      this.#page = page.value
      if (page.value.text !== '') this.#sink.send(page.value.text)
    }
    return true
  }

  /** Passes on what the object pushes, until the client is too slow or the socket closes. */
  async #stay(): Promise<DetachReason> {
    const query = new URLSearchParams({ subject: this.#reading.subject, after: this.#page.cursor })
    const { webSocket: socket, status } = await this.#reading
      .open()
      .fetch(`https://session/?${query}`, { headers: { upgrade: 'websocket' } })
    if (!socket) return refusals[status] ?? 'closed'
    if (this.#sink.closed) {
      socket.accept()
      socket.close(1000)
      return 'gone'
    }
    this.#socket = socket
    return new Promise((resolve) => {
      let here = true
      let answered = false
      const leave = (why: DetachReason) => {
        if (!here) return
        // What is still on its way from the old socket will be pulled; passed on now, it would come twice.
        here = false
        clearInterval(this.#heart)
        closeQuietly(socket)
        resolve(why)
      }
      const take = (text: string) => {
        if (!here) return
        this.#sink.send(text)
        this.#page = { text: '', cursor: lastId(text), behind: false }
        if (this.#sink.full) leave('slow')
      }
      // Frames that wait until it is known that the reader may have them, in order.
      let waiting: Promise<void> | null = null
      const takeIfAllowed = (text: string) => {
        if (waiting === null && Date.now() < this.#allowedUntil) return take(text)
        const last = (waiting ?? Promise.resolve()).then(async () => {
          if (await this.#allowed()) take(text)
          else leave('gone')
          if (waiting === last) waiting = null
        })
        waiting = last
        last.catch(() => leave('closed'))
      }
      this.#heart = setInterval(() => {
        // A ping that was not answered: the path is dead, whatever the socket says.
        if (!answered) return leave('closed')
        answered = false
        socket.send('ping')
        this.#allowed().then(
          (may) => (may ? this.#sink.send(': heartbeat\n\n') : leave('gone')),
          () => leave('closed'),
        )
      }, heartbeatMs)
      socket.addEventListener('message', ({ data }) => {
        if (!here) return
        if (data === 'pong') {
          answered = true
          return
        }
        takeIfAllowed(String(data))
      })
      socket.addEventListener('close', ({ reason }) => leave(closings[reason] ?? 'closed'))
      socket.addEventListener('error', () => leave('closed'))
      socket.accept()
      socket.send('ping')
    })
  }

  /** Whether the reader may have what comes now. If not, it is over. */
  async #allowed(): Promise<boolean> {
    if (Date.now() < this.#allowedUntil) return true
    if (!(await this.#reading.isAuthorized())) {
      this.#end('signed out')
      return false
    }
    this.#allowedUntil = Date.now() + allowedMs
    return true
  }

  #end(comment: string): void {
    this.#sink.send(`: ${comment}\n\n`)
    this.#sink.close()
  }
}

function closeQuietly(socket: WebSocket): void {
  try {
    socket.close(1000)
  } catch {
    // It is closed already.
  }
}

/** The last `id:` in event-stream text. JSON holds no raw line break, so a line that starts so is one. */
function lastId(text: string): string {
  const from = text.lastIndexOf('\nid: ') + 1
  return text.slice(from + 4, text.indexOf('\n', from + 4))
}
