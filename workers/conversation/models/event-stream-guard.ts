/**
 * Checks a provider's event stream before the `openai` library (6.49) reads it. The library buffers an event of any length.
 * It also does not report `[DONE]`, so a truncated answer looks complete.
 */
import { ModelError } from '../../../shared/model/model.ts'

/** Maximum bytes of one event. A whole answer in one event fits. */
export const eventBytes = 512 * 1024

/** Maximum bytes of an error response's body. The library reads all of it; we need only its code. */
const refusalBytes = 64 * 1024

const newline = 0x0a
const carriageReturn = 0x0d
const doneMark = new TextEncoder().encode('data: [DONE]')
const doneMarkDense = new TextEncoder().encode('data:[DONE]')

/** Guards one response. */
export class EventStreamGuard {
  /** Whether the provider sent `[DONE]`. */
  done = false
  #end = () => {}

  /** Returns `response` with bounded events. It ends at `[DONE]`, even if the provider keeps the connection open. */
  watch(response: Response): Response {
    if (response.body === null) return response
    if (!response.ok) return new Response(bounded(response.body, refusalBytes), response)
    const type = response.headers.get('content-type') ?? ''
    if (/html|application\/json/i.test(type)) {
      response.body.cancel().catch(() => {})
      throw new ModelError('The model endpoint returned something that is not a stream. Its address may be wrong (SOMA_MODEL_BASE_URL).')
    }
    return new Response(this.#events(response.body), response)
  }

  /** Ends the stream after `ms` milliseconds, unless the provider ends it first. Call it when the answer is complete. */
  endWithin(ms: number): void {
    setTimeout(() => this.#end(), ms)
  }

  #events(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader()
    const events = new EventLengths()
    let ended = false
    return new ReadableStream({
      start: (controller) => {
        this.#end = () => {
          if (ended) return
          ended = true
          controller.close()
          reader.cancel().catch(() => {})
        }
      },
      pull: async (controller) => {
        const { done, value } = await reader.read()
        if (ended) return
        if (done) return this.#end()
        events.read(value)
        if (events.longest > eventBytes) {
          ended = true
          reader.cancel().catch(() => {})
          throw new ModelError('The model endpoint sent a line without end.')
        }
        controller.enqueue(value)
        if (!events.done) return
        this.done = true
        this.#end()
      },
      cancel: (reason) => {
        ended = true
        return reader.cancel(reason)
      },
    })
  }
}

/** Measures lines and events. It stores no content. */
class EventLengths {
  done = false
  /** Bytes of the longest event so far. */
  longest = 0
  #event = 0
  #line = 0
  #isMark = true
  #isDenseMark = true

  read(bytes: Uint8Array): void {
    for (const byte of bytes) {
      // Lines end with LF or CRLF. A lone CR is legal too, but no endpoint sends it.
      if (byte === carriageReturn) continue
      if (byte === newline) {
        if (this.#line === 0) this.#event = 0
        this.#line = 0
        this.#isMark = this.#isDenseMark = true
        continue
      }
      this.#isMark &&= byte === doneMark[this.#line]
      this.#isDenseMark &&= byte === doneMarkDense[this.#line]
      this.#line++
      this.#event++
      if (this.#event > this.longest) this.longest = this.#event
      if ((this.#isMark && this.#line === doneMark.length) || (this.#isDenseMark && this.#line === doneMarkDense.length)) this.done = true
    }
  }
}

/** The first `limit` bytes of `body`. */
function bounded(body: ReadableStream<Uint8Array>, limit: number): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let left = limit
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read()
      if (done) return controller.close()
      controller.enqueue(value.subarray(0, left))
      left -= value.length
      if (left > 0) return
      controller.close()
      reader.cancel().catch(() => {})
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
