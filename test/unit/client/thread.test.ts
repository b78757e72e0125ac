import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Thread } from '../../../shared/client/thread.ts'
import type { Delta, Event } from '../../../shared/event.ts'

type Data = Event | Delta

/** One turn whose answer is said in `pieces`, from seq 1. */
function turn(pieces: readonly string[], { abandonedFirst = false } = {}): Data[] {
  let seq = 0
  const recorded = (event: object) => ({ seq: ++seq, at: 1_000 + seq, turn_id: 't', ...event }) as unknown as Event
  const deltas = (itemId: string): Delta[] =>
    pieces.map((text, at) => ({
      type: 'item.delta',
      turn_id: 't',
      item_id: itemId,
      offset: pieces.slice(0, at).join('').length,
      text,
      after: seq,
    }))
  const first = [
    recorded({ type: 'turn.accepted', event_id: 'k', position: 0 }),
    recorded({ type: 'item.added', item_id: 'u', role: 'user', text: 'hello' }),
    recorded({ type: 'turn.started' }),
  ]
  const lost = abandonedFirst
    ? [
        recorded({ type: 'item.opened', item_id: 'a0', role: 'assistant' }),
        ...deltas('a0'),
        recorded({ type: 'item.abandoned', item_id: 'a0' }),
      ]
    : []
  return [
    ...first,
    ...lost,
    recorded({ type: 'item.opened', item_id: 'a', role: 'assistant' }),
    ...deltas('a'),
    recorded({ type: 'item.closed', item_id: 'a', text: pieces.join('') }),
    recorded({ type: 'turn.ended', outcome: 'completed', usage: { input_tokens: 1, output_tokens: 2 } }),
  ]
}

const answer = (thread: Thread): string | undefined => thread.turns.get('t')?.items.find((item) => item.role === 'assistant')?.text

describe('Thread', () => {
  it('grows the open item by its deltas and names the place to resume', () => {
    const thread = new Thread()
    for (const data of turn(['Hel', 'lo 🙂', '!']).slice(0, 6)) thread.apply(data)
    expect(answer(thread)).toBe('Hello 🙂')
    expect(thread.cursor).toBe('4.8')
  })

  it('ends with the recorded text whatever is repeated on the way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat({ max: 30 }), { maxLength: 20 }),
        fc.boolean(),
        (pieces, repeats, abandonedFirst) => {
          const frames = turn(pieces, { abandonedFirst })
          const thread = new Thread()
          frames.forEach((data, at) => {
            thread.apply(data)
            // A reader that resumes a little too early sees the last few again.
            const back = repeats[at] ?? 0
            for (const again of frames.slice(Math.max(0, at - back), at + 1)) if (thread.fit(again) === 'next') thread.apply(again)
          })
          expect(answer(thread)).toBe(pieces.join(''))
          expect(thread.turns.get('t')?.outcome).toBe('completed')
          expect(thread.cursor).toBe(String(thread.seq))
        },
      ),
    )
  })

  it('forgets an abandoned item and says that the answer began again', () => {
    const thread = new Thread()
    const frames = turn(['one ', 'two'], { abandonedFirst: true })
    for (const data of frames.slice(0, 7)) thread.apply(data)
    expect(answer(thread)).toBeUndefined()
    expect(thread.cursor).toBe('5')
    expect(thread.turns.get('t')).toMatchObject({ restarts: 1, openedAt: null })
  })

  it('knows a frame that is old, next, or beyond a gap', () => {
    const thread = new Thread()
    const frames = turn(['ab', 'cd', 'ef'])
    for (const data of frames.slice(0, 5)) thread.apply(data)
    const fits = frames.map((data) => thread.fit(data))
    expect(fits).toEqual(['old', 'old', 'old', 'old', 'old', 'next', 'gap', 'next', 'gap'])
  })

  it('passes over an event of a type it has not heard of', () => {
    const thread = new Thread()
    expect(thread.apply({ seq: 1, at: 1, type: 'moon.risen' } as unknown as Event)).toBeNull()
    expect(thread.seq).toBe(1)
  })
})
