/**
 * The output of one reader, with back-pressure. Buffered bytes are limited per reader and per isolate.
 * A blank line ends a block. Many clients dispatch every block, even one without data (encode/httpx-sse, r3labs/sse, tmaxmax/go-sse).
 * So only frames end with a blank line. Comments and `retry:` are single lines, and belong to the block of the next frame.
 */

import { isolateBuffer } from './isolate-buffer.ts'

/** Maximum buffered bytes of one reader. */
const readerBytes = 65_536

const encoder = new TextEncoder()

/** The destination of a reader's frames, as event-stream text. */
export interface Sink {
  readonly isClosed: boolean
  /** Whether the buffer is full: the client reads too slowly. */
  readonly isFull: boolean
  /** Sends whole frames, each with data. */
  send(frames: string): void
  /** Sends a comment of one line, such as a heartbeat. */
  comment(text: string): void
  /** Sets the client's delay before it reconnects. Milliseconds. */
  retry(ms: number): void
  /** Resolves when the buffer has room, or the client has disconnected. */
  drained(): Promise<void>
  /** Ends the stream. `code` and `reason`: those of a WebSocket's close frame (RFC 6455 §7.4). Default: a normal end. */
  close(code?: number, reason?: string): void
}

/** An event stream (HTML Living Standard §9.2). */
export class SseSink implements Sink {
  /** The body of the response. */
  readonly stream: ReadableStream<Uint8Array>
  #controller!: ReadableStreamDefaultController<Uint8Array>
  #buffered = 0
  #resolveDrained: (() => void) | null = null
  #isClosed = false

  readonly #onClose: () => void

  /** `onClose`: called once, after either side closed the stream. */
  constructor(onClose: () => void) {
    this.#onClose = onClose
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => {
          this.#updateBuffered()
          this.#resolveDrained?.()
          this.#resolveDrained = null
        },
        cancel: () => this.#end(),
      },
      { highWaterMark: readerBytes, size: (chunk) => chunk?.byteLength ?? 0 },
    )
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get isFull(): boolean {
    return this.#buffered >= readerBytes || (this.#buffered > 0 && isolateBuffer.isFull)
  }

  send(frames: string): void {
    if (this.#isClosed) return
    this.#controller.enqueue(encoder.encode(frames))
    this.#updateBuffered()
  }

  comment(text: string): void {
    this.send(`: ${text}\n`)
  }

  retry(ms: number): void {
    this.send(`retry: ${ms}\n`)
  }

  async drained(): Promise<void> {
    if (this.#isClosed || !this.isFull) return
    await new Promise<void>((resolve) => {
      this.#resolveDrained = resolve
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#controller.close()
    this.#end()
  }

  #updateBuffered(): void {
    const buffered = this.#isClosed ? 0 : readerBytes - (this.#controller.desiredSize ?? readerBytes)
    isolateBuffer.add(buffered - this.#buffered)
    this.#buffered = buffered
  }

  #end(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#updateBuffered()
    this.#resolveDrained?.()
    this.#onClose()
  }
}
