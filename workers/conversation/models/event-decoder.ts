/**
 * Decodes the body of a provider's answer into its JSON texts. Pure. It reads server-sent events, one JSON document, and JSON lines, with
 * any content type. It skips events without data and keep-alive events. With the format `lines` each line is one text (NDJSON).
 */
import { createParser } from 'eventsource-parser'
import { ModelError } from '../../../shared/model/model.ts'

/** UTF-16 units of one event, at most. A whole answer or an inline image in one event stays below it. */
export const eventUnits = 2 * 1024 * 1024

/** Names of events that only keep a connection open. */
const keepAlive = /^(ping|heartbeat|keep-?_?alive)$/i

/** How a body is divided: server-sent events, or one JSON text in each line. */
export type BodyFormat = 'events' | 'lines'

export class EventDecoder {
  /** Whether the provider sent `[DONE]`, or one whole JSON document. */
  isDone = false
  readonly #format: BodyFormat
  #mode: 'unknown' | 'events' | 'json' | 'lines' = 'unknown'
  #text = ''
  #decoded: string[] = []
  #isTooLong = false
  #isClosing = false
  readonly #parser = createParser({
    maxBufferSize: eventUnits,
    onEvent: ({ event, data }) => this.#addEvent(event, data),
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') this.#isTooLong = true
    },
  })

  constructor(format: BodyFormat = 'events') {
    this.#format = format
  }

  /** The JSON texts that `text` completes. Throws `ModelError` for a web page and for an event beyond the bound. */
  add(text: string): string[] {
    if (this.#mode === 'events') this.#feed(text)
    else {
      this.#text += text
      if (this.#mode === 'unknown') this.#chooseMode()
      if (this.#mode === 'lines') this.#takeLines()
      if (this.#text.length > eventUnits) throw tooLong()
    }
    return this.#takeDecoded()
  }

  /** The JSON texts that the end of the body completes. An incomplete event is dropped. */
  end(): string[] {
    this.#isClosing = true
    if (this.#mode === 'events') this.#feed('\n\n')
    else if (this.#mode === 'json') this.#decoded.push(...this.#documents())
    // An incomplete last line is dropped, like an incomplete event.
    else if (this.#mode === 'lines' && parsed(this.#text) !== undefined) this.#decoded.push(this.#text.trim())
    return this.#takeDecoded()
  }

  #chooseMode(): void {
    const first = this.#text.trimStart()[0]
    if (first === undefined) return
    if (first === '<') throw new ModelError('The model endpoint answered with a web page, which is not a stream. Its address may be wrong.')
    const isJson = first === '{' || first === '['
    this.#mode = !isJson ? 'events' : this.#format === 'lines' ? 'lines' : 'json'
    if (this.#mode !== 'events') return
    const text = this.#text
    this.#text = ''
    this.#feed(text)
  }

  #takeLines(): void {
    const lines = this.#text.split('\n')
    this.#text = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') this.#decoded.push(line.trim())
  }

  #feed(text: string): void {
    this.#parser.feed(text)
    if (this.#isTooLong) throw tooLong()
  }

  #takeDecoded(): string[] {
    const decoded = this.#decoded
    this.#decoded = []
    return decoded
  }

  #addEvent(name: string | undefined, data: string): void {
    const text = data.replaceAll('\n', ' ').trim()
    if (this.isDone || text === '' || keepAlive.test(name ?? '')) return
    if (text.startsWith('[DONE]')) this.isDone = true
    else if (this.#isClosing && parsed(text) === undefined) return
    else this.#decoded.push(name === 'error' ? asError(text) : text)
  }

  /** One document, the entries of a list, or one document per line. */
  #documents(): string[] {
    const event = parsed(this.#text)
    if (event !== undefined) {
      this.isDone = true
      return (Array.isArray(event) ? event : [event]).map((document) => JSON.stringify(document))
    }
    const lines = this.#text.split('\n').filter((line) => line.trim() !== '')
    if (lines.some((line) => parsed(line) === undefined)) throw new ModelError('The model endpoint sent something that is not JSON.')
    return lines
  }
}

const tooLong = () => new ModelError(`The model endpoint sent an event larger than ${eventUnits / 1024 / 1024} MB, so reading stopped.`)

/** The value of a JSON text; undefined: not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The data of an `error` event, in the same field as every other error. */
function asError(text: string): string {
  const data = parsed(text)
  const isWrapped = typeof data === 'object' && data !== null && 'error' in data
  return isWrapped ? text : JSON.stringify({ error: data ?? text })
}
