/** User messages are remembered. A refusal is audited, recorded in the session and explained. kill.test.ts tests kills. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { MemoryList } from '../../shared/api/memory.ts'
import type { Event } from '../../shared/events/event.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

let stack: SharedStack
let alice: User
let admin: User

beforeAll(async () => {
  stack = await sharedStack()
  alice = user(stack.url, await stack.token('memories', 'alice'))
  admin = user(stack.url, await stack.token('memories', 'root', { scopes: 'admin' }))
}, 150_000)

const read = async <T>(path: string, caller = alice): Promise<T> => (await (await caller.call('GET', path)).json()) as T
const memories = async (q: string) => (await read<MemoryList>(`/v1/memories?q=${q}`)).memories
const log = async (session: string) => (await read<{ events: Event[] }>(`/v1/sessions/${session}/events?limit=500`)).events
const remembered = (q: string) => until(async () => ((await memories(q)).length > 0 ? memories(q) : undefined))

describe('A user message', () => {
  it('is remembered, and is deleted with its conversation', async () => {
    const { session_id, seq } = await alice.send('My dog is called Rex.')
    expect(await remembered('rex')).toMatchObject([{ kind: 'said', text: 'My dog is called Rex.', source: { session_id, seq } }])
    await alice.call('DELETE', `/v1/sessions/${session_id}`)
    await until(async () => ((await memories('rex')).length === 0 ? true : undefined))
  })

  it('that policy excludes from memory is audited, recorded in the conversation and explained', async () => {
    const { session_id, turn_id } = await alice.send('My number is 555-123-4567, call me.')
    const refusal = await until(async () => (await log(session_id)).find(({ type }) => type === 'memory.refused'))
    expect(refusal).toMatchObject({ about: turn_id, reasons: ['personal'] })
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
    const explanation = await admin.call('POST', '/v1/policy/explain', { input })
    expect([explanation.status, await explanation.json()]).toMatchObject([200, { allowed: false, reasons: ['personal'] }])
    // The conversation continues normally.
    await alice.send('Never mind the call, I prefer letters.', { session_id })
    await remembered('letters')
    expect((await log(session_id)).filter(({ type }) => type === 'memory.refused')).toHaveLength(1)
  })
})

describe('A fork, and an import', () => {
  it('add nothing to memory', async () => {
    const { session_id, turn_id } = await alice.send('My boat is called Arcadia.')
    const [first] = await remembered('arcadia')
    await until(async () => ((await log(session_id)).some(({ type }) => type === 'turn.ended') ? true : undefined))
    const exported = await (await alice.call('GET', `/v1/sessions/${session_id}/export`)).text()
    expect((await alice.call('DELETE', `/v1/memories/${first?.id}`)).status).toBe(204)
    const fork = await alice.call('POST', `/v1/sessions/${session_id}/fork`, { turn_id })
    const imported = await alice.call('POST', '/v1/sessions/import', { chats: [exported] })
    expect([fork.status, imported.status]).toEqual([200, 200])
    const { ctxids } = (await imported.json()) as { ctxids: string[] }
    await alice.send('It has two masts, by the way.', { session_id: ctxids[0] })
    await remembered('masts')
    expect(await memories('arcadia')).toEqual([])
  })
})
