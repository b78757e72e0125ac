import { exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type Client, client, token } from '../client.ts'

let alice: Client
let authorization: string

beforeAll(async () => {
  alice = await client('streams', 'alice')
  authorization = `Bearer ${await token('streams', 'alice')}`
})

const newSession = async () => {
  const sent = await alice.call('POST', '/v1/sessions/message', { message: 'Hello' })
  return (await sent.json()) as { session_id: string; turn_id: string; seq: number }
}

/** The raw text of a stream, as it grows. */
function rawText(response: Response) {
  let text = ''
  let hasEnded = false
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  const reading = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += decoder.decode(part.value, { stream: true })
    hasEnded = true
  })().catch(() => undefined)
  return {
    text: () => text,
    ended: () => hasEnded,
    until: (check: (text: string) => boolean) => vi.waitFor(() => expect(check(text) || text).toBe(true), { timeout: 8_000, interval: 10 }),
    close: async () => {
      await reader.cancel()
      await reading
    },
  }
}

const open = (path: string, headers: Record<string, string> = {}) =>
  exports.default.fetch(new Request(`https://soma.test${path}`, { headers: { authorization, ...headers } }))
const stream = async (session: string, query = '') => rawText(await open(`/v1/sessions/${session}/events?stream=true${query}`))

/**
 * The events of a client that dispatches every block with any field or comment. Each of encode/httpx-sse, r3labs/sse and
 * tmaxmax/go-sse follows a part of this rule.
 */
const eventBlocks = (text: string): { data: string; block: string }[] =>
  text
    .split('\n\n')
    .slice(0, -1)
    .map((block) => ({ block, data: /^data: (.*)$/m.exec(block)?.[1] ?? '' }))

const expectNoEmptyBlock = (text: string) => {
  for (const { data, block } of eventBlocks(text)) expect(() => JSON.parse(data), block).not.toThrow()
}

describe('An event stream', () => {
  it('begins with `retry:` and a comment, before its first frame, and ends no block there', async () => {
    const { session_id } = await newSession()
    const reader = await stream(session_id, '&after=latest')
    await reader.until((text) => text.length > 0)
    expect(reader.text()).toMatch(/^retry: \d+\n: connected\n(id: |$)/)
    await reader.close()
  })

  it('holds no block without data, from its first byte to its end', async () => {
    const { session_id, turn_id } = await newSession()
    const reader = await stream(session_id)
    await reader.until((text) => text.includes('item.added'))
    await alice.call('PATCH', `/v1/sessions/${session_id}`, { title: 'A name' })
    await alice.call('POST', `/v1/sessions/${session_id}/turns/${turn_id}/cancel`)
    await reader.until((text) => text.includes('turn.ended'))
    await alice.call('DELETE', `/v1/sessions/${session_id}`)
    await vi.waitFor(() => expect(reader.ended()).toBe(true), { timeout: 10_000 })
    expectNoEmptyBlock(reader.text())
    const types = eventBlocks(reader.text()).map(({ data }) => JSON.parse(data).type)
    expect(types.slice(0, 3)).toEqual(['session.created', 'turn.accepted', 'item.added'])
    expect(types).toContain('session.titled')
    expect(types.slice(-2)).toEqual(['turn.ended', 'session.deleted'])
  })
})

describe('The stream of a session that is deleted', () => {
  it('ends with the frame `session.deleted`, also when its right to read is checked just then', async () => {
    for (const waitMs of [0, 1_200]) {
      const { session_id } = await newSession()
      const reader = await stream(session_id)
      await reader.until((text) => text.includes('item.added'))
      // A right is checked again after one second. The check must not lose the last frame.
      await new Promise((done) => setTimeout(done, waitMs))
      await alice.call('DELETE', `/v1/sessions/${session_id}`)
      await vi.waitFor(() => expect(reader.ended()).toBe(true), { timeout: 10_000 })
      expect(reader.text().match(/"type":"session.deleted"/g)).toHaveLength(1)
      expect(reader.text()).toMatch(/\n: gone\n$/)
    }
  })
})

describe('A stream', () => {
  const cases: [string, Record<string, string>, boolean][] = [
    ['?stream=true', {}, true],
    ['?stream=1', {}, true],
    ['?stream', {}, true],
    ['', { accept: 'text/event-stream' }, true],
    ['', { accept: 'text/event-stream, */*;q=0.1' }, true],
    ['', { accept: 'application/json;q=0.5, text/event-stream' }, true],
    ['', { accept: 'Text/Event-Stream' }, true],
    ['?stream=false', { accept: 'text/event-stream' }, false],
    ['?stream=0', { accept: 'text/event-stream' }, false],
    ['', { accept: 'application/json, text/event-stream' }, false],
    ['', { accept: 'text/event-stream;q=0' }, false],
    ['', { accept: '*/*' }, false],
    ['', {}, false],
  ]

  it.each(cases)('%s with %j: %s, on every route that has one', async (query, headers, streams) => {
    const { session_id } = await newSession()
    const send = (path: string, body: unknown) =>
      exports.default.fetch(
        new Request(`https://soma.test${path}${query}`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        }),
      )
    const responses = {
      events: await open(`/v1/sessions/${session_id}/events${query}`, headers),
      message: await send('/v1/sessions/message', { message: 'x', session_id }),
      alias: await send('/v1/session/message', { message: 'x', session_id }),
      action: await send('/v1/sessions/action', { action: 'nudge', session_id }),
      socket: await open(`/v1/sessions/${session_id}/stream${query}`, headers),
    }
    for (const [name, response] of Object.entries(responses)) {
      const type = response.headers.get('content-type')?.split(';')[0]
      const fallbackType = name === 'socket' ? 'application/problem+json' : 'application/json'
      expect([name, type]).toEqual([name, streams ? 'text/event-stream' : fallbackType])
      await response.body?.cancel()
    }
  })

  it('of another value of `stream` is 400', async () => {
    const { session_id } = await newSession()
    for (const path of [`/v1/sessions/${session_id}/events?stream=yes`, `/v1/sessions/${session_id}/stream?stream=2`])
      expect([path, (await open(path)).status]).toEqual([path, 400])
    expect((await alice.call('POST', '/v1/sessions/message?stream=on', { message: 'x' })).status).toBe(400)
  })

  it('of a message begins after it and ends with its turn', async () => {
    const response = await alice.call('POST', '/v1/sessions/message?stream=1', { message: 'Hello' })
    const [, session, turn] = /^\/v1\/sessions\/([^/]+)\/turns\/([^/]+)$/.exec(response.headers.get('location') ?? '') ?? []
    const reader = rawText(response)
    await reader.until((text) => text.includes('connected'))
    // Text of a user that looks like the end does not end the stream.
    const misleadingTitle = `"type":"turn.ended","turn_id":"${turn}"`
    await alice.call('PATCH', `/v1/sessions/${session}`, { title: misleadingTitle })
    await reader.until((text) => text.includes('session.titled'))
    expect(reader.ended()).toBe(false)
    await alice.call('POST', `/v1/sessions/${session}/turns/${turn}/cancel`)
    await vi.waitFor(() => expect(reader.ended()).toBe(true), { timeout: 10_000 })
    expect(reader.text()).toMatch(/"type":"turn.ended".*\n\n: turn ended\n$/)
    expect(reader.text()).not.toContain('item.added')
    expectNoEmptyBlock(reader.text())
  })
})
