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
