/**
 * A sink for a WebSocket client. Each frame is a message `{"id": cursor, "data": event or delta}`. A WebSocket does not report what was
 * read, so the client acknowledges it: `{"ack": id}`. The sink closes the socket of a client that leaves too much unacknowledged. The reason
 * names the event stream.
 */
import { limits } from '../../../../shared/api/limits.ts'
import { isolateBuffer } from './isolate-buffer.ts'
import type { Sink } from './sse-sink.ts'

/** How long the sink waits for an acknowledgment when its window is full. Milliseconds. */
const defaultAckMs = 30_000
/** The close code of a client that does not acknowledge. Codes from 4000 on are private (RFC 6455 §7.4.2). */
export const unacknowledgedCode = 4008
/** At most 123 bytes (RFC 6455 §5.5). */
const unacknowledgedReason = 'unacknowledged: send {"ack": id}, or read /events?stream=true'
/** UTF-16 units of a client's message. An acknowledgment is far smaller. */
const maxMessageUnits = 1_000

/** A frame that the client has not acknowledged. */
interface UnacknowledgedFrame {
  readonly id: string
  readonly bytes: number
}

export class WebSocketSink implements Sink {
  /** The client's end. */
  readonly client: WebSocket
  readonly #server: WebSocket
  readonly #onClose: () => void
  readonly #ackMs: number
  #unacknowledged: UnacknowledgedFrame[] = []
  #bytes = 0
  #resolveDrained: (() => void) | null = null
  #isClosed = false

  /** `onClose`: called once, after either side closed the socket. */
  constructor(onClose: () => void, ackMs = defaultAckMs) {
    this.#onClose = onClose
    this.#ackMs = ackMs
    const { 0: client, 1: server } = new WebSocketPair()
    this.client = client
    this.#server = server
    server.accept()
    server.addEventListener('message', ({ data }) => this.#acknowledge(data))
    server.addEventListener('close', () => this.#end())
    server.addEventListener('error', () => this.#end())
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get isFull(): boolean {
    return this.#bytes >= limits.unacknowledgedBytes || (this.#bytes > 0 && isolateBuffer.isFull)
  }

  send(frames: string): void {
    if (this.#isClosed) return
    for (const block of frames.split('\n\n')) {
      const message = toMessage(block)
      if (!message) continue
      this.#server.send(message.text)
      this.#track(message.id, message.text.length)
    }
  }

  /** A comment counts as a frame without an id: it is acknowledged with the frame before it. */
  comment(text: string): void {
    if (this.#isClosed) return
    const message = JSON.stringify({ comment: text })
    this.#server.send(message)
    this.#track(this.#unacknowledged.at(-1)?.id ?? '', message.length)
  }

  /** Does nothing: a WebSocket client chooses its own delay. */
  retry(): void {}

  /** Resolves when the window has room. Closes the socket if the client acknowledges nothing for too long. */
  async drained(): Promise<void> {
    while (!this.#isClosed && this.isFull) {
      const before = this.#bytes
      let timeout: ReturnType<typeof setTimeout> | null = null
      await new Promise<void>((resolve) => {
        this.#resolveDrained = resolve
        timeout = setTimeout(resolve, this.#ackMs)
      })
      clearTimeout(timeout)
      if (!this.#isClosed && this.#bytes === before) this.#close(unacknowledgedCode, unacknowledgedReason)
    }
  }

  close(code = 1000, reason = ''): void {
    this.#close(code, reason)
  }

  #close(code: number, reason: string): void {
    if (this.#isClosed) return
    this.#server.close(code, reason)
    this.#end()
  }

  /** `{"ack": id}`: every message up to the frame `id` was read. Other messages are ignored. */
  #acknowledge(data: unknown): void {
    const id = ackOf(data)
    const index = id === undefined ? -1 : this.#unacknowledged.findIndex((sent) => sent.id === id)
    if (index < 0) return
    for (const { bytes } of this.#unacknowledged.splice(0, index + 1)) this.#count(-bytes)
    this.#notifyDrained()
  }

  #track(id: string, bytes: number): void {
    this.#count(bytes)
    const last = this.#unacknowledged.at(-1)
    if (last?.id === id) this.#unacknowledged[this.#unacknowledged.length - 1] = { id, bytes: last.bytes + bytes }
    else this.#unacknowledged.push({ id, bytes })
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    isolateBuffer.add(bytes)
  }

  #notifyDrained(): void {
    this.#resolveDrained?.()
    this.#resolveDrained = null
  }

  #end(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#count(-this.#bytes)
    this.#unacknowledged = []
    this.#notifyDrained()
    this.#onClose()
  }
}

function ackOf(data: unknown): string | undefined {
  if (typeof data !== 'string' || data.length > maxMessageUnits) return undefined
  try {
    const { ack } = JSON.parse(data) as { ack?: unknown }
    return typeof ack === 'string' ? ack : undefined
  } catch {
    return undefined
  }
}

/** Converts a frame of event-stream text to a message. Its data is JSON, which is sent unchanged. */
function toMessage(block: string): { readonly text: string; readonly id: string } | undefined {
  const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(block) ?? []
  return id === undefined ? undefined : { id, text: `{"id":${JSON.stringify(id)},"data":${data}}` }
}
