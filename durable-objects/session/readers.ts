/** The readers of a session, on hibernatable WebSockets. Frames are built once for all readers. */
import { type Frame, type OpenItem, type Position, type RecordedEvent, replay, toEventStream } from '../../shared/session/frame.ts'

/** An upper estimate of one send. The next broadcast waits until this cost has been paid for every reader. Milliseconds. */
const sendCostMs = 0.15

/** The least time between two probes. Milliseconds. */
const probeIntervalMs = 1_000

export class Readers {
  readonly #ctx: DurableObjectState
  /** Open sockets. Cached, because the runtime copies the list for every query. Null: query again. */
  #sockets: WebSocket[] | null = null
  /** The position after the last frame that was sent to every reader. */
  #sentPosition: Position
  #sentAt = 0
  #pendingBroadcast: ReturnType<typeof setTimeout> | null = null
  #probedAt = 0

  /** `tail`: the end of the log. Readers from before the object slept have been sent everything up to it. */
  constructor(ctx: DurableObjectState, tail: Position) {
    this.#ctx = ctx
    this.#sentPosition = tail
    // The runtime answers this heartbeat without waking the object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  get count(): number {
    return this.#openSockets().length
  }

  /** Open sockets of one reader. The runtime keeps the tag of a socket while the object sleeps. */
  countOf(reader: string): number {
    return this.#ctx.getWebSockets(reader).length
  }

  /**
   * Sends `backlog` to a new socket and returns the client's end. `hasMore`: the backlog does not reach the tail, so the socket is closed.
   * `reader`: the subject that reads; null: not known.
   */
  add(backlog: string, hasMore: boolean, reader: string | null): WebSocket {
    const { 0: client, 1: server } = new WebSocketPair()
    // A tag has at most 256 units (Durable Objects API), a subject 255.
    this.#ctx.acceptWebSocket(server, reader === null ? [] : [reader])
    if (backlog !== '') server.send(backlog)
    if (hasMore) server.close(1000, 'behind')
    this.#sockets = null
    return client
  }

  /** Sends recorded `events` and the open item to every reader. `tail` is the position after them. */
  broadcast(events: Iterable<RecordedEvent>, open: OpenItem | null, tail: Position): void {
    if (this.#pendingBroadcast !== null) clearTimeout(this.#pendingBroadcast)
    this.#pendingBroadcast = null
    let text = ''
    if (this.#openSockets().length > 0) for (const [frame] of replay(this.#sentPosition, events, open)) text += toEventStream(frame)
    this.#sentPosition = tail
    this.#sentAt = Date.now()
    if (text !== '') this.#send(text)
  }

  /** Sends a frame that is not recorded, after the frames up to `tail`. */
  notify(frame: Frame, open: OpenItem | null, tail: Position): void {
    this.broadcast([], open, tail)
    if (this.#openSockets().length > 0) this.#send(toEventStream(frame))
  }

  /** Broadcasts the growth of the open item: at once, or later if many readers were served a moment ago. */
  broadcastThrottled(current: () => [OpenItem | null, Position]): void {
    if (this.#pendingBroadcast !== null) return
    const broadcast = () => this.broadcast([], ...current())
    const waitMs = this.#sentAt + this.count * sendCostMs - Date.now()
    if (waitMs < 1) broadcast()
    else this.#pendingBroadcast = setTimeout(broadcast, waitMs)
  }

  /** Writes a comment to every socket. A write to a broken socket fails, which frees its slot. `id` is the position of all readers. */
  probeSockets(id: string): void {
    if (Date.now() < this.#probedAt + probeIntervalMs) return
    this.#probedAt = Date.now()
    this.#send(`id: ${id}\n: still there?\n\n`)
  }

  /** Drops the cached sockets after a reader has left. */
  invalidate(): void {
    this.#sockets = null
  }

  /** Closes every socket, because the session has no more frames. */
  closeAll(reason: string): void {
    for (const socket of this.#openSockets()) socket.close(1000, reason)
    this.#sockets = null
  }

  #openSockets(): WebSocket[] {
    this.#sockets ??= this.#ctx.getWebSockets()
    return this.#sockets
  }

  #send(text: string): void {
    for (const socket of this.#openSockets()) {
      try {
        socket.send(text)
      } catch {
        // The socket is closing. Its reader reconnects with its cursor.
        this.#sockets = null
      }
    }
  }
}
