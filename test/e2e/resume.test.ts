/** Guarantee 3: a reader that resumes with its last id, after any byte, gets exactly the rest. */

import { createParser } from 'eventsource-parser'
import { describe, expect, it } from 'vitest'
import { alice, model, useModel } from '../support/model-stack.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { events, type Frame, framesIn, readStream, textsOf, untilEnded } from '../support/sse.ts'
import type { User } from '../support/user.ts'
import { fakeText } from '../support/words.ts'

useModel('resume')

const readFrom = (session: string, id: string, isDone: Parameters<typeof readStream>[2], bearer = alice.bearer) =>
  readStream(alice.events(session), { ...bearer, ...(id && { 'last-event-id': id }) }, isDone)

/** More users than one user has streams. A stream that a client left counts until a heartbeat, so one user alone would wait for that. */
async function shareWithReaders(session: string): Promise<readonly User['bearer'][]> {
  const stack = await sharedStack()
  const names = Array.from({ length: 40 }, (_, n) => `reader-${n}`)
  const writes = names.map((name) => ({ object: `session:${session}`, relation: 'viewer', user: `user:${name}` }))
  expect((await alice.call('POST', '/v1/relations', { writes })).status).toBe(200)
  const readers = await Promise.all(names.map((name) => stack.user('resume', name)))
  return [alice.bearer, ...readers.map(({ bearer }) => bearer)]
}

/**
 * The frames after `id`. Reads again when the stream is refused or ends early. Earlier readers of the user still count until their
 * connections are closed (docs/limits.md, open streams).
 */
async function framesFrom(
  session: string,
  id: string,
  isDone: (frames: readonly Frame[]) => boolean,
  bearer = alice.bearer,
): Promise<Frame[]> {
  const frames: Frame[] = []
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const batch = await readFrom(session, frames.at(-1)?.id ?? id, (next) => isDone([...frames, ...next]), bearer)
    frames.push(...batch.frames)
    if (isDone(frames)) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return frames
}

/** The state of a reader after a cut at each byte: last id, complete frames, number of such cuts. */
function cuts(bytes: Uint8Array): Map<string, { frames: Frame[]; cuts: number }> {
  const byId = new Map<string, { frames: Frame[]; cuts: number }>([['', { frames: [], cuts: 1 }]])
  const received: Frame[] = []
  const parser = createParser({ onEvent: ({ id = '', data }) => received.push({ id, body: JSON.parse(data) }) })
  const decoder = new TextDecoder()
  for (let index = 0; index < bytes.length; index++) {
    parser.feed(decoder.decode(bytes.subarray(index, index + 1), { stream: true }))
    const id = received.at(-1)?.id ?? ''
    const previous = byId.get(id)
    if (previous) previous.cuts += 1
    else byId.set(id, { frames: [...received], cuts: 1 })
  }
  expect(received).toEqual(framesIn(bytes))
  return byId
}

