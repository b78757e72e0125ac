import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Thread } from '../../../shared/client/thread.ts'
import type { Delta, Retrying } from '../../../shared/events/delta.ts'
import type { Event } from '../../../shared/events/event.ts'
import type { FrameBody } from '../../../shared/events/frame-body.ts'

/** One turn with an answer that streams in `pieces`, from seq 1. */
function turn(pieces: readonly string[], { abandonedFirst = false } = {}): FrameBody[] {
  let seq = 0
  const recorded = (event: object) => ({ seq: ++seq, at: 1_000 + seq, turn_id: 't', ...event }) as unknown as Event
  const deltas = (itemId: string): Delta[] =>
    pieces.map((text, index) => ({
      type: 'item.delta',
      turn_id: 't',
      item_id: itemId,
      offset: pieces.slice(0, index).join('').length,
      text,
      after: seq,
    }))
  const first = [
    recorded({ type: 'turn.accepted', event_id: 'k', position: 0 }),
    recorded({ type: 'item.added', item_id: 'u', role: 'user', text: 'hello' }),
    recorded({ type: 'turn.started' }),
  ]
  const abandoned = abandonedFirst
    ? [
        recorded({ type: 'item.opened', item_id: 'a0', role: 'assistant' }),
        ...deltas('a0'),
        recorded({ type: 'item.abandoned', item_id: 'a0' }),
      ]
    : []
  return [
    ...first,
    ...abandoned,
    recorded({ type: 'item.opened', item_id: 'a', role: 'assistant' }),
    ...deltas('a'),
    recorded({ type: 'item.closed', item_id: 'a', text: pieces.join('') }),
    recorded({ type: 'turn.ended', outcome: 'completed', usage: { input_tokens: 1, output_tokens: 2 } }),
  ]
}

const response = (thread: Thread): string | undefined => thread.turns.get('t')?.items.find((item) => item.role === 'assistant')?.text

