import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Event } from '../../../shared/events/event.ts'
import { turnView } from '../../../shared/session/turn-view.ts'

const turn_id = 't'
const accepted = { seq: 2, at: 20, type: 'turn.accepted', turn_id, event_id: 'k', position: 0 } as const
const userItem = { seq: 3, at: 20, type: 'item.added', turn_id, item_id: 'q', role: 'user', text: 'Hello' } as const
const started = { seq: 4, at: 40, type: 'turn.started', turn_id } as const
const opened = (item_id: string): Event => ({ seq: 5, at: 50, type: 'item.opened', turn_id, item_id, role: 'assistant' })
const closed = (item_id: string, text: string, fields = {}): Event => ({
  seq: 6,
  at: 60,
  type: 'item.closed',
  turn_id,
  item_id,
  text,
  ...fields,
})
const ended = (fields: Partial<Extract<Event, { type: 'turn.ended' }>> = {}): Event => ({
  seq: 9,
  at: 90,
  type: 'turn.ended',
  turn_id,
  outcome: 'completed',
  ...fields,
})
const view = (...events: Event[]) => turnView('s', events, null)

describe('A turn', () => {
  it('that waits has no answer', () =>
    assert.deepEqual(view(accepted, userItem), {
      session_id: 's',
      turn_id,
      event_id: 'k',
      status: 'waiting',
      text: '',
      incomplete: false,
      reason: null,
      usage: null,
      accepted_at: 20,
      started_at: null,
      ended_at: null,
    }))

  it('that runs has the text of its open item so far', () => {
    const running = turnView('s', [accepted, userItem, started, opened('a')], { turn_id, item_id: 'a', text: 'Good mor' })
    assert.deepEqual([running?.status, running?.text, running?.started_at], ['running', 'Good mor', 40])
    const other = turnView('s', [accepted, userItem], { turn_id: 'other', item_id: 'a', text: 'of another turn' })
    assert.equal(other?.text, '')
  })

  it('that has ended has its whole answer, usage and times', () => {
    const usage = { input_tokens: 3, output_tokens: 2 }
    const completed = view(accepted, userItem, started, opened('a'), closed('a', 'Good morning'), ended({ usage }))
    assert.deepEqual(
      [
        completed?.status,
        completed?.text,
        completed?.usage,
        completed?.accepted_at,
        completed?.started_at,
        completed?.ended_at,
        completed?.incomplete,
      ],
      ['completed', 'Good morning', usage, 20, 40, 90, false],
    )
  })

  it('joins the texts of its steps, without those that were abandoned', () => {
    const abandoned = { seq: 7, at: 70, type: 'item.abandoned', turn_id, item_id: 'b' } as const
    assert.equal(view(accepted, started, closed('a', 'One.'), opened('b'), abandoned, closed('c', 'Two.'), ended())?.text, 'One.\n\nTwo.')
  })

  it('that failed has a reason, and an interrupted answer is marked as incomplete', () => {
    const failed = view(accepted, started, closed('a', 'Good mor', { incomplete: true }), ended({ outcome: 'failed', reason: 'Why.' }))
    assert.deepEqual([failed?.status, failed?.reason, failed?.incomplete, failed?.text], ['failed', 'Why.', true, 'Good mor'])
  })

  it('without its acceptance does not exist', () => assert.equal(view(started, ended()), null))
})

describe('The reasoning of a turn', () => {
  const reasoning = { ...closed('r', '', { kind: 'reasoning', reasoning: 'hm' }) }

  it('is no part of its text', () => {
    assert.equal(view(accepted, userItem, started, opened('r'), reasoning, opened('a'), closed('a', 'Four.'), ended())?.text, 'Four.')
    const open = { turn_id, item_id: 'r', kind: 'reasoning', text: 'so far' }
    assert.equal(turnView('s', [accepted, userItem, started, opened('r')], open)?.text, '')
  })

  it('does not make an answer incomplete', () => {
    const cut = closed('r', '', { kind: 'reasoning', reasoning: 'hm', incomplete: true })
    assert.equal(view(accepted, userItem, started, opened('r'), cut, ended({ outcome: 'cancelled' }))?.incomplete, false)
  })
})
