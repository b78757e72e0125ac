/** Someone with a token who does not give up: the same request again, with the same key, until somebody answers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../../shared/client/client.ts'
import type { Frame } from '../../shared/client/watch.ts'
import type { Seen } from './ledger.ts'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API says; what matters of it is compared.
  readonly body: any
}

/** A request that nobody answered in this time is sent again. */
const patienceMs = 10_000
const giveUpMs = 120_000

export class Person {
  readonly url: string
  readonly token: string

  constructor(url: string, token: string) {
    this.url = url
    this.token = token
  }

  /** Once. */
  async once(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      signal: AbortSignal.timeout(patienceMs),
      headers: { authorization: `Bearer ${this.token}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    // A body that is cut off is no answer.
    return { status: response.status, body: await response.json() }
  }

  /** Until there is an answer that stands: not of a server in trouble, not of a proxy whose server is gone. */
  async ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    const until = Date.now() + giveUpMs
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 1.5, 1_000)) {
      try {
        const answer = await this.once(method, path, body, headers)
        if (answer.status < 500) return answer
        if (Date.now() > until) return answer
      } catch (error) {
        if (Date.now() > until) throw error
      }
      await sleep(waitMs)
    }
  }

  /** Reads a session from where `seen` ends, until `signal`. A cut is an abort; whoever comes back calls this again. */
  async read(session: string, seen: Seen, from: { id: string }, signal: AbortSignal, heard: (frame: Frame) => void): Promise<void> {
    seen.connections++
    const client = createClient({ baseUrl: this.url, token: this.token })
    const frames = client.watch(session, { signal, ...(from.id !== '' && { after: from.id }) })
    for await (const frame of frames) {
      if (signal.aborted) return
      from.id = frame.id
      note(seen, frame)
      heard(frame)
    }
  }
}

/** What a frame adds, and whether it fits to what came before. */
function note(seen: Seen, { id, data }: Frame): void {
  if (data.type !== 'item.delta') {
    const last = seen.events.at(-1)?.seq ?? 0
    if (data.seq !== last + 1) seen.wrong.push(`${seen.name}: event ${data.seq} (id ${id}) after ${last}`)
    seen.events.push(data)
    return
  }
  const before = seen.texts.get(data.item_id) ?? ''
  if (data.offset !== before.length) seen.wrong.push(`${seen.name}: delta at ${data.offset} (id ${id}) after ${before.length} units`)
  seen.texts.set(data.item_id, before + data.text)
}