describe('Thread', () => {
  it('appends deltas to the open item and returns the cursor to resume from', () => {
    const thread = new Thread()
    for (const data of turn(['Hel', 'lo 🙂', '!']).slice(0, 6)) thread.apply(data)
    expect(response(thread)).toBe('Hello 🙂')
    expect(thread.cursor).toBe('4.8')
  })

  it('shows a retry until the turn goes on, and keeps its cursor', () => {
    const [accepted, added, started, opened, first] = turn(['Hel', 'lo']) as [FrameBody, FrameBody, FrameBody, FrameBody, FrameBody]
    const retry: Retrying = {
      type: 'turn.retrying',
      turn_id: 't',
      cause: 'busy',
      reason: 'Too many requests.',
      attempt: 2,
      attempts: 5,
      after_ms: 20_000,
      after: 4,
    }
    const thread = new Thread()
    for (const data of [accepted, added, started, opened]) thread.apply(data)
    expect(thread.orderOf(retry)).toBe('next')
    expect(thread.apply(retry)).toBe('t')
    expect([thread.cursor, thread.turns.get('t')?.retrying]).toEqual(['4.0', retry])
    expect(thread.apply({ seq: 5, at: 1, type: 'memory.refused', about: 't', reasons: [] })).toBe('t')
    expect(thread.turns.get('t')?.retrying).toEqual(retry)
    expect(thread.orderOf(retry)).toBe('old')
    thread.apply(first)
    expect([thread.turns.get('t')?.retrying, response(thread)]).toEqual([null, 'Hel'])
  })

  it('ends with the recorded text, for any repeated frames', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat({ max: 30 }), { maxLength: 20 }),
        fc.boolean(),
        (pieces, repeats, abandonedFirst) => {
          const frames = turn(pieces, { abandonedFirst })
          const thread = new Thread()
          frames.forEach((data, index) => {
            thread.apply(data)
            // A reader with an older cursor receives the last frames again.
            const repeatCount = repeats[index] ?? 0
            for (const second of frames.slice(Math.max(0, index - repeatCount), index + 1))
              if (thread.orderOf(second) === 'next') thread.apply(second)
          })
          expect(response(thread)).toBe(pieces.join(''))
          expect(thread.turns.get('t')?.outcome).toBe('completed')
          expect(thread.cursor).toBe(String(thread.seq))
        },
      ),
    )
  })

  it('removes an abandoned item and counts the restart of the answer', () => {
    const thread = new Thread()
    const frames = turn(['one ', 'two'], { abandonedFirst: true })
    for (const data of frames.slice(0, 7)) thread.apply(data)
    expect(response(thread)).toBeUndefined()
    expect(thread.cursor).toBe('5')
    expect(thread.turns.get('t')).toMatchObject({ restarts: 1 })
  })

  it('classifies a frame as old, next, or after a gap', () => {
    const thread = new Thread()
    const frames = turn(['ab', 'cd', 'ef'])
    for (const data of frames.slice(0, 5)) thread.apply(data)
    const orders = frames.map((data) => thread.orderOf(data))
    expect(orders).toEqual(['old', 'old', 'old', 'old', 'old', 'next', 'gap', 'next', 'gap'])
  })

  it('shows reasoning beside the answer, with the time that it took', () => {
    const thread = new Thread()
    let seq = 0
    const apply = (event: object) => thread.apply({ seq: ++seq, at: seq * 1_000, turn_id: 't', ...event } as unknown as Event)
    const delta = (type: string, item_id: string, offset: number, text: string) =>
      ({ type, turn_id: 't', item_id, offset, text, after: seq }) as unknown as Event
    apply({ type: 'turn.accepted', event_id: 'k', position: 0 })
    apply({ type: 'item.opened', item_id: 'a', role: 'assistant' })
    apply({ type: 'item.abandoned', item_id: 'a', replaced: true })
    apply({ type: 'item.opened', item_id: 'r', role: 'assistant', kind: 'reasoning' })
    const first = delta('reasoning.delta', 'r', 0, 'Two and')
    expect(thread.orderOf(first)).toBe('next')
    thread.apply(first)
    expect(thread.cursor).toBe('4.7')
    // The answer did not start again.
    expect(thread.turns.get('t')).toMatchObject({ restarts: 0, items: [{ role: 'reasoning', text: 'Two and', open: true }] })
    apply({ type: 'item.closed', item_id: 'r', kind: 'reasoning', text: '', reasoning: 'Two and two.' })
    apply({ type: 'item.opened', item_id: 'b', role: 'assistant' })
    thread.apply(delta('item.delta', 'b', 0, 'Four.'))
    expect(thread.turns.get('t')?.items).toMatchObject([
      { role: 'reasoning', text: 'Two and two.', open: false, tookMs: 1_000 },
      { role: 'assistant', text: 'Four.' },
    ])
    // An attempt that fails takes its reasoning with it.
    apply({ type: 'item.abandoned', item_id: 'b' })
    expect(thread.turns.get('t')).toMatchObject({ restarts: 1, items: [] })
  })

  it('does not show an item of an unknown kind', () => {
    const thread = new Thread()
    const ofTurn = { turn_id: 't', at: 1 }
    thread.apply({ seq: 1, ...ofTurn, type: 'turn.accepted', event_id: 'k', position: 0 })
    thread.apply({ seq: 2, ...ofTurn, type: 'item.opened', item_id: 'x', role: 'assistant', kind: 'daydream' })
    thread.apply({ seq: 3, ...ofTurn, type: 'item.closed', item_id: 'x', kind: 'daydream', text: 'Sheep.' })
    expect(thread.turns.get('t')?.items).toEqual([])
    expect(thread.cursor).toBe('3')
  })

  it('shows the tool calls of a turn between its texts, each with its state', () => {
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
    // The step had no text, so the answer did not restart.
    expect(thread.turns.get('t')?.restarts).toBe(0)
    apply({ type: 'call.claimed', call_id: 'c' })
    expect(call()).toMatchObject({ state: 'running' })
    apply({ type: 'call.parked', call_id: 'c', reason: 'May I?', until: 9 })
    expect(call()).toMatchObject({ state: 'parked', reason: 'May I?' })
    apply({ type: 'call.decided', call_id: 'c', approved: true, by: 'alice' })
    apply({ type: 'call.ended', call_id: 'c', outcome: 'completed', text: 'seen' })
    expect(thread.turns.get('t')?.items).toMatchObject([{ role: 'tool', text: 'seen', call: { state: 'completed' } }])
  })

  it('skips an event of an unknown type', () => {
    const thread = new Thread()
    expect(thread.apply({ seq: 1, at: 1, type: 'moon.risen' } as unknown as Event)).toBeNull()
    expect(thread.seq).toBe(1)
  })
})

