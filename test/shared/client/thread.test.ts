import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Thread } from '../../../shared/client/thread.ts'
import type { Delta, Event } from '../../../shared/events/event.ts'

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
    expect(thread.turns.get('t')).toMatchObject({ restarts: 1 })
  })

  it('knows a frame that is old, next, or beyond a gap', () => {
    const thread = new Thread()
    const frames = turn(['ab', 'cd', 'ef'])
    for (const data of frames.slice(0, 5)) thread.apply(data)
    const fits = frames.map((data) => thread.fit(data))
    expect(fits).toEqual(['old', 'old', 'old', 'old', 'old', 'next', 'gap', 'next', 'gap'])
  })

  it('shows the tools of a turn between what was said, each with what became of it', () => {
    const thread = new Thread()
    let seq = 0
    const apply = (event: object) => thread.apply({ seq: ++seq, at: seq, turn_id: 't', ...event } as unknown as Event)
    apply({ type: 'turn.accepted', event_id: 'k', position: 0 })
    apply({ type: 'item.opened', item_id: 'a', role: 'assistant' })
    apply({ type: 'item.abandoned', item_id: 'a' })
    apply({ type: 'call.requested', call_id: 'c', name: 'look', arguments: '{}', effect: 'none', timeout_ms: 1 })
    apply({ type: 'step.ended' })
    const call = () => thread.turns.get('t')?.items[0]?.call
    expect(call()).toMatchObject({ name: 'look', state: 'waiting' })
    // It asked without a word: nothing was begun again.
    expect(thread.turns.get('t')?.restarts).toBe(0)
    apply({ type: 'call.claimed', call_id: 'c' })
    expect(call()).toMatchObject({ state: 'running' })
    apply({ type: 'call.parked', call_id: 'c', reason: 'May I?', until: 9 })
    expect(call()).toMatchObject({ state: 'parked', reason: 'May I?' })
    apply({ type: 'call.decided', call_id: 'c', approved: true, by: 'alice' })
    apply({ type: 'call.ended', call_id: 'c', outcome: 'completed', text: 'seen' })
    expect(thread.turns.get('t')?.items).toMatchObject([{ role: 'tool', text: 'seen', call: { state: 'completed' } }])
  })

  it('passes over an event of a type it has not heard of', () => {
    const thread = new Thread()
    expect(thread.apply({ seq: 1, at: 1, type: 'moon.risen' } as unknown as Event)).toBeNull()
    expect(thread.seq).toBe(1)
  })
})

