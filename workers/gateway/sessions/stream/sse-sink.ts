/** What waits for one client, counted: no reader may make the isolate hold more than its share. */

/** Bytes that may wait for one reader, and for all readers of an isolate together. */
const readerBytes = 65_536
const isolateBytes = 32 * 1_048_576

let waitingInIsolate = 0

const encoder = new TextEncoder()

/** Where a reader's frames go, as event-stream text. */
export interface Sink {
  readonly closed: boolean
  /** Whether the client is too slow to be sent more now. */
  readonly full: boolean
  send(text: string): void
  /** Resolves when the client has taken enough, or is gone. */
  drained(): Promise<void>
  close(): void
}

/** An event stream (HTML Living Standard §9.2). */
export class SseSink implements Sink {
  /** The body of the answer. */
  readonly stream: ReadableStream<Uint8Array>
  #controller!: ReadableStreamDefaultController<Uint8Array>
  #waiting = 0
  #drained: (() => void) | null = null
  #closed = false

  readonly #gone: () => void

  /** `gone`: called once, when nothing more can be sent, whoever ended it. */
  constructor(gone: () => void) {
    this.#gone = gone
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
    return this.#waiting >= readerBytes || (this.#waiting > 0 && waitingInIsolate > isolateBytes)
  }

  send(text: string): void {
    if (this.#closed) return
    this.#controller.enqueue(encoder.encode(text))
    this.#count()
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
    const waiting = this.#closed ? 0 : readerBytes - (this.#controller.desiredSize ?? readerBytes)
    waitingInIsolate += waiting - this.#waiting
    this.#waiting = waiting
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    this.#count()
    this.#drained?.()
    this.#gone()
  }
}
