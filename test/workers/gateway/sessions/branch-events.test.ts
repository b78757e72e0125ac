/** The events that a fork copies: those of its branch, in the order of the turns, for any page size of the log. */
import { describe, expect, it } from 'vitest'
import { limits } from '../../../../shared/api/limits.ts'
import type { Event } from '../../../../shared/events/event.ts'
import { eventsOf } from '../../../../workers/gateway/sessions/branch-events.ts'

const at = Date.UTC(2025, 0, 1)
const log = (drafts: readonly object[]): Event[] => drafts.map((draft, index) => ({ seq: index + 1, at, ...draft }) as Event)
const accepted = (turn_id: string) => ({ type: 'turn.accepted', turn_id, event_id: `e-${turn_id}`, position: 0 })
const asked = (turn_id: string) => ({ type: 'item.added', turn_id, item_id: `q-${turn_id}`, role: 'user', text: 'question' })
const ended = (turn_id: string) => ({ type: 'turn.ended', turn_id, outcome: 'completed' })

/** Pages of `size` events, and how many were read. */
function pagesOf(events: readonly Event[], size: number) {
  const read = { pages: 0 }
  async function* pages() {
    for (let from = 0; from < events.length; from += size) {
      read.pages += 1
      yield events.slice(from, from + size)
    }
  }
  return { read, pages: pages() }
}

/** The second turn waits while the first runs; `other` is on another branch. */
const queued = log([
  { type: 'session.created', subject: 'alice' },
  accepted('one'),
  asked('one'),
  { type: 'turn.started', turn_id: 'one' },
  { type: 'item.opened', turn_id: 'one', item_id: 'lost', role: 'assistant' },
  accepted('two'),
  asked('two'),
  { type: 'item.abandoned', turn_id: 'one', item_id: 'lost' },
  ended('one'),
  accepted('other'),
  asked('other'),
  ended('other'),
  { type: 'branch.switched', turn_id: 'one' },
  { type: 'turn.started', turn_id: 'two' },
  ended('two'),
  ...Array.from({ length: 20 }, (_, n) => ({ type: 'session.titled', title: `later ${n}` })),
])

describe('The events of a branch', () => {
  it.each([1, 2, 7, 100])('are the same in pages of %d events', async (size) => {
    const { read, pages } = pagesOf(queued, size)
    const events = await eventsOf(pages, ['one', 'two'])
    expect(events.ok && events.value.map(({ seq }) => seq)).toEqual([2, 3, 4, 9, 6, 7, 14, 15])
    // Nothing after the last of its turns is read.
    expect(read.pages).toBe(Math.ceil(15 / size))
  })

  it.each([
    ['events', limits.importEvents, ''],
    ['text', 120, 'x'.repeat(limits.itemUnits)],
  ])('are at most those of an import: too much %s', async (_, turns, text) => {
    const ids = Array.from({ length: turns }, (_, index) => `t${index}`)
    const { read, pages } = pagesOf(log(ids.flatMap((id) => [accepted(id), { ...asked(id), text }, ended(id)])), 30)
    const events = await eventsOf(pages, ids)
    expect(events.ok ? [] : events.error).toMatchObject({ kind: 'invalid', errors: [{ pointer: '/turn_id' }] })
    // Reading ends with the limit.
    expect(read.pages).toBeLessThan((turns * 3) / 30)
  })
})
