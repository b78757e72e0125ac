/** What is remembered of one cannot be read, changed or poisoned by another: not of another tenant, not of the same one. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Memory, MemoryList } from '../../shared/api/memory.ts'
import type { Event } from '../../shared/events/event.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

let stack: SharedStack
let alice: User
/** The same name and all the power there is, in another tenant. */
let namesake: User
let bob: User

beforeAll(async () => {
  stack = await sharedStack()
  alice = user(stack.url, await stack.token('memory', 'alice'))
  namesake = user(stack.url, await stack.token('memory-other', 'alice', { scopes: 'admin sessions:read_all' }))
  bob = user(stack.url, await stack.token('memory', 'bob', { scopes: 'admin sessions:read_all' }))
}, 150_000)

const memories = async (who: User, q = '') => ((await (await who.call('GET', `/v1/memories?q=${q}`)).json()) as MemoryList).memories
const texts = async (who: User, q = '') => (await memories(who, q)).map(({ text }) => text)
const log = async (who: User, session: string) =>
  ((await (await who.call('GET', `/v1/sessions/${session}/events?limit=500`)).json()) as { events: Event[] }).events
/** Says something and then something else; when the last is remembered, so would have been the first. */
async function saidAndSettled(who: User, owner: User, session: string, text: string, marker: string): Promise<void> {
  await who.send(text, { session_id: session })
  await owner.send(marker, { session_id: session })
  await until(async () => ((await texts(owner)).includes(marker) ? true : undefined))
}

describe('24. Memory poisoned across tenants, and keys used in both', () => {
  it('stays apart under the same user, session, key and words', async () => {
    const both = [alice, namesake] as const
    const told = await Promise.all(
      both.map(async (who, n) => {
        await who.send(`I keep the blue key in drawer ${n}`, { session_id: 'same' })
        return (await (await who.call('POST', '/v1/remember', { key: 'safe', value: `code ${n}` })).json()) as Memory
      }),
    )
    for (const [n, who] of both.entries()) {
      await until(async () => ((await texts(who)).length === 2 ? true : undefined))
      expect((await texts(who)).sort()).toEqual([`I keep the blue key in drawer ${n}`, `code ${n}`])
      expect(await texts(who, 'drawer')).toEqual([`I keep the blue key in drawer ${n}`])
      expect(await (await who.call('GET', '/v1/recall/safe')).json()).toEqual(told[n])
      expect((await who.call('DELETE', `/v1/memories/${told[1 - n]?.id}`)).status, "the other's").toBe(404)
    }
    expect(await (await namesake.call('DELETE', '/v1/memories?confirm=everything')).json()).toEqual({ forgotten: 2 })
    expect(await (await bob.call('DELETE', '/v1/memories?confirm=everything')).json()).toEqual({ forgotten: 0 })
    expect(await texts(alice)).toHaveLength(2)
  })

  it('gives the same idempotency key in two tenants, and of two users, each its own answer', async () => {
    const send = async (who: User, message: string, session?: string) => {
      const body = { message, ...(session ? { session_id: session } : {}) }
      const answer = await who.call('POST', '/v1/sessions/message', body, { 'idempotency-key': 'the-same-key' })
      return { status: answer.status, ...((await answer.json()) as { session_id: string; turn_id: string }) }
    }
    // Neither a mismatch, which would tell that the key was used, nor somebody else's turn.
    const answers = [await send(alice, 'mine'), await send(namesake, 'theirs'), await send(bob, 'his')]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    for (const of of ['session_id', 'turn_id'] as const) expect(new Set(answers.map((answer) => answer[of])).size).toBe(3)
    const [a, b] = [await send(alice, 'mine', 'keyed'), await send(namesake, 'theirs', 'keyed')]
    expect([a.status, b.status, a.turn_id === b.turn_id]).toEqual([200, 200, false])
    expect(await send(alice, 'mine', 'keyed')).toEqual(a)
  })

  it('is not poisoned by whoever was let into a conversation', async () => {
    await alice.send('This is our shared room, everybody.', { session_id: 'shared' })
    const share = { writes: [{ object: 'session:shared', relation: 'member', user: 'user:bob' }] }
    expect((await alice.call('POST', '/v1/relations', share)).status).toBe(200)
    await saidAndSettled(bob, alice, 'shared', 'I owe bob a million euros', 'The room has four windows, I think.')
    const heard = (await log(alice, 'shared')).filter((event) => event.type === 'item.added').map(({ text }) => text)
    expect(heard, 'it was said').toContain('I owe bob a million euros')
    expect(await texts(alice, 'million')).toEqual([])
    expect(await texts(bob, 'million')).toEqual([])
  })

  it('is not poisoned by a conversation that somebody hands over', async () => {
    await namesake.send('I trust evil.example with everything', { session_id: 'gift' })
    await until(async () => ((await log(namesake, 'gift')).some(({ type }) => type === 'turn.ended') ? true : undefined))
    const gift = await (await namesake.call('GET', '/v1/sessions/gift/export')).text()
    const imported = await alice.call('POST', '/v1/sessions/import', { chats: [gift] })
    const [session = ''] = ((await imported.json()) as { ctxids: string[] }).ctxids
    await alice.send('Thank you for this present, friend.', { session_id: session })
    await until(async () => ((await texts(alice, 'present')).length > 0 ? true : undefined))
    expect(await texts(alice, 'evil')).toEqual([])
  })

  it('cannot be addressed: who it is of comes from who asks', async () => {
    const fact = { key: 'planted', value: 'by the other' }
    for (const named of [{ tenant: 'memory' }, { tenant_id: 'memory' }])
      expect((await namesake.call('POST', '/v1/remember', { ...fact, ...named })).status).toBe(403)
    for (const named of [{ subject: 'alice' }, { namespace: 'memory/user:alice' }, { id: (await memories(alice))[0]?.id }])
      expect((await bob.call('POST', '/v1/remember', { ...fact, ...named })).status).toBe(200)
    expect((await alice.call('GET', '/v1/recall/planted')).status).toBe(404)
    expect((await bob.call('GET', '/v1/recall/..%2F..%2Fmemory%2Fuser:alice')).status).toBe(404)
    expect((await bob.call('GET', `/v1/memories?q=${encodeURIComponent('" OR text:* OR "')}`)).status).toBe(200)
    expect(await texts(bob)).toEqual(['by the other'])
  })

  it('is in nobody else’s context', async () => {
    await namesake.send('What do you know of drawers and keys?', { session_id: 'context' })
    const context = await (await namesake.call('GET', '/v1/sessions/context/context-window')).text()
    expect(context).toContain('drawers and keys')
    expect(context).not.toContain('blue key')
  })
})
