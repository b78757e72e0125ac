/** A reader on a plain connection, cheap enough for 500 of them. It stores its frames and resumes with its last id. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { System } from './system.ts'

/** Delay before a reconnect, if the server sends no `retry`. Milliseconds. */
const retryMs = 1_000

export class StreamReader {
  readonly name: string
  /** All complete frames. An incomplete frame is dropped, because the server sends it again. */
  received = ''
  bytes = 0
  /** When data arrived again after the last cut. Unix ms. */
  resumedAt = 0
  /** How often the server ended the stream. */
  streamEnds = 0
  readonly #system: System
  readonly #session: string
  readonly #after: string
  #rest = ''
  #outgoing: ClientRequest | null = null
  #response: IncomingMessage | null = null
  #isClosed = false

  constructor(system: System, session: string, after: string, name: string) {
    this.#system = system
    this.#session = session
    this.#after = after
    this.name = name
  }

  /** Resolves when the stream has started. */
  async open(): Promise<void> {
    const { stack, alice } = this.#system
    const after = /^id: (.*)$/m.exec(this.received.slice(this.received.lastIndexOf('\nid: ') + 1))?.[1] ?? this.#after
    const outgoing = request(`${stack.url}/v1/sessions/${this.#session}/events?stream=true&after=${after}`, {
      agent: false,
      headers: { authorization: `Bearer ${alice.token}` },
    })
    this.#outgoing = outgoing
    this.#rest = ''
    this.resumedAt = 0
    const response = await new Promise<IncomingMessage | null>((resolve) =>
      outgoing
        .once('response', resolve)
        .on('error', () => resolve(null))
        .end(),
    )
    if (outgoing !== this.#outgoing) return
    if (response?.statusCode !== 200) return this.#reconnectLater()
    this.#response = response.setEncoding('utf8')
    response.on('data', (text: string) => this.#receive(text, outgoing))
    response.on('error', () => {})
    response.on('close', () => outgoing === this.#outgoing && this.#reconnectLater())
  }

  #receive(text: string, outgoing: ClientRequest): void {
    if (outgoing !== this.#outgoing) return
    this.bytes += Buffer.byteLength(text)
    this.resumedAt ||= Date.now()
    const all = this.#rest + text
    const completeLength = all.lastIndexOf('\n\n') + 2
    if (completeLength < 2) {
      this.#rest = all
      return
    }
    this.received += `\n${all.slice(0, completeLength)}`
    this.#rest = all.slice(completeLength)
  }

  #reconnectLater(): void {
    if (this.#isClosed) return
    this.streamEnds += 1
    const serverRetryMs = [...`${this.received.slice(-2_000)}${this.#rest}`.matchAll(/^retry: (\d+)$/gm)].at(-1)?.[1]
    setTimeout(() => void this.open(), serverRetryMs ? Number(serverRetryMs) : retryMs)
  }

  pause(): void {
    this.#response?.pause()
  }

  resume(): void {
    this.#response?.resume()
  }

  cut(): void {
    const outgoing = this.#outgoing
    this.#outgoing = null
    outgoing?.on('error', () => {}).destroy()
  }

  close(): void {
    this.#isClosed = true
    this.cut()
  }

  /** The first error in the received frames, if the last answer must be `text`. Null: none. */
  findError(text: string): string | null {
    const texts = new Map<string, string>()
    let last: number | null = null
    for (const [, json = ''] of this.received.matchAll(/^data: (.*)$/gm)) {
      const frame = JSON.parse(json)
      if (frame.type === 'item.delta') {
        const before = texts.get(frame.item_id) ?? ''
        if (frame.offset !== before.length) return `${this.name} received a delta at ${frame.offset} after ${before.length} units`
        texts.set(frame.item_id, before + frame.text)
        continue
      }
      // A frame that is not recorded has no seq.
      if (frame.seq === undefined) continue
      if (last !== null && frame.seq !== last + 1) return `${this.name} received event ${frame.seq} after ${last}`
      last = frame.seq
      if (frame.type === 'item.closed' && texts.get(frame.item_id) !== frame.text)
        return `${this.name} received ${texts.get(frame.item_id)?.length} of ${frame.text.length} units`
    }
    const answer = [...texts.values()].at(-1)
    return answer === text
      ? null
      : `${this.name} received ${answer?.length} of the ${text.length} units of the answer; the server ended ${this.streamEnds} streams`
  }
}
