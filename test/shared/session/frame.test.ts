/** Readers that reconnect after any interruption receive every frame once. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseCursor } from '../../../shared/session/cursor.ts'
import {
  type Frame,
  type ItemRef,
  itemRef,
  type OpenItem,
  type Position,
  positionAt,
  type RecordedEvent,
  replay,
  toEventStream,
} from '../../../shared/session/frame.ts'

/** An item's end as the log has it. Reasoning has a field of its own. */
const closedEvent = (seq: number, ids: ItemRef, text: string): RecordedEvent => {
  const content = ids.kind === 'reasoning' ? { text: '', reasoning: text } : { text }
  return { seq, at: 0, type: 'item.closed', body: JSON.stringify({ type: 'item.closed', ...ids, ...content }) }
}

/** A log with its open item, like a session object. Its output is the frames that readers receive. */
class Log {
  readonly events: RecordedEvent[] = []
  readonly closed = new Map<string, string>()
  open: OpenItem | null = null
  position: Position = { seq: 0, open: null, offset: 0 }
  #items = 0

  get seq(): number {
    return this.events.length
  }

  record(type: string, body: object): Frame[] {
    this.events.push({ seq: this.seq + 1, at: 0, type, body: JSON.stringify({ type, ...body }) })
    const frames = this.broadcast(this.events.slice(-1))
    return frames
  }

  start(kind?: string): Frame[] {
    if (this.open) return []
    const ids = { turn_id: 't', item_id: `i${++this.#items}`, ...(kind && { kind }) }
    this.open = { ...ids, text: '' }
    return this.record('item.opened', ids)
  }

  think(): Frame[] {
    return this.start('reasoning')
  }

  /** The reasoning is over, and the answer begins: both in one transaction. */
  answer(): Frame[] {
    if (this.open?.kind !== 'reasoning') return []
    const { text, ...ids } = this.open
    this.closed.set(ids.item_id, text)
    const next = { turn_id: 't', item_id: `i${++this.#items}` }
    this.events.push(closedEvent(this.seq + 1, ids, text), {
      seq: this.seq + 2,
      at: 0,
      type: 'item.opened',
      body: JSON.stringify({ type: 'item.opened', ...next }),
    })
    this.open = { ...next, text: '' }
    return this.broadcast(this.events.slice(-2))
  }

  /** Appends a delta. Readers receive it with the next `broadcast`. */
  append(text: string): Frame[] {
    if (this.open) this.open = { ...this.open, text: this.open.text + text }
    return []
  }

  close(): Frame[] {
    if (!this.open) return []
    const { text, ...ids } = this.open
    this.closed.set(ids.item_id, text)
    this.events.push(closedEvent(this.seq + 1, ids, text))
    this.open = null
    return this.broadcast(this.events.slice(-1))
  }

  abandon(): Frame[] {
    if (!this.open) return []
    const { text: _, ...ids } = this.open
    this.open = null
    return this.record('item.abandoned', ids)
  }

  broadcast(events: RecordedEvent[] = []): Frame[] {
    const frames: Frame[] = []
    for (const [frame, position] of replay(this.position, events, this.open)) {
      frames.push(frame)
      this.position = position
    }
    return frames
  }

  /** The frames that a reader with cursor `id` lacks. */
  resume(id: string): Frame[] {
    // An object brings all current readers to the same position before it admits another.
    const cursor = parseCursor(id)
    assert.ok(cursor, `not a cursor: ${id}`)
    return [...replay(positionAt(cursor, this.openAt(cursor.seq)), this.events.slice(cursor.seq), this.open)].map(([frame]) => frame)
  }

  openAt(seq: number): Position['open'] {
    const last = this.events.slice(0, seq).findLast(({ type }) => type.startsWith('item.'))
    if (last?.type !== 'item.opened') return null
    return itemRef(JSON.parse(last.body))
  }
}

/** A reader with everything it received, in order. */
class Reader {
  id = '0'
  readonly texts = new Map<string, string>()
  readonly seqs: number[] = []
  readonly reasoning = new Set<string>()
  readonly closed = new Map<string, string>()

  receive(frames: Frame[]): void {
    for (const { id, data } of frames) {
      const body = JSON.parse(data)
      if (body.type === 'item.delta' || body.type === 'reasoning.delta') {
        assert.equal(body.type === 'reasoning.delta', this.reasoning.has(body.item_id), 'reasoning never streams as an answer')
        const before = this.texts.get(body.item_id) ?? ''
        assert.equal(body.offset, before.length, 'a delta continues where the last one ended')
        this.texts.set(body.item_id, before + body.text)
      } else {
        this.seqs.push(body.seq)
        if (body.type === 'item.opened' && body.kind === 'reasoning') this.reasoning.add(body.item_id)
        if (body.type === 'item.closed') this.closed.set(body.item_id, body.reasoning ?? body.text)
      }
      this.id = id
    }
  }
}

