/** Readers over event streams and WebSockets. All receive the same frames, and a slow reader does not delay others. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { type Body, events, type Frame, readStream, textsOf, untilEnded } from '../support/sse.ts'
import { type User, user } from '../support/user.ts'

let model: FakeModel
let stack: SharedStack
let alice: User
let token: string

beforeAll(async () => {
  model = await startFakeModel()
  stack = await sharedStack()
  await stack.answerWith('readers', model.url)
  token = await stack.token('readers', 'alice')
  alice = user(stack.url, token)
})
afterAll(() => model?.close())

/** Every message to a WebSocket client. */
function watch(session: string, after = '', headers: Record<string, string> = alice.bearer) {
  const frames: Frame[] = []
  const comments: string[] = []
  const socket = new WebSocket(`${stack.url.replace('http', 'ws')}/v1/sessions/${session}/stream?after=${after}`, { headers } as never)
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { id: string; data: Body } | { comment: string }
    if ('comment' in message) comments.push(message.comment)
    else frames.push({ id: message.id, body: message.data })
  })
  return { socket, frames, comments }
}

describe('A WebSocket', () => {
  it('receives the same events and text as an event stream, from any cursor', async () => {
    const { session_id } = await alice.send('[[fake normal tokens=60 rate=60]]')
    const sse = readStream(alice.events(session_id), alice.bearer, untilEnded())
    const socket = watch(session_id)
    const { frames } = await sse
    await vi.waitFor(() => expect(untilEnded()(socket.frames)).toBe(true), { timeout: 5_000 })
    expect(events(socket.frames)).toEqual(events(frames))
    expect(textsOf(socket.frames)).toEqual(textsOf(frames))
    socket.socket.close()
    const middle = frames[Math.floor(frames.length / 2)]
    const lateReader = watch(session_id, middle?.id)
    await vi.waitFor(() => expect(untilEnded()(lateReader.frames)).toBe(true), { timeout: 5_000 })
    const framesBefore = frames.slice(0, frames.indexOf(middle as Frame) + 1)
    expect(textsOf([...framesBefore, ...lateReader.frames])).toEqual(textsOf(frames))
    lateReader.socket.close()
  })

  it("is rejected without a token, from another origin, and for another user's session", async () => {
    const { session_id } = await alice.send('[[fake normal tokens=1]]')
    const mallory = user(stack.url, await stack.token('readers', 'mallory'))
    const attempts = [
      {},
      mallory.bearer,
      { cookie: `soma_token=${token}`, origin: 'https://evil.example' },
      { cookie: `soma_token=${token}` },
    ]
    for (const headers of attempts) {
      const { socket } = watch(session_id, '', headers as Record<string, string>)
      expect(
        await new Promise((done) => {
          socket.addEventListener('open', () => done('open'))
          socket.addEventListener('error', () => done('refused'))
        }),
      ).toBe('refused')
    }
    const plain = await alice.call('GET', `/v1/sessions/${session_id}/stream`)
    expect([plain.status, plain.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
  })
})

describe('A slow reader', () => {
  it('does not delay others and receives all frames later', async () => {
    const { session_id } = await alice.send('[[fake normal tokens=5]]')
    await readStream(alice.events(session_id), alice.bearer, untilEnded())
    // A plain socket that sends a request and does not read.
    const { hostname, port } = new URL(stack.url)
    const slowReader = connect(Number(port), hostname)
    await new Promise((done) => slowReader.once('connect', done))
    slowReader.pause()
    slowReader.write(
      `GET /v1/sessions/${session_id}/events?stream=true HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${token}\r\n\r\n`,
    )
    // More than 20 MB, because sockets and proxies buffer 10 MB.
    const message = `[[fake normal tokens=1]] ${'漢'.repeat(31_900)}`
    const turns = 220
    for (let sent = 0; sent < turns; ) {
      const response = await alice.call('POST', '/v1/sessions/message', { message, session_id })
      if (response.status === 200) sent += 1
      else await new Promise((done) => setTimeout(done, 50))
      await response.body?.cancel()
    }
    const { frames, bytes } = await readStream(alice.events(session_id), alice.bearer, untilEnded(turns + 1), 60_000)
    expect(bytes.length).toBeGreaterThan(20_000_000)
    const last = frames.at(-1)?.id
    // The reader starts to read.
    let received = 0
    let tail = ''
    slowReader.on('data', (bytes) => {
      received += bytes.length
      tail = (tail + bytes.toString('latin1')).slice(-4_000)
    })
    slowReader.resume()
    await vi.waitFor(() => expect(tail).toContain(`id: ${last}\n`), { timeout: 60_000, interval: 100 })
    expect(received).toBeGreaterThan(bytes.length)
    slowReader.destroy()
  }, 180_000)
})

describe('M9. A reader that disconnects abruptly', () => {
  /** The head of an answer, and the connection, which stays open. */
  async function openRaw(path: string, extraHeaders = '') {
    const { hostname, port } = new URL(stack.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${token}\r\n${extraHeaders}\r\n`)
    const status = await new Promise<number>((done) =>
      socket.once('data', (bytes) => done(Number(/^HTTP\/1\.1 (\d+)/.exec(bytes.toString('latin1'))?.[1]))),
    )
    return { socket, status }
  }

  it('frees its slot, on an event stream and on a WebSocket', async () => {
    const { session_id } = await alice.send('[[fake normal tokens=1]]')
    const path = `/v1/sessions/${session_id}`
    const upgrade =
      'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    const open = () =>
      Promise.all([
        ...Array.from({ length: 10 }, () => openRaw(`${path}/events?stream=true`)),
        ...Array.from({ length: 10 }, () => openRaw(`${path}/stream`, upgrade)),
      ])
    const expected = [...Array.from({ length: 10 }, () => 200), ...Array.from({ length: 10 }, () => 101)]
    const first = await open()
    expect(first.map(({ status }) => status)).toEqual(expected)
    const refused = await alice.call('GET', `${path}/events?stream=true`)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10'])
    for (const { socket } of first) socket.resetAndDestroy()
    const reopened: Awaited<ReturnType<typeof open>> = []
    await vi.waitFor(
      async () => {
        const reader = await openRaw(`${path}/events?stream=true`)
        if (reader.status === 200) reopened.push(reader)
        else reader.socket.destroy()
        expect(reopened).toHaveLength(20)
      },
      { timeout: 30_000, interval: 20 },
    )
    for (const { socket } of reopened) socket.destroy()
  }, 60_000)
})
