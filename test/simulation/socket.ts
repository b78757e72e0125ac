/** A hibernatable WebSocket: the object's end, and what is on its way to the reader's. */

export class Socket {
  /** Sent, and not arrived. */
  readonly coming: string[] = []
  /** Why it was closed, once it was. */
  closed: string | null = null
  /** What tells its reader that something came. */
  arrived: () => void = () => {}
  #say: (output: () => void) => void = (output) => output()
  #gone: () => void = () => {}

  accepted(say: (output: () => void) => void, gone: () => void): void {
    this.#say = say
    this.#gone = gone
  }

  send(text: string): void {
    if (this.closed !== null) throw new Error('the socket is closed')
    this.#say(() => {
      this.coming.push(text)
      this.arrived()
    })
  }

  close(_code: number, reason: string): void {
    this.#gone()
    this.#say(() => {
      this.closed ??= reason
      this.arrived()
    })
  }

  /** The object died: what was on its way is lost. */
  break(): void {
    this.coming.length = 0
    this.closed ??= 'broken'
    this.arrived()
  }

  /** Its reader has gone. */
  leave(): void {
    this.coming.length = 0
    this.closed ??= 'left'
    this.arrived = () => {}
    this.#gone()
  }
}

/** In the place of the platform's classes, which Node lacks or which refuse status 101. */
export const platform = {
  WebSocketPair: class {
    readonly 0: Socket
    readonly 1: Socket
    constructor() {
      // Both ends in one: what the object sends is what its reader finds.
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
