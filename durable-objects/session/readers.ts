/** Everyone who watches a session, on hibernatable WebSockets. Frames are made once for all of them. */
import { type OpenItem, type Position, type RecordedEvent, replay, toEventStream } from '../../shared/session/frame.ts'

/** What telling one reader costs, generously. A pass over all of them is not begun before the last one has paid for itself. Milliseconds. */
const sendCostMs = 0.15

/** How often at most everyone is asked whether they are still there. Milliseconds. */
const probeIntervalMs = 1_000

export class Readers {
  readonly #ctx: DurableObjectState
  /** Open sockets; read from the runtime again after a change, for asking it each time copies the list. */
  #sockets: WebSocket[] | null = null
  /** What everyone who reads has been sent. */
  #sent: Position
  #sentAt = 0
  #tick: ReturnType<typeof setTimeout> | null = null
  #probedAt = 0

  /** `now`: the log's end. Who was reading before the object slept has been sent everything up to there. */
  constructor(ctx: DurableObjectState, now: Position) {
    this.#ctx = ctx
    this.#sent = now
    // Answered by the runtime: a heartbeat that proves the path without waking the object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  get count(): number {
    return this.#open().length
  }

  /** Sends `backlog` to a new socket; unless there is more, it ends where everyone stands, and the socket stays. Answers its other end. */
  add(backlog: string, more: boolean): WebSocket {
    const { 0: theirs, 1: ours } = new WebSocketPair()
    this.#ctx.acceptWebSocket(ours)
    if (backlog !== '') ours.send(backlog)
    if (more) ours.close(1000, 'behind')
    this.#sockets = null
    return theirs
  }

  /** Everyone is told at once: `events` were recorded, and `open` is what is being said. `now` is where that leads. */
  broadcast(events: Iterable<RecordedEvent>, open: OpenItem | null, now: Position): void {
    if (this.#tick !== null) clearTimeout(this.#tick)
    this.#tick = null
    let text = ''
    if (this.#open().length > 0) for (const [frame] of replay(this.#sent, events, open)) text += toEventStream(frame)
    this.#sent = now
    this.#sentAt = Date.now()
    if (text !== '') this.#send(text)
  }

  /** The open item has grown: everyone is told at once or, if many read and were told just now, as soon as that is worth it. */
  broadcastThrottled(current: () => [OpenItem | null, Position]): void {
    if (this.#tick !== null) return
    const tell = () => this.broadcast([], ...current())
    const waitMs = this.#sentAt + this.count * sendCostMs - Date.now()
    if (waitMs < 1) tell()
    else this.#tick = setTimeout(tell, waitMs)
  }

  /**
   * Asks whether everyone is still there: whoever is not is found out when this cannot be written to it, instead of by a heartbeat. For
   * clients it is a comment; `id` is where all of them are.
   */
  probeDeadSockets(id: string): void {
    if (Date.now() < this.#probedAt + probeIntervalMs) return
    this.#probedAt = Date.now()
    this.#send(`id: ${id}\n: still there?\n\n`)
  }

  /** One reader is gone. */
  invalidate(): void {
    this.#sockets = null
  }

  /** Everyone goes: there will be nothing more. */
  closeAll(reason: string): void {
    for (const socket of this.#open()) socket.close(1000, reason)
    this.#sockets = null
  }

  #open(): WebSocket[] {
    this.#sockets ??= this.#ctx.getWebSockets()
    return this.#sockets
  }

  #send(text: string): void {
    for (const socket of this.#open()) {
      try {
        socket.send(text)
      } catch {
        // It is closing; its reader comes back with its cursor.
        this.#sockets = null
      }
    }
  }
}
