/** The log of a session in the terms of Durable Streams. */
import { describe, expect, it } from 'vitest'
import { awaitEvent } from '../../../../workers/gateway/faces/durable-streams/await-event.ts'
import { afterOf, batchText, eventsOf, nextCursor, nextSeq, offsetOf } from '../../../../workers/gateway/faces/durable-streams/translate.ts'

const event = (seq: number) => `{"seq":${seq},"at":1,"type":"turn.started"}`
const delta = '{"type":"item.delta","text":"{\\"seq\\":9"}'

describe('An offset', () => {
  it('sorts as a text, and names its event', () => {
    expect([9, 10, 1_000].map(offsetOf)).toEqual(['000000000000009', '000000000000010', '000000000001000'])
    expect(['-1', 'now', offsetOf(0), offsetOf(41)].map(afterOf)).toEqual(['', 'latest', '0', '41'])
  })

  it('is that of the next page, or of the end', () => {
    expect(nextSeq({ events: `[${event(3)}]`, next_cursor: '3', last_seq: 9 }, 2)).toBe(3)
    expect(nextSeq({ events: '[]', next_cursor: null, last_seq: 9 }, 9)).toBe(9)
    // An object of an earlier release.
    expect(nextSeq({ events: `[${event(3)}]`, next_cursor: null }, 2)).toBe(3)
    expect(nextSeq({ events: '[]', next_cursor: null }, 2)).toBe(2)
  })
})

describe('A cursor', () => {
  it('grows with the time, and is never that of the request', () => {
    expect(nextCursor(60_000)).toBe('3')
    expect(nextCursor(60_000, '3')).toBe('4')
    expect(nextCursor(60_000, '2')).toBe('3')
  })
})

describe('A batch', () => {
  it('contains events, and no deltas, notices or comments', () => {
    expect(eventsOf([null, delta, event(4), event(5), delta])).toEqual({ texts: [event(4), event(5)], seq: 5 })
    expect(eventsOf([null, delta])).toBeNull()
  })

  it('is one event of data, and one with the position', () => {
    expect(batchText([event(4), event(5)], { seq: 5, cursor: '7', isUpToDate: true })).toBe(
      `event: data\ndata: [${event(4)},${event(5)}]\n\nevent: control\ndata: {"streamNextOffset":"000000000000005","streamCursor":"7","upToDate":true}\n\n`,
    )
    expect(batchText([], { seq: 5, cursor: '7', isUpToDate: false })).not.toMatch(/event: data|upToDate/)
  })
})

describe('A long poll', () => {
  const body = (...texts: string[]) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const text of texts) controller.enqueue(new TextEncoder().encode(text))
      },
    })

  it('waits for an event, not for a delta', async () => {
    expect(await awaitEvent(body(': connected\n', `id: 1.4\ndata: ${delta}\n\n`, `id: 2\ndata: ${event(2)}\n\n`), 60_000)).toBe(true)
    expect(await awaitEvent(body(': connected\n', `id: 1.4\ndata: ${delta}\n\n`), 1)).toBe(false)
  })
})
