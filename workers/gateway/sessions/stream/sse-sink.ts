/**
 * The output of one reader, with back-pressure. Buffered bytes are limited per reader and per isolate.
 * A blank line ends a block, and many clients dispatch every block, even one without data (encode/httpx-sse, r3labs/sse, tmaxmax/go-sse).
 * So only frames end with a blank line. Comments and `retry:` are single lines, and belong to the block of the next frame.
 */

import { isolateBuffer } from './isolate-buffer.ts'

/** Maximum buffered bytes of one reader. */
const readerBytes = 65_536

const encoder = new TextEncoder()

/** The destination of a reader's frames, as event-stream text. */
export interface Sink {
  readonly closed: boolean
  /** Whether the buffer is full: the client reads too slowly. */
  readonly full: boolean
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
  #drained: (() => void) | null = null
  #closed = false

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
          this.#count()
          this.#drained?.()
          this.#drained = null
        },
        cancel: () => this.#end(),
      },
      { highWaterMark: readerBytes, size: (chunk) => chunk?.byteLength ?? 0 },
    )
  }

  get closed(): boolean {
    return this.#closed
  }

  get full(): boolean {
    return this.#buffered >= readerBytes || (this.#buffered > 0 && isolateBuffer.full)
  }

  send(frames: string): void {
    if (this.#closed) return
    this.#controller.enqueue(encoder.encode(frames))
    this.#count()
  }

  comment(text: string): void {
    this.send(`: ${text}\n`)
  }

  retry(ms: number): void {
    this.send(`retry: ${ms}\n`)
  }

  async drained(): Promise<void> {
    if (this.#closed || !this.full) return
    await new Promise<void>((resolve) => {
      this.#drained = resolve
    })
  }

  close(): void {
    if (this.#closed) return
    this.#controller.close()
    this.#end()
  }

  #count(): void {
    const buffered = this.#closed ? 0 : readerBytes - (this.#controller.desiredSize ?? readerBytes)
    isolateBuffer.add(buffered - this.#buffered)
    this.#buffered = buffered
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    this.#count()
    this.#drained?.()
    this.#onClose()
  }
}