describe('A thread with branches', () => {
  /** A thread, and helpers that append events or a whole turn. `overrides`: other fields of `turn.accepted`. */
  function conversation() {
    const thread = new Thread()
    let seq = 0
    const apply = (event: object) => thread.apply({ seq: ++seq, at: seq, ...event } as unknown as Event)
    return {
      thread,
      apply,
      addTurn(turnId: string, overrides: object = {}) {
        apply({ type: 'turn.accepted', turn_id: turnId, event_id: `key-${turnId}`, position: 0, ...overrides })
        apply({ type: 'item.added', turn_id: turnId, item_id: `said-${turnId}`, role: 'user', text: turnId })
        apply({ type: 'turn.ended', turn_id: turnId, outcome: 'completed' })
      },
    }
  }

  it('is the turns in order without edits', () => {
    const { thread, addTurn } = conversation()
    for (const id of ['a', 'b', 'c']) addTurn(id)
    expect(thread.branch).toEqual(['a', 'b', 'c'])
    expect(thread.branch).toBe(thread.branch)
    expect(thread.messages('b')).toEqual({ index: 0, turnIds: ['b'] })
    expect(thread.turns.get('b')).toMatchObject({ parentId: 'a', regenerates: null })
  })

  it('replaces an edited message on the branch, and keeps the original', () => {
    const { thread, addTurn } = conversation()
    for (const id of ['a', 'b', 'c']) addTurn(id)
    addTurn('b2', { parent_turn_id: 'a' })
    addTurn('d')
    expect(thread.branch).toEqual(['a', 'b2', 'd'])
    expect(thread.messages('b2')).toEqual({ index: 1, turnIds: ['b', 'b2'] })
    expect(thread.messages('b')).toEqual({ index: 0, turnIds: ['b', 'b2'] })
    expect(thread.turns.size).toBe(5)
  })

  it('replaces an edited first message', () => {
    const { thread, addTurn } = conversation()
    addTurn('a')
    addTurn('a2', { parent_turn_id: null })
    expect(thread.branch).toEqual(['a2'])
    expect(thread.messages('a2')).toEqual({ index: 1, turnIds: ['a', 'a2'] })
  })

  it('distinguishes a regenerated answer from an edited message', () => {
    const { thread, addTurn } = conversation()
    addTurn('a')
    addTurn('b')
    addTurn('b-again', { parent_turn_id: 'a', regenerates: 'b' })
    addTurn('b-third', { parent_turn_id: 'a', regenerates: 'b-again' })
    addTurn('other', { parent_turn_id: 'a' })
    expect(thread.answers('b-again')).toEqual({ index: 1, turnIds: ['b', 'b-again', 'b-third'] })
    expect(thread.answers('other')).toEqual({ index: 0, turnIds: ['other'] })
    expect(thread.messages('b')).toEqual({ index: 0, turnIds: ['b', 'other'] })
    // A switch back to the first message selects its newest answer.
    expect(thread.messages('other')).toEqual({ index: 1, turnIds: ['b-third', 'other'] })
  })

  it('follows a switch, and the next message continues that branch', () => {
    const { thread, addTurn, apply } = conversation()
    for (const id of ['a', 'b']) addTurn(id)
    addTurn('b2', { parent_turn_id: 'a' })
    expect(apply({ type: 'branch.switched', turn_id: 'b' })).toBe('')
    expect(thread.branch).toEqual(['a', 'b'])
    addTurn('c')
    expect(thread.branch).toEqual(['a', 'b', 'c'])
    expect(thread.turns.get('c')?.parentId).toBe('b')
  })

  it('starts a new root branch after a reset', () => {
    const { thread, addTurn, apply } = conversation()
    addTurn('a')
    apply({ type: 'session.reset' })
    expect(thread.branch).toEqual([])
    addTurn('z')
    expect(thread.branch).toEqual(['z'])
    // A message after the reset is no version of the first one, and is shown after it.
    expect(thread.messages('z')).toEqual({ index: 0, turnIds: ['z'] })
    expect(thread.path).toEqual(['a', 'z'])
    // Views compare it.
    expect(thread.path).toBe(thread.path)
    addTurn('z2', { parent_turn_id: null })
    expect(thread.messages('z2')).toEqual({ index: 1, turnIds: ['z', 'z2'] })
    expect(thread.path).toEqual(['a', 'z2'])
    addTurn('y')
    apply({ type: 'session.reset' })
    expect([thread.branch, thread.path]).toEqual([[], ['a', 'z2', 'y']])
    apply({ type: 'branch.switched', turn_id: 'a' })
    expect(thread.path).toEqual(['a'])
  })

  it('reports its pause, and finds messages of every branch by key', () => {
    const { thread, addTurn, apply } = conversation()
    addTurn('a')
    addTurn('a2', { parent_turn_id: null })
    apply({ type: 'session.paused' })
    expect(thread.paused).toBe(true)
    apply({ type: 'session.resumed' })
    expect(thread.paused).toBe(false)
    expect(['key-a', 'key-a2', 'key-b'].map((key) => thread.turnOf(key))).toEqual(['a', 'a2', undefined])
  })

  it('is the path to its head after any messages, switches and resets', () => {
    const step = fc.record({ kind: fc.constantFrom('say', 'edit', 'again', 'switch', 'reset'), at: fc.nat() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { thread, addTurn, apply } = conversation()
        const parents = new Map<string, string | null>()
        let head: string | null = null
        steps.forEach(({ kind, at }, index) => {
          const ids = [...parents.keys()]
          const chosen = ids[at % Math.max(1, ids.length)]
          const id = `t${index}`
          if (kind === 'reset') {
            head = null
            apply({ type: 'session.reset' })
          } else if (kind === 'switch' && chosen !== undefined) {
            head = chosen
            apply({ type: 'branch.switched', turn_id: chosen })
          } else {
            const parent = kind === 'say' || chosen === undefined ? head : (parents.get(chosen) ?? null)
            addTurn(id, {
              ...(parent !== head && { parent_turn_id: parent }),
              ...(kind === 'again' && chosen !== undefined && { regenerates: chosen }),
            })
            parents.set(id, parent)
            head = id
          }
          const path: string[] = []
          for (let turn = head; turn !== null; turn = parents.get(turn) ?? null) path.unshift(turn)
          expect(thread.branch).toEqual(path)
          for (const turn of path) {
            const { index, turnIds } = thread.answers(turn)
            expect(turnIds[index]).toBe(turn)
            expect(thread.messages(turn).turnIds[thread.messages(turn).index]).toBe(turn)
          }
        })
      }),
    )
  })
})

describe('The persona of a session', () => {
  const created = (fields: object) => ({ seq: 1, at: 1, type: 'session.created', subject: 'alice', ...fields }) as Event

  it('is that of its first message, whatever later turns name', () => {
    const thread = new Thread()
    expect(thread.persona).toBeNull()
    thread.apply(created({ persona_id: 'tutor' }))
    thread.apply({ seq: 2, at: 2, type: 'turn.accepted', turn_id: 't', event_id: 'k', position: 0, persona_id: 'critic' } as Event)
    expect(thread.persona).toBe('tutor')
  })

  it('is none without one', () => {
    const thread = new Thread()
    thread.apply(created({}))
    expect(thread.persona).toBeNull()
  })
})