/** Calls `visit` for eight items at a time. Readers are independent, so they resume concurrently. */
async function forEachInParallel<T>(items: Iterable<T>, visit: (item: T, index: number) => Promise<void>): Promise<void> {
  const pending = [...items].entries()
  const worker = async () => {
    for (const [index, item] of pending) await visit(item, index)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}

describe('A disconnected reader', () => {
  it('at any byte of an answer gets the rest, while another tab posts', async () => {
    // About 2,000 characters, word by word, with emoji and combining marks. Then the model stalls.
    const { session_id, turn_id } = await alice.send('[[fake stall after=230 rate=200]]')
    const text = fakeText(230)
    const partial = await readFrom(session_id, '', (frames) => [...textsOf(frames).values()].join('') === text)
    await alice.send('[[fake normal tokens=3]]', { session_id })
    const readers = await shareWithReaders(session_id)
    const readerOf = (index: number) => readers[index % readers.length]
    const open = await readFrom(session_id, '', (frames) => events(frames).filter(({ type }) => type === 'item.added').length === 2)

    // While the item is open: each distinct cursor after a cut.
    const texts = textsOf(open.frames)
    let checked = 0
    const lastSeq = events(open.frames).at(-1)?.seq
    await forEachInParallel(cuts(partial.bytes), async ([id, { frames, cuts: cutCount }], index) => {
      const rest = await framesFrom(
        session_id,
        id,
        (more) => events(more).at(-1)?.seq === lastSeq || events(frames).at(-1)?.seq === lastSeq,
        readerOf(index),
      )
      expect(textsOf([...frames, ...rest]), `after ${id}`).toEqual(texts)
      checked += cutCount
    })
    expect(checked).toBe(partial.bytes.length + 1)

    // After the end: each cursor of the whole stream.
    await alice.call('POST', `/v1/sessions/${session_id}/turns/${turn_id}/cancel`)
    const allFrames = await readFrom(session_id, '', untilEnded(2))
    const recorded = new Map(
      events(allFrames.frames).flatMap((event) => (event.type === 'item.closed' ? [[event.item_id, event.text] as const] : [])),
    )
    expect(textsOf(allFrames.frames)).toEqual(recorded)
    expect([...recorded.values()][0]).toBe(text)
    const allSeqs = events(allFrames.frames).map(({ seq }) => seq)
    await forEachInParallel([...cuts(allFrames.bytes), ...cuts(partial.bytes)], async ([id, { frames }], index) => {
      const rest = await framesFrom(
        session_id,
        id,
        (more) => events(more).at(-1)?.seq === allSeqs.at(-1) || events(frames).length === allSeqs.length,
        readerOf(index),
      )
      const received = [...frames, ...rest]
      expect(textsOf(received), `after ${id}`).toEqual(recorded)
      expect(
        events(received).map(({ seq }) => seq),
        `after ${id}`,
      ).toEqual(allSeqs)
    })
  }, 120_000)

  it('at any byte of reasoning gets the rest of it, and never as the answer', async () => {
    const { session_id } = await alice.send('[[fake thinking for=200 tokens=5]]')
    const all = await readFrom(session_id, '', untilEnded())
    const reasoning = events(all.frames).flatMap((event) => (event.type === 'item.closed' && event.kind === 'reasoning' ? [event] : []))
    expect(reasoning).toMatchObject([{ text: '', reasoning: expect.stringMatching(/^(hm ?)+$/) }])
    expect([...textsOf(all.frames).values()]).toEqual([fakeText(5)])
    const thought = (frames: readonly Frame[]) =>
      frames.map(({ body }) => (body.type === 'reasoning.delta' ? [body.offset, body.text] : [])).filter(([offset]) => offset !== undefined)
    const lastSeq = events(all.frames).at(-1)?.seq
    await forEachInParallel(cuts(all.bytes), async ([id, { frames }]) => {
      const isEnd = (more: readonly Frame[]) => events(more).at(-1)?.seq === lastSeq
      const rest = isEnd(frames) ? [] : await framesFrom(session_id, id, isEnd)
      const received = [...frames, ...rest]
      expect(textsOf(received), `after ${id}`).toEqual(textsOf(all.frames))
      let units = 0
      for (const [offset, text] of thought(received)) {
        expect(offset, `after ${id}`).toBe(units)
        units += String(text).length
      }
      expect(
        thought(received)
          .map(([, text]) => text)
          .join(''),
        `after ${id}`,
      ).toBe(reasoning[0]?.reasoning)
    })
    // No provider gets the thoughts of a plain answer back.
    await alice.send('[[fake normal tokens=3]]', { session_id })
    await readFrom(session_id, '', untilEnded(2))
    const next = model.requests.findLast(({ body }) => JSON.stringify(body).includes('tokens=3'))
    expect(JSON.stringify(next?.body)).toContain(fakeText(5))
    expect(JSON.stringify(next?.body)).not.toContain('hm hm')
  }, 60_000)

  it('repeatedly in mid-frame and in mid-character receives the whole answer once', async () => {
    const { session_id } = await alice.send('[[fake normal tokens=150 rate=60]]')
    const frames: Frame[] = []
    for (let byteCount = 37; !untilEnded()(frames); byteCount = (byteCount * 7) % 5_003) {
      const batch = await readFrom(session_id, frames.at(-1)?.id ?? '', (received, bytes) => bytes >= byteCount || untilEnded()(received))
      // The reader keeps only complete frames.
      frames.push(...framesIn(batch.bytes.subarray(0, byteCount)))
    }
    const closed = events(frames).filter((event) => event.type === 'item.closed')
    expect(closed).toHaveLength(1)
    expect([...textsOf(frames).values()]).toEqual(closed.map(({ text }) => text))
    expect(events(frames).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
  }, 60_000)
})
