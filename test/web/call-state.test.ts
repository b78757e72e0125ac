import { describe, expect, it } from 'vitest'
import type { Call, Item } from '../../shared/client/turn.ts'
import { type CallItem, countStates, groupCalls, spanOf, stateOf } from '../../web/src/chat/calls/call-state.ts'

const item = (id: string, role: Item['role'], call: Call | null = null, text = ''): Item => ({
  id,
  role,
  text,
  call,
  open: false,
  incomplete: false,
  truncated: false,
})
const callItem = (id: string, call: Partial<Call>, text = ''): CallItem =>
  item(
    id,
    'tool',
    { name: 'echo', arguments: '{}', state: 'completed', reason: null, startedAt: null, endedAt: null, ...call } as Call,
    text,
  ) as CallItem

describe('The items of a turn', () => {
  it('are in order, with the calls that follow each other together', () => {
    const items = [item('q', 'user'), callItem('a', {}), callItem('b', {}), item('t', 'assistant'), callItem('c', {})]
    const shape = groupCalls(items).map((group) => ('length' in group ? group.map(({ id }) => id) : group.id))
    expect(shape).toEqual(['q', ['a', 'b'], 't', ['c']])
    expect(groupCalls([])).toEqual([])
  })
})

describe('A call', () => {
  it('timed out only if it failed and its text begins with it', () => {
    expect(stateOf(callItem('a', { state: 'failed' }, 'It timed out after 2.5 s.'))).toBe('timedOut')
    expect(stateOf(callItem('a', { state: 'failed' }, 'The page says: It timed out after 2 s.'))).toBe('failed')
    expect(stateOf(callItem('a', { state: 'completed' }, 'It timed out after 2.5 s.'))).toBe('completed')
  })
})

describe('A call that waits for its user', () => {
  it('waits for an approval, asks, or was interrupted', () => {
    const asks = [undefined, { until: 1 }, { until: 1, ask: 'question' }, { until: 1, ask: 'effect' }] as const
    const states = asks.map((ask) => stateOf(callItem('a', { state: 'parked', ask: ask ?? null })))
    expect(states).toEqual(['parked', 'parked', 'asking', 'interrupted'])
    // What was asked is over.
    expect(stateOf(callItem('a', { state: 'waiting', ask: { until: 1, ask: 'question' } }))).toBe('waiting')
  })
})

describe('A group of calls', () => {
  it('has a number for each state, and a time from its first start to its last end', () => {
    const items = [
      callItem('a', { startedAt: 100, endedAt: 400 }),
      callItem('b', { state: 'failed', startedAt: 150, endedAt: 900 }),
      callItem('c', { startedAt: 90, endedAt: 200 }),
    ]
    expect([...countStates(items)]).toEqual([
      ['completed', 2],
      ['failed', 1],
    ])
    expect(spanOf(items)).toBe(810)
    expect(spanOf([...items, callItem('d', { state: 'running', startedAt: 950 })])).toBeNull()
    expect(spanOf([callItem('e', { state: 'cancelled', endedAt: 5 })])).toBeNull()
  })
})