describe('A thread with branches', () => {
  /** A log in short: `[turn]` is accepted and ended; its other words say where. */
  function talk() {
    const thread = new Thread()
    let seq = 0
    const apply = (event: object) => thread.apply({ seq: ++seq, at: seq, ...event } as unknown as Event)
    return {
      thread,
      apply,
      say(turnId: string, more: object = {}) {
        apply({ type: 'turn.accepted', turn_id: turnId, event_id: `key-${turnId}`, position: 0, ...more })
        apply({ type: 'item.added', turn_id: turnId, item_id: `said-${turnId}`, role: 'user', text: turnId })
        apply({ type: 'turn.ended', turn_id: turnId, outcome: 'completed' })
      },
    }
  }

  it('is the turns in their order while nobody looks back', () => {
    const { thread, say } = talk()
    for (const id of ['a', 'b', 'c']) say(id)
    expect(thread.branch).toEqual(['a', 'b', 'c'])
    expect(thread.branch).toBe(thread.branch)
    expect(thread.messages('b')).toEqual({ at: 0, turnIds: ['b'] })
    expect(thread.turns.get('b')).toMatchObject({ parentId: 'a', regenerates: null })
  })

  it('leaves the place of an edited message, and keeps what was there', () => {
    const { thread, say } = talk()
    for (const id of ['a', 'b', 'c']) say(id)
    say('b2', { parent_turn_id: 'a' })
    say('d')
    expect(thread.branch).toEqual(['a', 'b2', 'd'])
    expect(thread.messages('b2')).toEqual({ at: 1, turnIds: ['b', 'b2'] })
    expect(thread.messages('b')).toEqual({ at: 0, turnIds: ['b', 'b2'] })
    expect(thread.turns.size).toBe(5)
  })

  it('edits the first message of all', () => {
    const { thread, say } = talk()
    say('a')
    say('a2', { parent_turn_id: null })
    expect(thread.branch).toEqual(['a2'])
    expect(thread.messages('a2')).toEqual({ at: 1, turnIds: ['a', 'a2'] })
  })

  it('tells an answer given once more from a message said otherwise', () => {
    const { thread, say } = talk()
    say('a')
    say('b')
    say('b-again', { parent_turn_id: 'a', regenerates: 'b' })
    say('b-third', { parent_turn_id: 'a', regenerates: 'b-again' })
    say('other', { parent_turn_id: 'a' })
    expect(thread.answers('b-again')).toEqual({ at: 1, turnIds: ['b', 'b-again', 'b-third'] })
    expect(thread.answers('other')).toEqual({ at: 0, turnIds: ['other'] })
    expect(thread.messages('b')).toEqual({ at: 0, turnIds: ['b', 'other'] })
    // From another message, the way back leads to the newest answer.
    expect(thread.messages('other')).toEqual({ at: 1, turnIds: ['b-third', 'other'] })
  })

  it('goes where it is switched to, and what is said next follows that', () => {
    const { thread, say, apply } = talk()
    for (const id of ['a', 'b']) say(id)
    say('b2', { parent_turn_id: 'a' })
    expect(apply({ type: 'branch.switched', turn_id: 'b' })).toBe('')
    expect(thread.branch).toEqual(['a', 'b'])
    say('c')
    expect(thread.branch).toEqual(['a', 'b', 'c'])
    expect(thread.turns.get('c')?.parentId).toBe('b')
  })

  it('begins anew beside what was said before', () => {
    const { thread, say, apply } = talk()
    say('a')
    apply({ type: 'session.reset' })
    expect(thread.branch).toEqual([])
    say('z')
    expect(thread.branch).toEqual(['z'])
    expect(thread.messages('z')).toEqual({ at: 1, turnIds: ['a', 'z'] })
  })

  it('knows when it is paused, and the messages of every branch by their keys', () => {
    const { thread, say, apply } = talk()
    say('a')
    say('a2', { parent_turn_id: null })
    apply({ type: 'session.paused' })
    expect(thread.paused).toBe(true)
    apply({ type: 'session.resumed' })
    expect(thread.paused).toBe(false)
    expect(['key-a', 'key-a2', 'key-b'].map((key) => thread.turnOf(key))).toEqual(['a', 'a2', undefined])
  })

  it('is the path to its head, whatever is said, switched and reset', () => {
    const step = fc.record({ kind: fc.constantFrom('say', 'edit', 'again', 'switch', 'reset'), at: fc.nat() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { thread, say, apply } = talk()
        const parents = new Map<string, string | null>()
        let head: string | null = null
        steps.forEach(({ kind, at }, index) => {
          const ids = [...parents.keys()]
          const some = ids[at % Math.max(1, ids.length)]
          const id = `t${index}`
          if (kind === 'reset') {
            head = null
            apply({ type: 'session.reset' })
          } else if (kind === 'switch' && some !== undefined) {
            head = some
            apply({ type: 'branch.switched', turn_id: some })
          } else {
            const parent = kind === 'say' || some === undefined ? head : (parents.get(some) ?? null)
            say(id, {
              ...(parent !== head && { parent_turn_id: parent }),
              ...(kind === 'again' && some !== undefined && { regenerates: some }),
            })
            parents.set(id, parent)
            head = id
          }
          const path: string[] = []
          for (let turn = head; turn !== null; turn = parents.get(turn) ?? null) path.unshift(turn)
          expect(thread.branch).toEqual(path)
          for (const turn of path) {
            const { at: here, turnIds } = thread.answers(turn)
            expect(turnIds[here]).toBe(turn)
            expect(thread.messages(turn).turnIds[thread.messages(turn).at]).toBe(turn)
          }
        })
      }),
    )
  })
})
