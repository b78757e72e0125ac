/** Watches a session: one sequence of frames over any number of connections. */
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import type { FrameBody } from '../events/frame-body.ts'
import { backoff } from '../lib/backoff.ts'
import { pause } from '../lib/timeout.ts'
import { ApiError, Unreachable } from './errors.ts'
import type { Transport } from './transport.ts'

/** One frame, and the cursor to resume after it. */
export interface Frame {
  readonly id: string
  readonly data: FrameBody
}

/** The connection status, for display. */
export type WatchStatus =
  | { readonly kind: 'connecting'; readonly attempt: number }
  | { readonly kind: 'live' }
  | { readonly kind: 'waiting'; readonly attempt: number; readonly until: number; readonly retryNow: () => void }

/** Options of a watch. */
export interface WatchOptions {
  /** The cursor of the last seen frame; absent: the beginning. `latest`: new frames only. */
  readonly after?: string
  readonly signal?: AbortSignal
  readonly onStatus?: (status: WatchStatus) => void
  /** The idle timeout of a stream. Heartbeats arrive every 15 s. */
  readonly silenceMs?: number
}

/** Errors that a retry cannot fix: bad cursor, signed out, forbidden, unknown, deleted. */
const permanentStatuses = new Set([400, 401, 403, 404, 410])

/**
 * Yields every frame after the cursor, then each new one, once and in order. Reconnects after a lost connection.
 * Throws `ApiError` on a permanent error. Ends when the signal aborts or the session is deleted.
 */
export async function* watch(transport: Transport, sessionId: string, options: WatchOptions = {}): AsyncGenerator<Frame, void, void> {
  const { signal, onStatus } = options
  let cursor = options.after
  let baseMs = 1_000
  let attempt = 0
  while (!signal?.aborted) {
    onStatus?.({ kind: 'connecting', attempt })
    const connection = new AbortController()
    const stop = () => connection.abort()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      const response = await transport('GET', `/v1/sessions/${encodeURIComponent(sessionId)}/events`, {
        query: { stream: 'true', after: cursor },
        headers: { accept: 'text/event-stream' },
        signal: connection.signal,
      })
      onStatus?.({ kind: 'live' })
      for await (const chunk of parsedChunks(response, connection, options.silenceMs ?? 40_000)) {
        // Any byte proves that the connection works, so the backoff restarts.
        attempt = 0
        if (chunk.retryMs !== undefined) baseMs = chunk.retryMs
        for (const message of chunk.messages) {
          if (message.id === undefined || message.id === '') continue
          cursor = message.id
          const data: Frame['data'] = JSON.parse(message.data)
          yield { id: cursor, data }
          if (data.type === 'session.deleted') return
        }
      }
    } catch (error) {
      if (signal?.aborted) return
      if (error instanceof ApiError && permanentStatuses.has(error.status)) throw error
      if (!(error instanceof ApiError || error instanceof Unreachable)) throw error
    } finally {
      signal?.removeEventListener('abort', stop)
      connection.abort()
    }
    if (signal?.aborted) return
    attempt += 1
    const ms = backoff(attempt, baseMs, Math.max(baseMs, 30_000))
    const waiting = pause(ms, signal)
    onStatus?.({ kind: 'waiting', attempt, until: Date.now() + ms, retryNow: waiting.wake })
    await waiting.done
  }
}

interface ParsedChunk {
  readonly messages: readonly EventSourceMessage[]
  readonly retryMs: number | undefined
}

/** The frames of each chunk. Ends at a clean close. Throws `Unreachable` after a broken connection or the idle timeout. */
async function* parsedChunks(response: Response, connection: AbortController, silenceMs: number): AsyncGenerator<ParsedChunk> {
  if (response.body === null) return
  let messages: EventSourceMessage[] = []
  let retryMs: number | undefined
  const parser = createParser({
    onEvent: (message) => messages.push(message),
    onRetry: (ms) => {
      retryMs = ms
    },
  })
  const decoder = new TextDecoder()
  const reader = response.body.getReader()
  try {
    while (true) {
      const timer = setTimeout(() => connection.abort(new Error(`No bytes for ${silenceMs} ms.`)), silenceMs)
      const chunk = await reader.read().finally(() => clearTimeout(timer))
      if (chunk.done) return
      parser.feed(decoder.decode(chunk.value, { stream: true }))
      yield { messages, retryMs }
      messages = []
      retryMs = undefined
    }
  } catch (error) {
    throw new Unreachable(error)
  } finally {
    reader.cancel().catch(() => undefined)
  }
}
