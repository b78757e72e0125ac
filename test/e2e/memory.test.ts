/** What one says is remembered, once; what must not be is recorded, told and explained. Over the whole stack, kills included. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MemoryList } from '../../shared/api/memory.ts'
import type { Event } from '../../shared/events/event.ts'
import { build } from '../chaos/build.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

let stack: Stack
let alice: User
let admin: User

beforeAll(async () => {
  stack = await startStack()
  alice = user(stack.url, await stack.token('acme', 'alice'))
  admin = user(stack.url, await stack.token('acme', 'root', { scopes: 'admin' }))
}, 150_000)
afterAll(() => stack?.stop())

const read = async <T>(path: string, who = alice): Promise<T> => (await (await who.call('GET', path)).json()) as T
const memories = async (q: string) => (await read<MemoryList>(`/v1/memories?q=${q}`)).memories
const log = async (session: string) => (await read<{ events: Event[] }>(`/v1/sessions/${session}/events?limit=500`)).events
const remembered = (q: string) => until(async () => ((await memories(q)).length > 0 ? memories(q) : undefined))

describe('What somebody says', () => {
  it('is remembered, and forgotten with its conversation', async () => {
    const { session_id, seq } = await alice.say('My dog is called Rex.')
    expect(await remembered('rex')).toMatchObject([{ kind: 'said', text: 'My dog is called Rex.', source: { session_id, seq } }])
    await alice.call('DELETE', `/v1/sessions/${session_id}`)
    await until(async () => ((await memories('rex')).length === 0 ? true : undefined))
  })

  it('is remembered once, whatever is killed in between', async () => {
    const { session_id } = await alice.say('My parrot is called Polly.')
    await stack.kill()
    await stack.restart()
    await remembered('polly')
    // Whoever was away is rung for; each time again, it is known already.
    await alice.say('And it speaks French fluently.', { session_id })
    await remembered('french')
    await stack.kill()
    await stack.restart()
    await alice.say('It flew away on Monday, sadly.', { session_id })
    await remembered('monday')
    expect((await memories('polly')).map(({ text }) => text)).toEqual(['My parrot is called Polly.'])
    expect((await memories('french')).map(({ text }) => text)).toEqual(['And it speaks French fluently.'])
  })

  it('and must not be remembered is on the trail, told in the conversation, and explained', async () => {
    const { session_id, turn_id } = await alice.say('My number is 555-123-4567, call me.')
    const told = await until(async () => (await log(session_id)).find(({ type }) => type === 'memory.refused'))
    expect(told).toMatchObject({ about: turn_id, reasons: ['personal'] })
    expect(await memories('number')).toEqual([])
    const denied = await until(async () => {
      const { entries } = await read<{ entries: { target: string; input: unknown }[] }>(
        '/v1/audit?action=memory.write&outcome=denied',
        admin,
      )
      return entries.find(({ target }) => target === `session:${session_id}`)
    })
    expect(denied).toMatchObject({ subject: 'alice', action: 'memory.write', reasons: ['personal'], detail: { session: session_id } })
    expect(JSON.stringify(denied)).not.toContain('555-123')
    const input = { ...(denied.input as object), context: { text: 'call 555-123-4567' } }
    const why = await admin.call('POST', '/v1/policy/explain', { input })
    expect([why.status, await why.json()]).toMatchObject([200, { allowed: false, reasons: ['personal'] }])
    // The conversation goes on as if nothing were.
    await alice.say('Never mind the call, I prefer letters.', { session_id })
    await remembered('letters')
    expect((await log(session_id)).filter(({ type }) => type === 'memory.refused')).toHaveLength(1)
  })
})

describe('A fork, and an import', () => {
  it('bring nothing along to remember', async () => {
    const { session_id, turn_id } = await alice.say('My boat is called Arcadia.')
    const [first] = await remembered('arcadia')
    await until(async () => ((await log(session_id)).some(({ type }) => type === 'turn.ended') ? true : undefined))
    const exported = await (await alice.call('GET', `/v1/sessions/${session_id}/export`)).text()
    expect((await alice.call('DELETE', `/v1/memories/${first?.id}`)).status).toBe(204)
    const fork = await alice.call('POST', `/v1/sessions/${session_id}/fork`, { turn_id })
    const imported = await alice.call('POST', '/v1/sessions/import', { chats: [exported] })
    expect([fork.status, imported.status]).toEqual([200, 200])
    const { ctxids } = (await imported.json()) as { ctxids: string[] }
    await alice.say('It has two masts, by the way.', { session_id: ctxids[0] })
    await remembered('masts')
    expect(await memories('arcadia')).toEqual([])
  })
})

describe('While memory is away', () => {
  it('conversations go on, and what was said is remembered once, as soon as it is back', async () => {
    const release = await build()
    release.deploy('Memory', "  hear(): never {\n    throw new Error('the brain is down')\n  }")
    const broken = await startStack({ project: release.project })
    try {
      const carol = user(broken.url, await broken.token('acme', 'carol'))
      const found = async () => (await read<MemoryList>('/v1/memories', carol)).memories.map(({ text }) => text).reverse()
      const texts = ['My brain is down today.', 'It will be up tomorrow.']
      const { session_id } = await carol.say(texts[0] ?? '')
      await until(async () => (broken.output().includes('memory.failed') ? true : undefined))
      await carol.say(texts[1] ?? '', { session_id })
      await until(async () => {
        const { events } = await read<{ events: Event[] }>(`/v1/sessions/${session_id}/events?limit=500`, carol)
        const ends = events.filter((event) => event.type === 'turn.ended')
        expect(ends.every(({ outcome }) => outcome === 'completed')).toBe(true)
        return ends.length === 2 ? true : undefined
      })
      expect(await found()).toEqual([])
      release.deploy('Memory', null)
      await until(async () => ((await found()).length > 1 ? true : undefined), 90_000)
      expect(await found()).toEqual(texts)
    } finally {
      await broken.stop()
      release.remove()
    }
  }, 240_000)
})
