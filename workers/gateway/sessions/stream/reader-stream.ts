/**
 * One reader's stream. Its loop pulls pages to catch up, and then tails the frames that the session object pushes.
 * After a slow client, a reset or a deployment, it pulls again from the last sent frame. `replay.ts` is the object's side.
 */

import type { FramePage } from '../../../../durable-objects/session/replay.ts'
import type { Session } from '../../../../durable-objects/session/session.ts'
import { leaseMs } from '../../../../shared/limits/stream-leases.ts'
import type { StreamLease } from '../../limits/stream-limit.ts'
import { logger } from '../../logger.ts'
import { type Sink, SseSink } from './sse-sink.ts'
import { WebSocketSink } from './websocket-sink.ts'

type Stub = DurableObjectStub<Session>

/** A reader's session, position and rights. */
export interface ReadRequest {
  /** Returns a new stub of the session's object. A stub that failed may stay broken. */
  readonly stub: () => Stub
  /** The owner of the session. */
  readonly subject: string
  /** The subject that reads. Null: open streams are not counted by subject. */
  readonly reader: string | null
  /** The lease of this stream among the reader's open streams. Null: they are not counted. */
  readonly lease: StreamLease | null
  /** Whether the lease has been taken. If not, the stream starts without waiting for it. */
  readonly isLeased: boolean
  readonly first: FramePage
  /** Expiry of the token, Unix ms. */
  readonly expiresAt: number
  /** Whether the reader is still authorized. A reader may sign out or lose a share. Called about once per second. */
  readonly isAuthorized: () => Promise<boolean>
  /** The request that opened the stream, for log lines. */
  readonly requestId?: string
  /** The stream ends after the end of this turn. */
  readonly until?: string | undefined
  /** Further headers of an event stream. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The accepted subprotocol of a WebSocket client. */
  readonly protocol?: string | undefined
}

/** Interval of heartbeats: under 15 s, with time to send one. The stream sends one only if the object answered the last ping. Milliseconds. */
export const heartbeatMs = 14_000
/** Interval of the renewals of a lease: three of them fit into its duration. Milliseconds. */
export const renewalMs = leaseMs / 3
/** Maximum duration of a stream. The client reconnects with its cursor. Milliseconds. */
const maxStreamMs = 3_600_000
/** A client's delay before it reconnects: base and jitter. Milliseconds. */
const retryMs = [1_000, 1_000] as const
/** Our delay before we reattach to the object: base and jitter. Milliseconds. */
const reattachMs = [50, 250] as const
/** A client's delay after a refusal for too many streams. Milliseconds. */
const overloadRetryMs = [10_000, 10_000] as const
/** Our delay before we try a full session again: base and jitter. Milliseconds. */
const capacityRetryMs = [500, 1_000] as const
/** Attempts at a full session before the stream ends. */
const maxWaits = 3
/** How long an authorization stays valid. Milliseconds. */
const authorizedMs = 1_000
/** Consecutive failures of the object before the stream ends. */
const maxFailures = 8

const jittered = ([base, jitter]: readonly [number, number]): number => Math.round(base + Math.random() * jitter)
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Why a reader detached from the object. */
type DetachReason = 'slow' | 'closed' | 'gone' | 'full' | 'overloaded'

/** Reasons with which the object closes a socket. */
const closeReasons: Readonly<Record<string, DetachReason>> = { behind: 'slow', deleted: 'gone' }
/** Statuses with which the object refuses a socket. */
const refusalStatuses: Readonly<Record<number, DetachReason>> = { 400: 'gone', 404: 'gone', 429: 'overloaded', 503: 'full' }
/** The comments of refusals that end a stream. A WebSocket gets them as the reason of its close frame, too. */
const overloadComments = { full: 'too many readers, reconnect later', overloaded: 'too many streams, reconnect later' } as const
/** The close code "Try Again Later" (IANA, WebSocket Close Code Number Registry). */
export const tryAgainLaterCode = 1013

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/** An event stream. Its status is 200, because an `EventSource` never retries another one. A later error is a comment and a clean close. */
export function streamFrames(request: ReadRequest): Response {
  const sink = new SseSink(() => reader.close())
  const reader = new Reader(sink, request)
  sink.retry(jittered(retryMs))
  // Early bytes: proxies and clients see that the stream works before its first frame.
  sink.comment('connected')
  reader.run()
  return new Response(sink.stream, { headers: { ...headers, ...request.headers } })
}

/** The same stream over a WebSocket. */
export function socketFrames(request: ReadRequest): Response {
  const sink = new WebSocketSink(() => reader.close())
  const reader = new Reader(sink, request)
  reader.run()
  const headers = request.protocol === undefined ? {} : { 'sec-websocket-protocol': request.protocol }
  return new Response(null, { status: 101, webSocket: sink.client, headers })
}

