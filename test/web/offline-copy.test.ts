import { describe, expect, it } from 'vitest'
import type { SessionSummary } from '../../shared/api/sessions.ts'
import { Thread } from '../../shared/client/thread.ts'
import type { Turn } from '../../shared/client/turn.ts'
import { beyondSize, maxCopies, newestSessions, storedTurns, turnsToStore } from '../../web/src/offline/copy.ts'

const turn = (id: string, parentId: string | null, more: Partial<Turn> = {}): Turn => ({
  id,
  eventId: `event-${id}`,
  parentId,
  clearedAfter: null,
  answeredBy: null,
  regenerates: null,
  acceptedAt: 1,
  startedAt: 2,
  endedAt: 3,
  outcome: 'completed',
  reason: null,
  detail: null,
  usage: null,
  items: [{ id: `item-${id}`, role: 'user', text: `text of ${id}`, call: null, open: false, incomplete: false, truncated: false }],
  restarts: 0,
  retrying: null,
  ...more,
})
const session = (session_id: string, updated_at: number): SessionSummary => ({
  session_id,
  title: session_id,
  state: 'idle',
  created_at: 1,
  updated_at,
  last_turn_id: null,
})
const branch = [turn('a', null), turn('b', 'a'), turn('c', 'b')]

describe('A saved copy', () => {
  it('holds the turns of the branch, and becomes the same thread', () => {
    const turns = storedTurns(turnsToStore(branch))
    expect(turns).toEqual(branch)
    const thread = Thread.ofTurns(turns ?? [])
    expect(thread.branch).toEqual(['a', 'b', 'c'])
    expect(thread.turnOf('event-b')).toBe('b')
    expect(thread.seq).toBe(0)
  })

  it('holds no reasoning', () => {
    const item = { text: 'Four.', call: null, open: false, incomplete: false, truncated: false } as const
    const items = [{ ...item, id: 'r', role: 'reasoning', text: 'Two and two.' } as const, { ...item, id: 'a', role: 'assistant' } as const]
    expect(storedTurns(turnsToStore([turn('a', null, { items })]))?.[0]?.items).toEqual([items[1]])
  })

  it('holds no turn that has not ended', () => {
    const open = turn('d', 'c', { outcome: null, endedAt: null })
    expect(storedTurns(turnsToStore([...branch, open]))?.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })

  it('holds the newest turns that fit, as a branch of their own', () => {
    const size = turnsToStore(branch.slice(1)).length + 4
    const turns = storedTurns(turnsToStore(branch, size)) ?? []
    expect(turns.map(({ id, parentId }) => [id, parentId])).toEqual([
      ['b', null],
      ['c', 'b'],
    ])
    expect(Thread.ofTurns(turns).branch).toEqual(['b', 'c'])
    expect(turnsToStore(branch, size).length).toBeLessThanOrEqual(size)
    expect(turnsToStore(branch, 20)).toBe('[]')
  })

  it.each(['', '{}', '[1]', '[{"id":"a"}]', '[{"id":"a","eventId":"e","parentId":null,"acceptedAt":1,"items":[{}]}]'])(
    'is not read from %s',
    (text) => expect(storedTurns(text)).toBeNull(),
  )
})

describe('The saved conversations', () => {
  it('are the newest ones, of the user and of others', () => {
    const own = Array.from({ length: 30 }, (_, index) => session(`own-${index}`, index * 2))
    const shared = [session('shared-new', 1_000), session('shared-old', 1)]
    const ids = newestSessions(own, shared).map(({ session_id }) => session_id)
    expect(ids).toHaveLength(maxCopies)
    expect(ids.slice(0, 2)).toEqual(['shared-new', 'own-29'])
    expect(ids).not.toContain('shared-old')
  })

  it('make room from the oldest one on', () => {
    const copies = ['new', 'middle', 'old'].map((id) => ({ id, units: 40 }))
    expect(beyondSize(copies, 120)).toEqual([])
    expect(beyondSize(copies, 100)).toEqual(['old'])
    expect(beyondSize(copies, 30)).toEqual(['new', 'middle', 'old'])
  })
})
