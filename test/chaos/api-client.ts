/** An API client that repeats a request, with the same key, until it gets an answer. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../../shared/client/client.ts'
import type { Frame } from '../../shared/client/watch.ts'
import type { ReaderRecord } from './ledger.ts'

/** `Body`: the fields that the caller compares. They are not validated. */
export interface Answer<Body> {
  readonly status: number
  readonly body: Body
}

/** A request without an answer after this time is sent again. */
const timeoutMs = 10_000
const giveUpMs = 120_000

export class ApiClient {
  readonly url: string
  readonly token: string

  constructor(url: string, token: string) {
    this.url = url
    this.token = token
  }

  /** Sends the request once. */
  async once<Body>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<Body>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: { authorization: `Bearer ${this.token}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    // An incomplete body throws, so it does not count as an answer.
    return { status: response.status, body: (await response.json()) as Body }
  }

  /** Repeats the request until the status is below 500, or until `giveUpMs`. */
  async request<Body>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<Body>> {
    const until = Date.now() + giveUpMs
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 1.5, 1_000)) {
      try {
        const answer = await this.once<Body>(method, path, body, headers)
        if (answer.status < 500) return answer
        if (Date.now() > until) return answer
      } catch (error) {
        if (Date.now() > until) throw error
      }
      await sleep(waitMs)
    }
  }

  /** Reads a session from `from.id` until `signal` aborts. Call it again to resume. */
  async read(
    session: string,
    reader: ReaderRecord,
    cursor: { id: string },
    signal: AbortSignal,
    onFrame: (frame: Frame) => void,
  ): Promise<void> {
    reader.connections++
    const client = createClient({ baseUrl: this.url, token: this.token })
    const frames = client.watch(session, { signal, ...(cursor.id !== '' && { after: cursor.id }) })
    for await (const frame of frames) {
      if (signal.aborted) return
      cursor.id = frame.id
      recordFrame(reader, frame)
      onFrame(frame)
    }
  }
}

/** Adds a frame to `reader`, and checks its position. */
function recordFrame(reader: ReaderRecord, { id, data }: Frame): void {
  if (data.type === 'turn.retrying') return
  if (data.type !== 'item.delta' && data.type !== 'reasoning.delta') {
    const last = reader.events.at(-1)?.seq ?? 0
    if (data.seq !== last + 1) reader.errors.push(`${reader.name}: event ${data.seq} (id ${id}) after ${last}`)
    reader.events.push(data)
    return
  }
  const before = reader.texts.get(data.item_id) ?? ''
  if (data.offset !== before.length) reader.errors.push(`${reader.name}: delta at ${data.offset} (id ${id}) after ${before.length} units`)
  reader.texts.set(data.item_id, before + data.text)
}
