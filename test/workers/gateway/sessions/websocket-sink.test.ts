/** A WebSocket client must acknowledge. Otherwise it is closed with a reason that names the event stream. */
import { describe, expect, it, vi } from 'vitest'
import { limits } from '../../../../shared/api/limits.ts'
import { unacknowledgedCode, WebSocketSink } from '../../../../workers/gateway/sessions/stream/websocket-sink.ts'

const frame = (id: string, units: number) => `id: ${id}\ndata: {"text":"${'x'.repeat(units)}"}\n\n`

/** A sink with its client's end. */
function openSink(ackMs?: number) {
  let ended = 0
  const sink = new WebSocketSink(() => {
    ended += 1
  }, ackMs)
  const received: { id?: string; comment?: string }[] = []
  let closed: CloseEvent | null = null
  sink.client.addEventListener('message', ({ data }) => received.push(JSON.parse(String(data))))
  sink.client.addEventListener('close', (event) => {
    closed = event
  })
  sink.client.accept()
  return { sink, received, closed: () => closed, ended: () => ended, ack: (id: string) => sink.client.send(JSON.stringify({ ack: id })) }
}

describe('A WebSocket client', () => {
  it('is full after a window of unacknowledged bytes, and has room after an acknowledgment', async () => {
    const { sink, received, ack, closed } = openSink()
    for (let n = 1; !sink.isFull; n += 1) sink.send(`${frame(`${n}`, 50_000)}: heartbeat\n\n`)
    const frames = Math.ceil(limits.unacknowledgedBytes / 50_030)
    await vi.waitFor(() => expect(received.filter(({ id }) => id)).toHaveLength(frames))
    let isDrained = false
    const waiting = sink.drained().then(() => {
      isDrained = true
    })
    ack('unknown')
    sink.client.send('not json')
    sink.client.send('x'.repeat(5_000))
    expect([isDrained, sink.isFull]).toEqual([false, true])
    ack('3')
    await waiting
    expect([isDrained, sink.isFull, closed()]).toEqual([true, false, null])
  })

  it('that never acknowledges is closed with a code that names the event stream', async () => {
    const { sink, closed, ended } = openSink(10)
    while (!sink.isFull) sink.send(frame('7', 90_000))
    await sink.drained()
    await vi.waitFor(() => expect(closed()).not.toBeNull())
    expect(closed()).toMatchObject({ code: unacknowledgedCode, reason: expect.stringContaining('/events?stream=true') })
    expect(new TextEncoder().encode(closed()?.reason).length).toBeLessThanOrEqual(123)
    expect([sink.isClosed, ended()]).toEqual([true, 1])
    sink.send(frame('8', 10))
  })

  it('that reads little needs no acknowledgment', async () => {
    const { sink, received } = openSink(10)
    for (let n = 0; n < 50; n += 1) sink.send(frame(`${n}`, 1_000))
    await sink.drained()
    await vi.waitFor(() => expect(received).toHaveLength(50))
    expect([sink.isFull, sink.isClosed]).toEqual([false, false])
  })
})