class Reader {
  readonly #sink: Sink
  readonly #request: ReadRequest
  #page: FramePage
  /** A part of the frame after which the stream ends. Undefined: it stays open. */
  readonly #endMarker: string | undefined
  #socket: WebSocket | null = null
  #lifetime: ReturnType<typeof setTimeout> | null = null
  #heartbeat: ReturnType<typeof setInterval> | null = null
  #renewal: ReturnType<typeof setInterval> | null = null
  #failures = 0
  #waits = 0
  /** How many times the reader was attached to the object. */
  #attachments = 0
  /** The request was authorized just now. */
  #authorizedUntil = Date.now() + authorizedMs

  constructor(sink: Sink, request: ReadRequest) {
    this.#sink = sink
    this.#request = request
    this.#page = request.first
    this.#endMarker = request.until === undefined ? undefined : `"type":"turn.ended","turn_id":${JSON.stringify(request.until)}`
  }

  run(): void {
    this.#deliver(this.#page.text)
    if (this.#sink.isClosed) return
    const durationMs = Math.min(this.#request.expiresAt - Date.now(), maxStreamMs)
    this.#lifetime = setTimeout(() => this.#end('reconnect'), Math.max(durationMs, 0))
    if (!this.#request.isLeased) void this.#takeLease()
    if (this.#request.lease) this.#renewal = setInterval(() => void this.#takeLease(), renewalMs)
    this.#loop().catch((error) => {
      logger.write('stream.broke', { error, request: this.#request.requestId })
      this.#end('error, reconnect')
    })
  }

  /** Releases the socket and timers after the sink closed. */
  close(): void {
    clearTimeout(this.#lifetime)
    clearInterval(this.#heartbeat)
    clearInterval(this.#renewal)
    if (this.#socket) closeQuietly(this.#socket)
    this.#request.lease?.release()
  }

  async #loop(): Promise<void> {
    // Sends the first page before it requests another: the same thread does both.
    await sleep(0)
    while (!this.#sink.isClosed) {
      try {
        if (!(await this.#catchUp())) return
        const reason = await this.#tail()
        if (reason === 'gone') return await this.#endGone('gone')
        if (reason === 'full' || reason === 'overloaded') {
          if (!(await this.#waitForCapacity(reason))) return
        } else this.#waits = 0
        // The object closed the socket: the jitter spreads the reattaching readers.
        if (reason === 'closed') await sleep(jittered(reattachMs))
        this.#failures = 0
      } catch (error) {
        // The object was reset or deployed during a call.
        this.#failures += 1
        if (this.#failures > maxFailures) throw error
        await sleep(jittered(reattachMs) * this.#failures)
      }
      this.#page = { ...this.#page, behind: true }
    }
  }

  /** Waits while the session probes its sockets for lost readers. False: no slot became free, and the stream ended. */
  async #waitForCapacity(reason: keyof typeof overloadComments): Promise<boolean> {
    this.#waits += 1
    if (this.#waits <= maxWaits) {
      await sleep(jittered(capacityRetryMs))
      return true
    }
    this.#endOverloaded(reason)
    return false
  }

  /** Takes or renews the lease. Ends the stream if the reader has too many. */
  async #takeLease(): Promise<void> {
    if (await this.#request.lease?.take()) this.#endOverloaded('overloaded')
  }

  #endOverloaded(reason: keyof typeof overloadComments): void {
    this.#sink.retry(jittered(overloadRetryMs))
    this.#sink.comment(overloadComments[reason])
    this.#sink.close(tryAgainLaterCode, overloadComments[reason])
  }

  /** Pulls pages until the reader reaches the end of the log. False: the stream ended. */
  async #catchUp(): Promise<boolean> {
    while (this.#page.behind || this.#sink.isFull) {
      await this.#sink.drained()
      if (this.#sink.isClosed || !(await this.#checkAuthorized())) return false
      const page = await this.#request.stub().read(this.#request.subject, this.#page.cursor)
      if (!page.ok) {
        await this.#endGone(page.error.kind)
        return false
      }
      this.#page = page.value
      this.#deliver(page.value.text)
    }
    return true
  }

  /** Forwards the frames that the object pushes, until the client is too slow or the socket closes. */
  async #tail(): Promise<DetachReason> {
    const query = new URLSearchParams({ subject: this.#request.subject, after: this.#page.cursor })
    if (this.#request.reader !== null) query.set('reader', this.#request.reader)
    const { webSocket: socket, status } = await this.#request
      .stub()
      .fetch(`https://session/?${query}`, { headers: { upgrade: 'websocket' } })
    if (!socket) return refusalStatuses[status] ?? 'closed'
    if (this.#sink.isClosed) {
      socket.accept()
      socket.close(1000)
      return 'gone'
    }
    this.#socket = socket
    return new Promise((resolve) => {
      let isAttached = true
      let hasAnswered = false
      /** Whether the next answer of the object sends no heartbeat, because the reader has just connected. */
      let skipsHeartbeat = this.#attachments === 0
      this.#attachments += 1
      const detach = (reason: DetachReason) => {
        if (!isAttached) return
        // Frames still in flight on this socket will be pulled. Forwarded now, they would arrive twice.
        isAttached = false
        clearInterval(this.#heartbeat)
        closeQuietly(socket)
        resolve(reason)
      }
      const forward = (text: string) => {
        if (!isAttached) return
        const probe = probeText(text)
        if (probe !== undefined) return this.#sink.comment(probe)
        this.#page = { text: '', cursor: lastId(text), behind: false }
        this.#deliver(text)
        if (this.#sink.isFull) detach('slow')
      }
      // Frames that wait for an authorization, in order.
      let pending: Promise<void> | null = null
      const forwardIfAuthorized = (text: string) => {
        if (pending === null && Date.now() < this.#authorizedUntil) return forward(text)
        const last = (pending ?? Promise.resolve()).then(async () => {
          if (await this.#checkAuthorized()) forward(text)
          else detach('gone')
          if (pending === last) pending = null
        })
        pending = last
        last.catch(() => detach('closed'))
      }
      this.#heartbeat = setInterval(() => {
        // No pong: the connection is broken, although the socket is open.
        if (!hasAnswered) return detach('closed')
        hasAnswered = false
        socket.send('ping')
        this.#checkAuthorized().then(
          (isAuthorized) => (isAuthorized ? this.#sink.comment('heartbeat') : detach('gone')),
          () => detach('closed'),
        )
      }, heartbeatMs)
      socket.addEventListener('message', ({ data }) => {
        if (!isAttached) return
        if (data === 'pong') {
          hasAnswered = true
          // The interval starts again, so the time without bytes must too.
          if (!skipsHeartbeat) this.#sink.comment('heartbeat')
          skipsHeartbeat = true
          return
        }
        forwardIfAuthorized(String(data))
      })
      socket.addEventListener('close', ({ reason }) => {
        const close = () => detach(closeReasons[reason] ?? 'closed')
        // The last frames may wait for an authorization, such as `session.deleted`.
        if (pending === null) close()
        else pending.then(close, close)
      })
      socket.addEventListener('error', () => detach('closed'))
      socket.accept()
      socket.send('ping')
    })
  }

  /** Whether the reader is authorized now. Ends the stream if not. */
  async #checkAuthorized(): Promise<boolean> {
    if (Date.now() < this.#authorizedUntil) return true
    if (!(await this.#request.isAuthorized())) {
      this.#end('signed out')
      return false
    }
    this.#authorizedUntil = Date.now() + authorizedMs
    return true
  }

  /** Sends frames. Ends the stream after the turn that it waits for. */
  #deliver(frames: string): void {
    if (frames === '') return
    this.#sink.send(frames)
    // Text of users cannot look like this, because JSON escapes its quotes.
    if (this.#endMarker !== undefined && frames.includes(this.#endMarker)) this.#end('turn ended')
  }

  /** Ends a stream after its session became unreadable. If it was deleted, the reader gets `session.deleted` first. */
  async #endGone(comment: string): Promise<void> {
    if (this.#sink.isClosed || !(await this.#checkAuthorized())) return
    // An object of an older release lacks the method.
    const last = await this.#request
      .stub()
      .deletion(this.#request.subject, this.#page.cursor)
      .catch(() => null)
    if (last) this.#deliver(last.text)
    this.#end(comment)
  }

  #end(comment: string): void {
    this.#sink.comment(comment)
    this.#sink.close()
  }
}

/** The comment of a probe for broken sockets, which has an id and no data; undefined: `text` is frames. */
const probeText = (text: string): string | undefined => /^id: [^\n]*\n: ([^\n]*)\n\n/.exec(text)?.[1]

function closeQuietly(socket: WebSocket): void {
  try {
    socket.close(1000)
  } catch {
    // The socket is closed already.
  }
}

/** The last `id:` in event-stream text. JSON has no raw line breaks, so every line with this prefix is one. */
function lastId(text: string): string {
  const from = text.lastIndexOf('\nid: ') + 1
  return text.slice(from + 4, text.indexOf('\n', from + 4))
}
