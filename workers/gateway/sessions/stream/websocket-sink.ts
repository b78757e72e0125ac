/** A sink for a WebSocket client. Each frame is a message `{"id": cursor, "data": event or delta}`. */
import type { Sink } from './sse-sink.ts'

/** Sends frames to a WebSocket. It has no back-pressure. */
export class WebSocketSink implements Sink {
  /** The client's end. */
  readonly client: WebSocket
  readonly #server: WebSocket
  readonly #onClose: () => void
  #closed = false

  /** `onClose`: called once, after either side closed the socket. */
  constructor(onClose: () => void) {
    this.#onClose = onClose
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

  /** Always false: a WebSocket does not report its buffered bytes. */
  get full(): boolean {
    return false
  }

  /** Frames become messages. Comments become `{"comment": …}`, so clients see heartbeats. */
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
    this.#onClose()
  }
}

/** Converts a block of event-stream text to a message. Its data is JSON, which is sent unchanged. */
function toMessage(block: string): string | undefined {
  const frame = /^id: (.*)\ndata: (.*)$/.exec(block)
  if (frame) return `{"id":${JSON.stringify(frame[1])},"data":${frame[2]}}`
  const comment = /^: (.*)$/m.exec(block)
  return comment ? JSON.stringify({ comment: comment[1] }) : undefined
}
