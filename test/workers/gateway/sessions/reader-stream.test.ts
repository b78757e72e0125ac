/** One reader's stream beside a session that a test plays. Runs in Node, because its timers are faked. */
import { setImmediate as turnOfLoop } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { heartbeatMs, type ReadRequest, streamFrames } from '../../../../workers/gateway/sessions/stream/reader-stream.ts'

/** The object's end of a socket. It answers pings while `responds` is true. */
class ObjectSocket extends EventTarget {
  responds = true
  pings = 0
  accept() {}
  close() {}
  send(text: string) {
    if (text !== 'ping') return
    this.pings += 1
    if (this.responds) queueMicrotask(() => this.emitMessage('pong'))
  }
  emitMessage(data: string) {
    this.dispatchEvent(Object.assign(new Event('message'), { data }))
  }
  emitClose(reason: string) {
    this.dispatchEvent(Object.assign(new Event('close'), { reason }))
  }
}

const frame = (seq: number, body: object) => `id: ${seq}\ndata: ${JSON.stringify({ seq, at: seq, ...body })}\n\n`
const deleted = frame(9, { type: 'session.deleted' })

let sockets: ObjectSocket[]
let status = 101
/** The frame that the object has for a deleted session. Null: none. */
let deletion: string | null

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
  sockets = []
  status = 101
  deletion = null
})
afterEach(() => void vi.useRealTimers())

const settle = async () => {
  for (let n = 0; n < 10; n += 1) await turnOfLoop()
}
const advance = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(ms)
  await settle()
}

/** Opens a stream, attached to the first socket. */
async function openStream(overrides: Partial<ReadRequest> = {}) {
  const stub = {
    fetch: async () => {
      if (status !== 101) return { webSocket: null, status }
      const socket = new ObjectSocket()
      sockets.push(socket)
      return { webSocket: socket, status }
    },
    read: async (_: string, cursor: string) =>
      status === 404 ? { ok: false, error: { kind: 'not_found' } } : { ok: true, value: { text: '', cursor, behind: false } },
    deletion: async () => (deletion === null ? null : { text: deletion, cursor: '9', behind: false }),
  }
  const request = {
    stub: () => stub,
    subject: 'alice',
    first: { text: frame(1, { type: 'session.created' }), cursor: '1', behind: false },
    expiresAt: Date.now() + 3_600_000,
    isAuthorized: async () => true,
    ...overrides,
  } as unknown as ReadRequest
  const reader = (streamFrames(request).body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  let hasEnded = false
  void (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += new TextDecoder().decode(part.value)
    hasEnded = true
  })()
  await advance(1)
  return { text: () => text, ended: () => hasEnded, socket: () => sockets.at(-1) as ObjectSocket, cancel: () => reader.cancel() }
}

/** Every block that a blank line ends has data. */
const expectWholeBlocks = (text: string) => {
  for (const block of text.split('\n\n').slice(0, -1)) expect(block).toMatch(/(^|\n)data: \{.*\}$/)
}

describe('A heartbeat', () => {
  it('is one line, after at most 15 s of silence, repeatedly', async () => {
    expect(heartbeatMs).toBeLessThan(15_000)
    const stream = await openStream()
    for (let count = 1; count <= 3; count += 1) {
      await advance(15_000)
      expect(stream.text().match(/: heartbeat\n/g)?.length).toBeGreaterThanOrEqual(count)
    }
    expect(stream.text()).not.toContain('heartbeat\n\n')
    stream.socket().emitMessage(frame(2, { type: 'session.titled', title: 'x' }))
    await settle()
    expectWholeBlocks(stream.text())
    expect(stream.text().endsWith('\n\n')).toBe(true)
    await stream.cancel()
  })

  it('is not sent for an object that no longer responds; the reader attaches again, and receives it at once', async () => {
    const stream = await openStream()
    await advance(heartbeatMs)
    stream.socket().responds = false
    await advance(heartbeatMs)
    const before = stream.text().match(/heartbeat/g)?.length ?? 0
    // The ping of the last tick has no answer, so this tick detaches.
    await advance(heartbeatMs)
    await advance(1_000)
    expect(sockets.length).toBeGreaterThan(1)
    expect(stream.text().match(/heartbeat/g)?.length).toBeGreaterThan(before)
    await stream.cancel()
  })

  it('ends with the stream', async () => {
    const stream = await openStream()
    await stream.cancel()
    const { pings } = stream.socket()
    await advance(60_000)
    expect(stream.socket().pings).toBe(pings)
  })
})

describe('A probe for lost readers', () => {
  it('reaches the client as a comment without an id, and moves no cursor', async () => {
    const stream = await openStream()
    stream.socket().emitMessage('id: 5.4\n: still there?\n\n')
    await settle()
    expect(stream.text().endsWith(': still there?\n')).toBe(true)
    expect(stream.text()).not.toContain('id: 5.4')
    expectWholeBlocks(stream.text())
    await stream.cancel()
  })
})

describe('The last frame of a deleted session', () => {
  it('is not lost while the right to read is checked', async () => {
    let allow = (_: boolean) => {}
    const stream = await openStream({ isAuthorized: () => new Promise((resolve) => (allow = resolve)) })
    await advance(2_000)
    stream.socket().emitMessage(deleted)
    stream.socket().emitClose('deleted')
    await settle()
    allow(true)
    await settle()
    expect(stream.text()).toContain(deleted)
    expect(stream.text().endsWith(': gone\n')).toBe(true)
    expect(stream.ended()).toBe(true)
  })

  it('is read from the object by a stream that was not attached', async () => {
    const stream = await openStream()
    status = 404
    deletion = deleted
    stream.socket().emitClose('')
    await advance(1_000)
    expect(stream.text()).toContain(deleted)
    expectWholeBlocks(stream.text())
    expect(stream.ended()).toBe(true)
  })

  it('is not for a reader that lost its right', async () => {
    let isAuthorized = true
    const stream = await openStream({ isAuthorized: async () => isAuthorized })
    await advance(2_000)
    isAuthorized = false
    status = 404
    deletion = deleted
    stream.socket().emitClose('')
    await advance(1_000)
    expect(stream.text()).not.toContain('session.deleted')
    expect(stream.text().endsWith(': signed out\n')).toBe(true)
  })
})

describe('A full session', () => {
  it('ends the stream with a longer `retry:` and no empty block', async () => {
    status = 503
    const stream = await openStream()
    await advance(20_000)
    expect(stream.text()).toMatch(/\nretry: \d{5}\n: too many readers, reconnect later\n$/)
    expectWholeBlocks(stream.text())
  })
})
