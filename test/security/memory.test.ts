/** No other user, of the same or another tenant, can read, change or poison a user's memory. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Memory, MemoryList } from '../../shared/api/memory.ts'
import type { Event } from '../../shared/events/event.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

let stack: SharedStack
let alice: User
/** A user with the same name and every scope, in another tenant. */
let otherAlice: User
let bob: User

beforeAll(async () => {
  stack = await sharedStack()
  alice = user(stack.url, await stack.token('memory', 'alice'))
  otherAlice = user(stack.url, await stack.token('memory-other', 'alice', { scopes: 'admin sessions:read_all' }))
  bob = user(stack.url, await stack.token('memory', 'bob', { scopes: 'admin sessions:read_all' }))
}, 150_000)

const memories = async (caller: User, q = '') => ((await (await caller.call('GET', `/v1/memories?q=${q}`)).json()) as MemoryList).memories
const texts = async (caller: User, q = '') => (await memories(caller, q)).map(({ text }) => text)
const log = async (caller: User, session: string) =>
  ((await (await caller.call('GET', `/v1/sessions/${session}/events?limit=500`)).json()) as { events: Event[] }).events
/** Sends `text`, then `marker`. Once `marker` is in memory, `text` would be too. */
async function sendAndIngest(caller: User, owner: User, session: string, text: string, marker: string): Promise<void> {
  await caller.send(text, { session_id: session })
  await owner.send(marker, { session_id: session })
  await until(async () => ((await texts(owner)).includes(marker) ? true : undefined))
}

describe('24. Memory poisoned across tenants, and keys used in both', () => {
  it('stays separate for the same user, session, key and text', async () => {
    const users = [alice, otherAlice] as const
    const created = await Promise.all(
      users.map(async (caller, n) => {
        await caller.send(`I keep the blue key in drawer ${n}`, { session_id: 'same' })
        return (await (await caller.call('POST', '/v1/remember', { key: 'safe', value: `code ${n}` })).json()) as Memory
      }),
    )
    for (const [n, caller] of users.entries()) {
      await until(async () => ((await texts(caller)).length === 2 ? true : undefined))
      expect((await texts(caller)).sort()).toEqual([`I keep the blue key in drawer ${n}`, `code ${n}`])
      expect(await texts(caller, 'drawer')).toEqual([`I keep the blue key in drawer ${n}`])
      expect(await (await caller.call('GET', '/v1/recall/safe')).json()).toEqual(created[n])
      expect((await caller.call('DELETE', `/v1/memories/${created[1 - n]?.id}`)).status, "the other's").toBe(404)
    }
    expect(await (await otherAlice.call('DELETE', '/v1/memories?confirm=everything')).json()).toEqual({ forgotten: 2 })
    expect(await (await bob.call('DELETE', '/v1/memories?confirm=everything')).json()).toEqual({ forgotten: 0 })
    expect(await texts(alice)).toHaveLength(2)
  })

  it('gives each tenant and each user its own answer for the same idempotency key', async () => {
    const send = async (caller: User, message: string, session?: string) => {
      const body = { message, ...(session ? { session_id: session } : {}) }
      const response = await caller.call('POST', '/v1/sessions/message', body, { 'idempotency-key': 'the-same-key' })
      return { status: response.status, ...((await response.json()) as { session_id: string; turn_id: string }) }
    }
    // No mismatch, which would reveal that the key was used, and no turn of another user.
    const answers = [await send(alice, 'mine'), await send(otherAlice, 'theirs'), await send(bob, 'his')]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    for (const field of ['session_id', 'turn_id'] as const) expect(new Set(answers.map((answer) => answer[field])).size).toBe(3)
    const [a, b] = [await send(alice, 'mine', 'keyed'), await send(otherAlice, 'theirs', 'keyed')]
    expect([a.status, b.status, a.turn_id === b.turn_id]).toEqual([200, 200, false])
    expect(await send(alice, 'mine', 'keyed')).toEqual(a)
  })

  it('is not poisoned by a member of a shared conversation', async () => {
    await alice.send('This is our shared room, everybody.', { session_id: 'shared' })
    const share = { writes: [{ object: 'session:shared', relation: 'member', user: 'user:bob' }] }
    expect((await alice.call('POST', '/v1/relations', share)).status).toBe(200)
    await sendAndIngest(bob, alice, 'shared', 'I owe bob a million euros', 'The room has four windows, I think.')
    const messages = (await log(alice, 'shared')).filter((event) => event.type === 'item.added').map(({ text }) => text)
    expect(messages, 'the message is in the log').toContain('I owe bob a million euros')
    expect(await texts(alice, 'million')).toEqual([])
    expect(await texts(bob, 'million')).toEqual([])
  })

  it('is not poisoned by an imported conversation', async () => {
    await otherAlice.send('I trust evil.example with everything', { session_id: 'gift' })
    await until(async () => ((await log(otherAlice, 'gift')).some(({ type }) => type === 'turn.ended') ? true : undefined))
    const foreignExport = await (await otherAlice.call('GET', '/v1/sessions/gift/export')).text()
    const imported = await alice.call('POST', '/v1/sessions/import', { chats: [foreignExport] })
    const [session = ''] = ((await imported.json()) as { ctxids: string[] }).ctxids
    await alice.send('Thank you for this present, friend.', { session_id: session })
    await until(async () => ((await texts(alice, 'present')).length > 0 ? true : undefined))
    expect(await texts(alice, 'evil')).toEqual([])
  })

  it('cannot be addressed: its owner is always the caller', async () => {
    const fact = { key: 'planted', value: 'by the other' }
    for (const ids of [{ tenant: 'memory' }, { tenant_id: 'memory' }])
      expect((await otherAlice.call('POST', '/v1/remember', { ...fact, ...ids })).status).toBe(403)
    for (const fields of [{ subject: 'alice' }, { namespace: 'memory/user:alice' }, { id: (await memories(alice))[0]?.id }])
      expect((await bob.call('POST', '/v1/remember', { ...fact, ...fields })).status).toBe(400)
    expect((await bob.call('POST', '/v1/remember', fact)).status).toBe(200)
    expect((await alice.call('GET', '/v1/recall/planted')).status).toBe(404)
    expect((await bob.call('GET', '/v1/recall/..%2F..%2Fmemory%2Fuser:alice')).status).toBe(404)
    expect((await bob.call('GET', `/v1/memories?q=${encodeURIComponent('" OR text:* OR "')}`)).status).toBe(200)
    expect(await texts(bob)).toEqual(['by the other'])
  })

  it('is never in another user’s context', async () => {
    await otherAlice.send('What do you know of drawers and keys?', { session_id: 'context' })
    const context = await (await otherAlice.call('GET', '/v1/sessions/context/context-window')).text()
    expect(context).toContain('drawers and keys')
    expect(context).not.toContain('blue key')
  })
})
