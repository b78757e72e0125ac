/** A sink for a WebSocket client. A frame is a message `{"id": cursor, "data": event or delta}`, a comment `{"comment": text}`. */
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

  send(frames: string): void {
    if (this.#closed) return
    for (const block of frames.split('\n\n')) {
      const message = toMessage(block)
      if (message) this.#server.send(message)
    }
  }

  comment(text: string): void {
    if (!this.#closed) this.#server.send(JSON.stringify({ comment: text }))
  }

  /** Does nothing: a WebSocket client chooses its own delay. */
  retry(): void {}

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

/** Converts a frame of event-stream text to a message. Its data is JSON, which is sent unchanged. */
function toMessage(block: string): string | undefined {
  const frame = /^id: (.*)\ndata: (.*)$/.exec(block)
  return frame ? `{"id":${JSON.stringify(frame[1])},"data":${frame[2]}}` : undefined
}
