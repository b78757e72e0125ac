import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Event } from '../../shared/events/event.ts'
import { type ControlledModel, startControlledModel } from '../browser/controlled-model.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { type User, user } from '../support/user.ts'

let stack: SharedStack
let model: ControlledModel
let admin: User
let auditor: User

beforeAll(async () => {
  model = await startControlledModel()
  stack = await sharedStack()
  await stack.answerWith('revoked', model.url)
  admin = user(stack.url, await stack.token('revoked', 'chief', { scopes: 'admin' }))
  auditor = user(stack.url, await stack.token('revoked', 'auditor', { scopes: 'sessions:read_all' }))
}, 150_000)
afterAll(() => model?.close())

async function logOf(session: string): Promise<Event[]> {
  const page = (await (await auditor.call('GET', `/v1/sessions/${session}/events?limit=500`)).json()) as { events: Event[] }
  return page.events
}
const callsOf = async (session: string) =>
  (await logOf(session)).filter((event) => event.type === 'call.ended').map(({ outcome }) => outcome)
const waitForCalls = (session: string, calls: number) =>
  vi.waitFor(async () => expect((await callsOf(session)).length).toBe(calls), { timeout: 15_000, interval: 50 })

describe('14. A role that is revoked during a tool loop', () => {
  it.each([
    ['the user becomes a viewer', () => admin.call('PUT', '/v1/users/eve', { role: 'viewer' })],
    ['the user is removed', () => admin.call('DELETE', '/v1/users/eve')],
  ])('denies the next tool call: %s', async (name, revoke) => {
    await admin.call('PUT', '/v1/users/eve', { role: 'member' })
    const eve = user(stack.url, await stack.token('revoked', 'eve'))
    const question = `a loop: ${name}`
    const [first, second] = [model.claim(question), model.claim(question)]
    const { session_id } = await eve.send(question)
    ;(await first).call('timestamp', {})
    await waitForCalls(session_id, 1)
    expect(await callsOf(session_id)).toEqual(['completed'])
    // The model runs again now, because its user was allowed to start the turn.
    const repeated = await second
    expect((await revoke()).status).toBeLessThan(300)
    repeated.call('timestamp', {})
    await waitForCalls(session_id, 2)
    expect(await callsOf(session_id)).toEqual(['completed', 'denied'])
    await vi.waitFor(async () => expect((await logOf(session_id)).at(-1)?.type).toBe('turn.ended'), { timeout: 15_000, interval: 50 })
    expect((await logOf(session_id)).at(-1)).toMatchObject({ type: 'turn.ended', outcome: 'failed' })
    const trail = (await (await admin.call('GET', '/v1/audit?outcome=denied&limit=50')).json()) as {
      entries: { subject: string; action: string; target: string }[]
    }
    expect(trail.entries).toContainEqual(expect.objectContaining({ subject: 'eve', action: 'tool.execute', target: 'tool:timestamp' }))
  })
})

describe('14. A role that is revoked', () => {
  it('ends for requests, and with the user for open streams and new tokens', async () => {
    const bob = user(stack.url, await stack.token('revoked', 'bob'))
    const dora = user(stack.url, await stack.token('revoked', 'dora'))
    await admin.call('PUT', '/v1/users/dora', { role: 'member' })
    const { session_id } = await dora.send('hello')
    const send = async (message: string) => (await dora.call('POST', '/v1/sessions/message', { session_id, message })).status
    expect((await admin.call('PUT', '/v1/users/dora', { role: 'viewer' })).status).toBe(200)
    await vi.waitFor(async () => expect(await send('again')).toBe(403), { timeout: 10_000 })
    const { session_id: shared } = await bob.send('for dora')
    const writes = [{ object: `session:${shared}`, relation: 'viewer', user: 'user:dora' }]
    expect((await bob.call('POST', '/v1/relations', { writes })).status).toBe(200)
    const stream = await fetch(dora.events(shared), { headers: dora.bearer })
    expect(stream.status).toBe(200)
    expect((await admin.call('DELETE', '/v1/users/dora')).status).toBe(204)
    await vi.waitFor(async () => expect(await send('once more')).toBe(401), { timeout: 10_000 })
    const newToken = user(stack.url, await stack.token('revoked', 'dora'))
    expect((await newToken.call('GET', '/v1/me')).status).toBe(401)
    // The last decision of a stream is valid for one second.
    await sleep(1_100)
    await bob.send('not for dora', { session_id: shared })
    // `text` resolves when the stream ends.
    const frames = await stream.text()
    expect(frames).toContain('for dora')
    expect(frames).not.toContain('not for dora')
  }, 30_000)
})
