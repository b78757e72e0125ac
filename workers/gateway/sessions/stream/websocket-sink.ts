/** The same frames for a WebSocket client: each is a message `{"id": cursor, "data": event or delta}`. */
import type { Sink } from './sse-sink.ts'

export class WebSocketSink implements Sink {
  /** The client's end. */
  readonly client: WebSocket
  readonly #server: WebSocket
  readonly #gone: () => void
  #closed = false

  /** `gone`: called once, when nothing more can be sent, whoever ended it. */
  constructor(gone: () => void) {
    this.#gone = gone
    const { 0: client, 1: server } = new WebSocketPair()
    this.client = client
    this.#server = server
    server.accept()
    server.addEventListener('close', () => this.#end())
    server.addEventListener('error', () => this.#end())
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Never: a WebSocket does not say how much of it was taken. */
  get full(): boolean {
    return false
  }

  /** Frames become messages; comments become `{"comment": …}`, so that heartbeats are seen here too. */
  send(text: string): void {
    if (this.#closed) return
    for (const block of text.split('\n\n')) {
      const message = toMessage(block)
      if (message) this.#server.send(message)
    }
  }

  async drained(): Promise<void> {}

  close(): void {
    if (this.#closed) return
    this.#server.close(1000)
    this.#end()
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    this.#gone()
  }
}

/** A block of event-stream text as a message. The data is JSON already, and is passed on as it is. */
function toMessage(block: string): string | undefined {
  const frame = /^id: (.*)\ndata: (.*)$/.exec(block)
  if (frame) return `{"id":${JSON.stringify(frame[1])},"data":${frame[2]}}`
  const comment = /^: (.*)$/m.exec(block)
  return comment ? JSON.stringify({ comment: comment[1] }) : undefined
}