const text = fc.string({ unit: fc.constantFrom('a', ' ', 'é', 'e\u0301', '👩‍🚀', '漢', '\n', '\ud83d', '\udc69', '"'), maxLength: 12 })
const step = fc.oneof(
  { weight: 6, arbitrary: text.map((delta) => ({ do: 'append' as const, delta })) },
  { weight: 4, arbitrary: fc.constant({ do: 'broadcast' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'start' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'think' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'answer' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'close' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'abandon' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'other' as const }) },
  { weight: 3, arbitrary: fc.nat(3).map((keep) => ({ do: 'cut' as const, keep })) },
  { weight: 3, arbitrary: fc.constant({ do: 'attach' as const }) },
)

describe('Frames', () => {
  it('give a reader that reconnects anywhere exactly the rest', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const log = new Log()
        const reader = new Reader()
        let reads = true
        const attach = () => {
          // The reader first replays, then attaches. Before that, the current readers receive everything pending.
          reader.receive(log.resume(reader.id))
          log.broadcast()
          reader.receive(log.resume(reader.id))
          reads = true
        }
        const deliver = (frames: Frame[]) => {
          if (reads) reader.receive(frames)
        }
        for (const step of steps) {
          if (step.do === 'append') deliver(log.append(step.delta))
          else if (step.do === 'other') deliver(log.record('turn.accepted', { turn_id: 'x' }))
          else if (step.do === 'cut') {
            // Disconnected in the middle of a broadcast, or again during the replay.
            const frames = reads ? log.broadcast() : log.resume(reader.id)
            reader.receive(frames.slice(0, step.keep))
            reads = false
          } else if (step.do === 'attach') attach()
          else deliver(log[step.do]())
        }
        attach()
        deliver(log.broadcast())
        deliver(log.close())
        assert.deepEqual(
          reader.seqs,
          log.events.map(({ seq }) => seq),
        )
        for (const [item, text] of log.closed) assert.equal(reader.texts.get(item) ?? '', text)
        assert.deepEqual(Object.fromEntries(reader.closed), Object.fromEntries(log.closed))
        const lateReader = new Reader()
        lateReader.receive(log.resume('0'))
        for (const [item, text] of log.closed) assert.equal(lateReader.texts.get(item) ?? '', text)
      }),
      { numRuns: 20_000 },
    )
  })

  it('have an offset only while an item is open', () => {
    const log = new Log()
    const ids = (frames: Frame[]) => frames.map(({ id }) => id)
    assert.deepEqual(ids(log.start()), ['1.0'])
    log.append('hello')
    assert.deepEqual(ids(log.broadcast()), ['1.5'])
    assert.deepEqual(ids(log.record('turn.accepted', {})), ['2.5'])
    log.append('!')
    assert.deepEqual(ids(log.close()), ['2.6', '3'])
  })

  it('bring reasoning as frames of its own, from any unit on', () => {
    const log = new Log()
    log.think()
    log.append('let me see')
    log.broadcast()
    assert.deepEqual(
      log.resume('1.4').map(({ id, data }) => [id, JSON.parse(data)]),
      [['1.10', { type: 'reasoning.delta', turn_id: 't', item_id: 'i1', offset: 4, text: 'me see', after: 1 }]],
    )
    log.answer()
    log.append('4')
    log.broadcast()
    assert.deepEqual(
      log.resume('1.4').map(({ id, data }) => [id, JSON.parse(data).type]),
      [
        ['1.10', 'reasoning.delta'],
        ['2', 'item.closed'],
        ['3.0', 'item.opened'],
        ['3.1', 'item.delta'],
      ],
    )
  })

  it('start again at an abandoned item', () => {
    const log = new Log()
    log.start()
    log.append('lost')
    log.broadcast()
    log.abandon()
    log.start()
    log.append('second text')
    const frames = log.resume('1.4').map(({ data }) => JSON.parse(data))
    assert.deepEqual(
      frames.map(({ type }) => type),
      ['item.abandoned', 'item.opened', 'item.delta'],
    )
    assert.equal(frames[2].text, 'second text')
  })

  it('trust only the seq of a cursor', () => {
    const log = new Log()
    log.record('turn.accepted', {})
    assert.deepEqual(log.resume('1.999'), [])
    log.start()
    log.append('abc')
    assert.deepEqual(
      log.resume('1.999').map(({ id }) => id),
      ['2.0', '2.3'],
    )
  })

  it('are one data line each, for any text', () => {
    assert.equal(toEventStream({ id: '1.2', data: JSON.stringify({ text: 'a\nb\r\ndata: c' }) }).split(/\r\n|\r|\n/).length, 4)
  })
})

describe('Cursors', () => {
  it('are a seq, or a seq and an offset', () => {
    assert.deepEqual(parseCursor('12'), { seq: 12, offset: 0 })
    assert.deepEqual(parseCursor('12.7'), { seq: 12, offset: 7 })
    for (const invalid of ['', '-1', '1.', '.1', '1.2.3', 'a', ' 1', '1\n', '1e3', '9'.repeat(16), '0x1', '１'])
      assert.equal(parseCursor(invalid), null, invalid)
  })
})
