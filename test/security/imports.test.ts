/** An import refuses the content that other routes refuse (M3, L5). */
import { beforeAll, describe, expect, it } from 'vitest'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import type { User } from '../support/user.ts'

let stack: SharedStack
let alice: User

beforeAll(async () => {
  stack = await sharedStack()
  alice = await stack.user('imports', 'alice')
})

const at = Date.UTC(2025, 0, 1)
const turn = (overrides: object = {}) => [
  { seq: 2, at, type: 'turn.accepted', turn_id: 't', event_id: 'e', position: 0, ...overrides },
  { seq: 3, at, type: 'item.added', turn_id: 't', item_id: 'q', role: 'user', text: 'question' },
  { seq: 4, at, type: 'turn.ended', turn_id: 't', outcome: 'cancelled' },
]
const file = (...laterEvents: object[]) => ({ version: 'soma-1', events: [{ seq: 1, at, type: 'session.created' }, ...laterEvents] })
const importChats = (...chats: unknown[]) => alice.call('POST', '/v1/sessions/import', { chats })
const events = async (session: string) =>
  ((await (await alice.call('GET', `/v1/sessions/${session}/events`)).json()) as { events: { type: string; metadata?: object }[] }).events

describe('M3. An import', () => {
  it.each<[string, ...object[]]>([
    ['a time beyond the range of dates', { seq: 2, at: 9e15, type: 'session.titled', title: 'x' }],
    ['a time in the future', { seq: 2, at: Date.now() + 86_400_000, type: 'session.titled', title: 'x' }],
    ['a seq without a successor', { seq: Number.MAX_SAFE_INTEGER, at, type: 'session.titled', title: 'x' }],
    ['a title of 1.9 MB', { seq: 2, at, type: 'session.titled', title: 'x'.repeat(1_900_000) }],
    ['an item of 3 MB', turn()[0] ?? {}, { ...turn()[1], text: 'x'.repeat(3_000_000) }],
  ])('refuses %s, and the list still answers', async (_, ...events) => {
    const response = await importChats(file(...events))
    expect(response.status).toBe(400)
    expect(((await response.json()) as { errors: { pointer: string }[] }).errors[0]?.pointer).toMatch(
      /^\/chats\/0\/events\/[12]\/(at|seq|title|text)$/,
    )
    const list = await alice.call('GET', '/v1/sessions')
    expect([list.status, ((await list.json()) as { sessions: unknown[] }).sessions]).toEqual([200, []])
  })
})

describe('L5. The sender of a message', () => {
  it('is never taken from a client', async () => {
    const metadata = { sent_by: 'carol', time_zone: 'Europe/Berlin' }
    const sent = await alice.send('hello', { metadata })
    const action = (await (await alice.call('POST', '/v1/sessions/action', { action: 'summarize', metadata })).json()) as typeof sent
    const imported = (await (await importChats(file(...turn({ metadata })))).json()) as { ctxids: string[] }
    for (const session of [sent.session_id, action.session_id, imported.ctxids[0] ?? '']) {
      const accepted = (await events(session)).filter(({ type }) => type === 'turn.accepted')
      expect(accepted.map((event) => event.metadata)).toEqual([expect.objectContaining({ time_zone: 'Europe/Berlin' })])
      expect(JSON.stringify(accepted)).not.toContain('carol')
    }
  })
})
