/**
 * A user who chats while others load the same stack: sends a message, reads the stream, and checks each answer. Tests of other tenants'
 * correctness and the benchmark `neighbours` use it.
 */
import { createParser } from 'eventsource-parser'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import type { FrameBody } from '../../shared/events/frame-body.ts'

/** One message and its answer. Times in milliseconds since the message was sent. */
export interface Exchange {
  readonly acknowledgedMs: number
  readonly firstWordMs: number
  readonly endedMs: number
  readonly answer: string
}

export interface Neighbour {
  /** Sends `message` and reads the answer to its end. Throws if an answer is refused, not in order, or not completed. */
  exchange(message: string): Promise<Exchange>
  readonly session: string
  close(): Promise<void>
}

/** Opens a session with a first message, and its stream. */
export async function openNeighbour(url: string, token: string, first: string): Promise<Neighbour> {
  const bearer = { authorization: `Bearer ${token}` }
  const send = async (message: string, session_id?: string): Promise<AcceptedMessage> => {
    const response = await fetch(`${url}/v1/sessions/message`, {
      method: 'POST',
      headers: { ...bearer, 'content-type': 'application/json' },
      body: JSON.stringify({ message, ...(session_id === undefined ? {} : { session_id }) }),
    })
    if (response.status !== 200) throw new Error(`a neighbour's message got ${response.status}: ${await response.text()}`)
    return (await response.json()) as AcceptedMessage
  }
  const { session_id } = await send(first)
  const reader = new StreamReader(`${url}/v1/sessions/${session_id}/events?stream=true`, bearer)
  return {
    session: session_id,
    async exchange(message) {
      const startedAt = performance.now()
      const { turn_id } = await send(message, session_id)
      const acknowledgedMs = performance.now() - startedAt
      const turn = await reader.ended(turn_id)
      if (turn.outcome !== 'completed') throw new Error(`a neighbour's turn ended as ${turn.outcome}`)
      return { acknowledgedMs, firstWordMs: turn.firstWordAt - startedAt, endedMs: turn.endedAt - startedAt, answer: turn.text }
    },
    close: () => reader.close(),
  }
}

interface Turn {
  text: string
  firstWordAt: number
  endedAt: number
  outcome: string
  readonly end: PromiseWithResolvers<void>
}

/** Follows a stream over its ends, as `EventSource` does: with the last cursor, after a pause. */
class StreamReader {
  readonly #turns = new Map<string, Turn>()
  readonly #abort = new AbortController()
  readonly #finished: Promise<void>
  #cursor = ''

  constructor(url: string, headers: Record<string, string>) {
    this.#finished = this.#follow(url, headers)
  }

  /** The turn, after its end. */
  async ended(turnId: string): Promise<Turn> {
    const turn = this.#turn(turnId)
    await Promise.race([turn.end.promise, this.#finished.then(() => Promise.reject(new Error("a neighbour's stream is closed")))])
    this.#turns.delete(turnId)
    return turn
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.#finished.catch(() => {})
  }

  #turn(turnId: string): Turn {
    const turn = this.#turns.get(turnId) ?? { text: '', firstWordAt: 0, endedAt: 0, outcome: '', end: Promise.withResolvers<void>() }
    this.#turns.set(turnId, turn)
    return turn
  }

  async #follow(url: string, headers: Record<string, string>): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        const response = await fetch(url, {
          headers: { ...headers, ...(this.#cursor === '' ? {} : { 'last-event-id': this.#cursor }) },
          signal: this.#abort.signal,
        })
        if (response.status !== 200) throw new Error(`a neighbour's stream got ${response.status}: ${await response.text()}`)
        const parser = createParser({ onEvent: ({ id = '', data }) => this.#receive(id, JSON.parse(data)) })
        const decoder = new TextDecoder()
        for await (const bytes of response.body ?? []) parser.feed(decoder.decode(bytes, { stream: true }))
      } catch (error) {
        if (this.#abort.signal.aborted) return
        throw error
      }
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }

  #receive(id: string, body: FrameBody): void {
    this.#cursor = id
    switch (body.type) {
      case 'item.delta': {
        const turn = this.#turn(body.turn_id)
        if (turn.text === '') turn.firstWordAt = performance.now()
        turn.text += body.text
        break
      }
      case 'item.closed': {
        const { text } = this.#turn(body.turn_id)
        if (text !== body.text) throw new Error(`a neighbour's deltas have ${text.length} units of ${body.text.length}`)
        break
      }
      case 'turn.ended': {
        const turn = this.#turn(body.turn_id)
        Object.assign(turn, { endedAt: performance.now(), outcome: body.outcome })
        turn.end.resolve()
        break
      }
    }
  }
}

/** The median and the maximum of the times of exchanges, for a report. */
export function timesOf(exchanges: readonly Exchange[]): string {
  const describeTimes = (name: string, times: readonly number[]) => {
    const sorted = times.toSorted((a, b) => a - b)
    return `${name} ${(sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(0)} ms, at most ${(sorted.at(-1) ?? 0).toFixed(0)} ms`
  }
  return [
    describeTimes(
      'acknowledged after',
      exchanges.map(({ acknowledgedMs }) => acknowledgedMs),
    ),
    describeTimes(
      'first word after',
      exchanges.map(({ firstWordMs }) => firstWordMs),
    ),
    describeTimes(
      'end after',
      exchanges.map(({ endedMs }) => endedMs),
    ),
  ].join('; ')
}
