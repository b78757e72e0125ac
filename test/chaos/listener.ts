/** A reader on a plain connection, cheap enough to have 500 of: it keeps what it hears, and comes back with its last id when its stream ends. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { Stage } from './stage.ts'

/** What a client waits that was told nothing else. Milliseconds. */
const retryMs = 1_000

export class Listener {
  readonly name: string
  /** All that it heard; a frame that was cut off is left out, for it comes again. */
  heard = ''
  bytes = 0
  /** When it heard something again after the last cut. Unix ms */
  backAt = 0
  /** How often the server ended its stream. */
  sentAway = 0
  readonly #stage: Stage
  readonly #session: string
  readonly #after: string
  #rest = ''
  #asked: ClientRequest | null = null
  #response: IncomingMessage | null = null
  #gone = false

  constructor(stage: Stage, session: string, after: string, name: string) {
    this.#stage = stage
    this.#session = session
    this.#after = after
    this.name = name
  }

  /** Resolves when its stream has begun. */
  async open(): Promise<void> {
    const { stack, alice } = this.#stage
    const after = /^id: (.*)$/m.exec(this.heard.slice(this.heard.lastIndexOf('\nid: ') + 1))?.[1] ?? this.#after
    const asked = request(`${stack.url}/v1/sessions/${this.#session}/events?stream=true&after=${after}`, {
      agent: false,
      headers: { authorization: `Bearer ${alice.token}` },
    })
    this.#asked = asked
    this.#rest = ''
    this.backAt = 0
    const response = await new Promise<IncomingMessage | null>((resolve) =>
      asked
        .once('response', resolve)
        .on('error', () => resolve(null))
        .end(),
    )
    if (asked !== this.#asked) return
    if (response?.statusCode !== 200) return this.#again()
    this.#response = response.setEncoding('utf8')
    response.on('data', (text: string) => this.#hear(text, asked))
    response.on('error', () => {})
    response.on('close', () => asked === this.#asked && this.#again())
  }

  #hear(text: string, asked: ClientRequest): void {
    if (asked !== this.#asked) return
    this.bytes += Buffer.byteLength(text)
    this.backAt ||= Date.now()
    const all = this.#rest + text
    const whole = all.lastIndexOf('\n\n') + 2
    if (whole < 2) {
      this.#rest = all
      return
    }
    this.heard += `\n${all.slice(0, whole)}`
    this.#rest = all.slice(whole)
  }

  #again(): void {
    if (this.#gone) return
    this.sentAway += 1
    const told = [...this.heard.slice(-2_000).matchAll(/^retry: (\d+)$/gm)].at(-1)?.[1]
    setTimeout(() => void this.open(), told ? Number(told) : retryMs)
  }

  pause(): void {
    this.#response?.pause()
  }

  resume(): void {
    this.#response?.resume()
  }

  cut(): void {
    const asked = this.#asked
    this.#asked = null
    asked?.on('error', () => {}).destroy()
  }

  close(): void {
    this.#gone = true
    this.cut()
  }

  /** What is wrong with what it heard, if its last answer was `text`; null: nothing. */
  judge(text: string): string | null {
    const texts = new Map<string, string>()
    let last: number | null = null
    for (const [, json = ''] of this.heard.matchAll(/^data: (.*)$/gm)) {
      const frame = JSON.parse(json)
      if (frame.type === 'item.delta') {
        const before = texts.get(frame.item_id) ?? ''
        if (frame.offset !== before.length) return `${this.name} heard a delta at ${frame.offset} after ${before.length} units`
        texts.set(frame.item_id, before + frame.text)
        continue
      }
      if (last !== null && frame.seq !== last + 1) return `${this.name} heard event ${frame.seq} after ${last}`
      last = frame.seq
      if (frame.type === 'item.closed' && texts.get(frame.item_id) !== frame.text)
        return `${this.name} heard ${texts.get(frame.item_id)?.length} of ${frame.text.length} units`
    }
    const said = [...texts.values()].at(-1)
    return said === text
      ? null
      : `${this.name} heard ${said?.length} of the ${text.length} units of the answer; ${this.sentAway} times sent away`
  }
}
