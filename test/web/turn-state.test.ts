import { describe, expect, it } from 'vitest'
import { Thread } from '../../shared/client/thread.ts'
import { foldTurn, type Turn } from '../../shared/client/turn.ts'
import type { Event } from '../../shared/events/event.ts'
import { isWaiting, turnState } from '../../web/src/chat/turn/turn-state.ts'

const accepted = { type: 'turn.accepted', turn_id: 't', event_id: 'e', position: 0, seq: 1, at: 1 } as const
const ofTurn = { turn_id: 't', seq: 2, at: 2 }
const started = { type: 'turn.started', ...ofTurn } as const
const opened = (id: string) => ({ type: 'item.opened', item_id: id, role: 'assistant', ...ofTurn }) as const
const closed = (id: string, text: string) => ({ type: 'item.closed', item_id: id, text, ...ofTurn }) as const
const requested = (id: string, name: string) =>
  ({ type: 'call.requested', call_id: id, name, arguments: '{}', effect: 'none', timeout_ms: 1, ...ofTurn }) as const
const ended = (id: string) => ({ type: 'call.ended', call_id: id, outcome: 'completed', text: '', ...ofTurn }) as const
const parked = (id: string) => ({ type: 'call.parked', call_id: id, reason: '', until: 1, ...ofTurn }) as const

type TurnEvent = Parameters<typeof foldTurn>[1]

function turnAfter(...events: readonly (Event & TurnEvent)[]): Turn {
  const thread = new Thread()
  thread.apply(accepted)
  const turn = thread.turns.get('t')
  if (turn === undefined) throw new Error('The turn is missing.')
  return events.reduce(foldTurn, turn)
}

const stateAfter = (...events: readonly (Event & TurnEvent)[]) => turnState(turnAfter(...events), 0, false)

describe('(18) The state of a turn', () => {
  it('is sent, queued or paused until the answer is started', () => {
    expect(turnState(turnAfter(), 0, false)).toEqual({ kind: 'sent' })
    expect(turnState(turnAfter(), 2, false)).toEqual({ kind: 'queued' })
    expect(turnState(turnAfter(), 2, true)).toEqual({ kind: 'paused' })
  })

  it('is thinking, then names the tools that run, then is thinking again', () => {
    expect(stateAfter(started)).toEqual({ kind: 'thinking' })
    const text = [started, opened('a'), closed('a', 'Let me look.')] as const
    expect(stateAfter(...text, requested('c', 'search'))).toEqual({ kind: 'using', tools: ['search'] })
    const two = [...text, requested('c', 'search'), requested('d', 'search'), requested('e', 'read')] as const
    expect(stateAfter(...two)).toEqual({ kind: 'using', tools: ['search', 'read'] })
    expect(stateAfter(...two, ended('c'), ended('d'))).toEqual({ kind: 'using', tools: ['read'] })
    expect(stateAfter(...two, ended('c'), ended('d'), ended('e'))).toEqual({ kind: 'thinking' })
    expect(stateAfter(...text, requested('c', 'search'), ended('c'), opened('b'))).toEqual({ kind: 'thinking' })
  })

  it('names the approval before the tools', () => {
    expect(stateAfter(started, requested('c', 'search'), requested('d', 'send'), parked('d'))).toEqual({ kind: 'approval' })
    const question = { ...parked('c'), ask: 'question' } as const
    expect(stateAfter(started, requested('c', 'ask_user'), question)).toEqual({ kind: 'answer' })
    expect(stateAfter(started, requested('c', 'ask_user'), requested('d', 'send'), question, parked('d'))).toEqual({ kind: 'approval' })
  })

  it('is shown while the last item is no text of the assistant', () => {
    const text = [started, opened('a'), closed('a', 'Let me look.')] as const
    expect(isWaiting(turnAfter())).toBe(true)
    expect(isWaiting(turnAfter(started, opened('a')))).toBe(true)
    expect(isWaiting(turnAfter(...text))).toBe(false)
    expect(isWaiting(turnAfter(...text, requested('c', 'search')))).toBe(true)
    expect(isWaiting(turnAfter(...text, requested('c', 'search'), ended('c')))).toBe(true)
    expect(isWaiting(turnAfter(...text, requested('c', 'search'), ended('c'), opened('b')))).toBe(true)
    expect(isWaiting(turnAfter(...text, requested('c', 'search'), ended('c'), opened('b'), closed('b', 'Found.')))).toBe(false)
  })
})
