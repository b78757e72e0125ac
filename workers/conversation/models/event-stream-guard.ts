/**
 * A filter between a provider's answer, in any dialect, and the `openai` library. The library (6.49) buffers an event of any length and fails on an event
 * without data. It does not report `[DONE]`, and hides keep-alive comments, which show that the provider works.
 */
import { type BodyFormat, EventDecoder } from './event-decoder.ts'

/** Bytes of a refusal's body that are read, at most. */
const refusalBytes = 64 * 1024

/** The least time between two keep-alive signals for bytes that complete no event. Milliseconds. */
const aliveIntervalMs = 100

/** The unit of `endWithin`. Milliseconds. */
const tickMs = 100

/** The event that this guard inserts after bytes that complete no event, such as a comment. */
export const aliveEvent = 'soma.alive'

/** Whether `event` is one of those. */
export const isAliveEvent = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'object' in event && event.object === aliveEvent

const encoder = new TextEncoder()
/** Events with these JSON texts, as one piece: each piece costs the library a read. */
const encodeEvents = (texts: readonly string[]) => encoder.encode(texts.map((json) => `data: ${json}\n\n`).join(''))

export class EventStreamGuard {
  /** Whether the provider sent `[DONE]`, or its answer as one document. */
  isDone = false
  /** The body of a refusal as the provider sent it, cut at 64 KiB. */
  refusal = ''
  readonly #format: BodyFormat
  #isEnded = false
  #end = () => {}
  #clearTimer = () => {}

  constructor(format: BodyFormat = 'events') {
    this.#format = format
  }

  /** `response`, with its events bounded and complete. It ends at `[DONE]`, also when the provider leaves the connection open. */
  async watch(response: Response): Promise<Response> {
    if (response.body === null) return response
    if (response.ok) return new Response(this.#events(response.body), { status: 200 })
    this.refusal = await firstText(response.body, refusalBytes)
    return new Response(this.refusal, response)
  }

  /**
   * The answer may be finished: ends the stream after `ms`, unless it ends before. A later call replaces an earlier one. It counts ticks,
   * not time. After a stall of the isolate, a timer is due before the bytes that arrived meanwhile are read.
   */
  endWithin(ms: number): void {
    this.#clearTimer()
    if (this.#isEnded) return
    let ticksLeft = Math.ceil(ms / tickMs)
    const timer = setInterval(() => {
      ticksLeft -= 1
      if (ticksLeft <= 0) this.#end()
    }, tickMs)
    this.#clearTimer = () => clearInterval(timer)
  }

  #events(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader()
    const decoder = new TextDecoder()
    const eventDecoder = new EventDecoder(this.#format)
    let aliveAt = 0
    const stop = () => {
      this.#isEnded = true
      this.#clearTimer()
      reader.cancel().catch(() => {})
    }
    return new ReadableStream({
      start: (controller) => {
        this.#end = () => {
          if (this.#isEnded) return
          stop()
          controller.close()
        }
      },
      // A pull that enqueues nothing is not repeated, so it reads on.
      pull: async (controller) => {
        while (!this.#isEnded) {
          const { done, value } = await reader.read()
          if (this.#isEnded) return
          try {
            const decoded = done
              ? [...eventDecoder.add(decoder.decode()), ...eventDecoder.end()]
              : eventDecoder.add(decoder.decode(value, { stream: true }))
            if (decoded.length > 0) controller.enqueue(encodeEvents(decoded))
            this.isDone = eventDecoder.isDone
            if (done || eventDecoder.isDone) return this.#end()
            if (decoded.length > 0) return
          } catch (error) {
            stop()
            throw error
          }
          if (Date.now() - aliveAt < aliveIntervalMs) continue
          aliveAt = Date.now()
          return controller.enqueue(encodeEvents([JSON.stringify({ object: aliveEvent })]))
        }
      },
      cancel: () => stop(),
    })
  }
}

/** The first `limit` bytes of `body`, as text. */
async function firstText(body: ReadableStream<Uint8Array>, limit: number): Promise<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let remaining = limit; remaining > 0; ) {
    const { done, value } = await reader.read()
    if (done) return text
    text += decoder.decode(value.subarray(0, remaining), { stream: true })
    remaining -= value.length
  }
  reader.cancel().catch(() => {})
  return text
}
