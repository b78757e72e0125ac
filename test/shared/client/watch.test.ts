import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../../shared/client/client.ts'
import type { WatchStatus } from '../../../shared/client/watch.ts'

type Responder = (request: {
  readonly url: URL
  readonly signal: AbortSignal | null
  readonly headers: Headers
}) => Response | Promise<Response>

/** A client that gets the answers in order. The last answer repeats. */
function clientWith(...answers: Responder[]) {
  const urls: URL[] = []
  const fakeFetch = (async (input: string, init: RequestInit = {}) => {
    const url = new URL(input, 'http://soma.test')
    urls.push(url)
    const answer = answers[Math.min(urls.length, answers.length) - 1]
    if (answer === undefined) throw new Error('no answer')
    return answer({ url, signal: init.signal ?? null, headers: new Headers(init.headers) })
  }) as typeof fetch
  return { client: createClient({ baseUrl: 'http://soma.test', fetch: fakeFetch, token: 'secret' }), urls }
}

const frame = (seq: number): string => `id: ${seq}\ndata: ${JSON.stringify({ seq, at: seq, type: 'session.titled', title: `t${seq}` })}\n\n`
const sse =
  (...chunks: string[]): Responder =>
  () =>
    new Response(chunks.join(''), { headers: { 'content-type': 'text/event-stream' } })
const refusal =
  (status: number): Responder =>
  () =>
    Response.json({ type: '/problems/x', title: 'No', status, detail: 'Because.', request_id: 'r1' }, { status })

/** A stream that sends `text` and then nothing, until it is aborted. */
const silent =
  (text: string): Responder =>
  ({ signal }) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(text))
        signal?.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')))
      },
    })
    return new Response(body)
  }

async function firstIds(frames: AsyncGenerator<{ readonly id: string }>, count: number): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of frames) {
    ids.push(id)
    if (ids.length === count) break
  }
  return ids
}

describe('watch', () => {
  beforeEach(() => {
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 50 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('resumes where a stream ended', async () => {
    const { client, urls } = clientWith(sse('retry: 10\n\n', frame(1), frame(2)), sse(frame(3)))
    expect(await firstIds(client.watch('s'), 3)).toEqual(['1', '2', '3'])
    expect(urls.map((url) => url.searchParams.get('after'))).toEqual([null, '2'])
  })

  it('ignores an incomplete frame', async () => {
    const { client, urls } = clientWith(sse('retry: 10\n\n', frame(1), frame(2).slice(0, -1)), sse(frame(2)))
    expect(await firstIds(client.watch('s'), 2)).toEqual(['1', '2'])
    expect(urls[1]?.searchParams.get('after')).toBe('1')
  })

  it('waits for the server’s `retry` time, with jitter', async () => {
    const { client } = clientWith(sse('retry: 5000\n\n', frame(1)), sse(frame(2)))
    const waits: number[] = []
    const onStatus = (status: WatchStatus) => {
      if (status.kind !== 'waiting') return
      waits.push(status.until - Date.now())
      status.retryNow()
    }
    await firstIds(client.watch('s', { onStatus }), 2)
    expect(waits).toHaveLength(1)
    expect(waits[0]).toBeGreaterThanOrEqual(2_500)
    expect(waits[0]).toBeLessThanOrEqual(5_000)
  })

  it('reconnects after a stream falls silent', async () => {
    const { client, urls } = clientWith(silent(`retry: 10\n\n${frame(1)}`), sse(frame(2)))
    expect(await firstIds(client.watch('s', { silenceMs: 200 }), 2)).toEqual(['1', '2'])
    expect(urls).toHaveLength(2)
  })

  it.each([400, 401, 404, 410])('stops at status %i, with the problem', async (status) => {
    const { client, urls } = clientWith(refusal(status))
    await expect(firstIds(client.watch('s'), 1)).rejects.toMatchObject({ name: 'ApiError', problem: { status, request_id: 'r1' } })
    expect(urls).toHaveLength(1)
  })

  it('retries after a temporary failure', async () => {
    const onStatus = (status: WatchStatus) => status.kind === 'waiting' && status.retryNow()
    const { client, urls } = clientWith(refusal(503), sse(frame(1)))
    expect(await firstIds(client.watch('s', { onStatus }), 1)).toEqual(['1'])
    expect(urls).toHaveLength(2)
  })

  it('ends when it is aborted during a wait', async () => {
    const abort = new AbortController()
    const { client } = clientWith(refusal(503))
    const onStatus = (status: WatchStatus) => status.kind === 'waiting' && abort.abort()
    expect(await firstIds(client.watch('s', { signal: abort.signal, onStatus }), 1)).toEqual([])
  })
})

describe('sendMessage', () => {
  it('repeats with the same key when the response was lost', async () => {
    const keys: (string | null)[] = []
    const sent = { session_id: 's', event_id: 'k', turn_id: 't', seq: 3 }
    const { client } = clientWith(
      ({ headers }) => {
        keys.push(headers.get('idempotency-key'))
        throw new TypeError('connection lost')
      },
      ({ headers }) => {
        keys.push(headers.get('idempotency-key'))
        return Response.json(sent)
      },
    )
    expect(await client.sendMessage({ message: 'hello' })).toEqual(sent)
    expect(new Set(keys).size).toBe(1)
    expect(keys).toHaveLength(2)
  })

  it('repeats with the same key when the response was cut off', async () => {
    const sent = { session_id: 's', event_id: 'k', turn_id: 't', seq: 3 }
    const { client, urls } = clientWith(
      () => new Response('{"session_id":"s","ev', { headers: { 'content-type': 'application/json' } }),
      () => Response.json(sent),
    )
    expect(await client.sendMessage({ message: 'hello' })).toEqual(sent)
    expect(urls).toHaveLength(2)
  })

  it('does not repeat a refused message', async () => {
    const { client, urls } = clientWith(refusal(409))
    await expect(client.sendMessage({ message: 'hello' })).rejects.toMatchObject({ status: 409 })
    expect(urls).toHaveLength(1)
  })

  it('reports a problem with a title when a proxy responds in another format', async () => {
    const { client } = clientWith(() => new Response('<h1>Bad gateway</h1>', { status: 404 }))
    await expect(client.getSession('s')).rejects.toMatchObject({ problem: { status: 404, title: expect.any(String) } })
  })
})
