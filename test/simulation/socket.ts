/** A hibernatable WebSocket: the object's end, and the frames in flight to the reader. */

export class Socket {
  /** Sent, and not received yet. */
  readonly inFlight: string[] = []
  /** The reason of the close. Null: open. */
  closed: string | null = null
  /** Called when a frame or a close arrives. */
  onArrival: () => void = () => {}
  #emit: (output: () => void) => void = (output) => output()
  #onClosed: () => void = () => {}

  accepted(emit: (output: () => void) => void, onClosed: () => void): void {
    this.#emit = emit
    this.#onClosed = onClosed
  }

  send(text: string): void {
    if (this.closed !== null) throw new Error('the socket is closed')
    this.#emit(() => {
      this.inFlight.push(text)
      this.onArrival()
    })
  }

  close(_code: number, reason: string): void {
    this.#onClosed()
    this.#emit(() => {
      this.closed ??= reason
      this.onArrival()
    })
  }

  /** The object stopped: frames in flight are lost. */
  break(): void {
    this.inFlight.length = 0
    this.closed ??= 'broken'
    this.onArrival()
  }

  /** The reader has disconnected. */
  disconnect(): void {
    this.inFlight.length = 0
    this.closed ??= 'left'
    this.onArrival = () => {}
    this.#onClosed()
  }
}

/** Replaces the platform's classes, which Node lacks or which refuse status 101. */
export const platform = {
  WebSocketPair: class {
    readonly 0: Socket
    readonly 1: Socket
    constructor() {
      // One socket is both ends: the reader receives the frames of the object.
      const socket = new Socket()
      this[0] = socket
      this[1] = socket
    }
  },
  WebSocketRequestResponsePair: class {},
  Response: class {
    readonly status: number
    readonly webSocket: Socket | null
    constructor(_body: null, { status, webSocket = null }: { status: number; webSocket?: Socket | null }) {
      this.status = status
      this.webSocket = webSocket
    }
  },
}
