/** Approvals end to end: an admin makes a tool ask, the builtin responder calls it, and users decide over HTTP. */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { PendingCall } from '../../shared/api/calls.ts'
import type { Event } from '../../shared/events/event.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { events, readStream, untilEnded } from '../support/sse.ts'
import { type User, user } from '../support/user.ts'

const tenant = 'approvals'
let stack: SharedStack
let admin: User
let ada: User
let bob: User
let vera: User

beforeAll(async () => {
  stack = await sharedStack()
  admin = await stack.user(tenant, 'root', { scopes: 'admin' })
  ada = await stack.user(tenant, 'ada')
  bob = await stack.user(tenant, 'bob')
  vera = await stack.user(tenant, 'vera')
  expect((await admin.call('PUT', '/v1/tool-catalog/echo', { approval: 'ask' })).status).toBe(200)
  for (const subject of ['bob', 'vera']) await admin.call('PUT', `/v1/users/${subject}`, { role: 'member' })
})

const logOf = async (session: string, reader = ada) =>
  events((await readStream(reader.events(session), reader.bearer, untilEnded())).frames)
const eventsOf = async (session: string, reader = ada) =>
  ((await (await reader.call('GET', `/v1/sessions/${session}/events?limit=500`)).json()) as { events: Event[] }).events

/** Sends a message whose answer calls the tool. Returns the call, when it waits. */
async function startParkedCall(sender = ada, fields = {}, text = 'hi') {
  const { session_id } = await sender.send(`/tool echo {"text":"${text}"}`, fields)
  const parked = await vi.waitFor(async () => {
    const last = (await eventsOf(session_id)).findLast((event) => event.type === 'call.parked' || event.type === 'call.ended')
    if (last?.type !== 'call.parked') throw new Error('no call waits')
    return last
  })
  const path = `/v1/sessions/${session_id}/calls/${parked.call_id}`
  return { session_id, parked, path }
}
const decide = (who: User, path: string, body: object) => who.call('POST', `${path}/decision`, body)
const share = async (session: string, relation: string, subject: string) => {
  const writes = [{ object: `session:${session}`, relation, user: `user:${subject}` }]
  expect((await ada.call('POST', '/v1/relations', { writes })).status).toBe(200)
}
const problemOf = async (response: Response) => [response.status, ((await response.json()) as { reasons?: string[] }).reasons]

describe('A call that needs an approval', () => {
  it('shows what is asked, and runs once after the approval from any client of the owner', async () => {
    const { session_id, parked, path } = await startParkedCall()
    const otherTab = await stack.user(tenant, 'ada')
    const pending = (await (await otherTab.call('GET', path)).json()) as PendingCall
    expect(pending).toMatchObject({
      ...{ name: 'echo', effect: 'none', arguments: '{"text":"hi"}', rule: 'ask', requester: 'ada', binding: parked.binding },
      asked: [{ source: 'catalog', reason: expect.stringContaining('catalog of the workspace') }],
    })
    const approved = await Promise.all([1, 2].map(() => decide(otherTab, path, { approved: true, binding: pending.binding })))
    expect(approved.map(({ status }) => status).sort()).toEqual([200, 404])
    const log = await logOf(session_id)
    expect(log.filter(({ type }) => type === 'call.ended')).toMatchObject([{ outcome: 'completed', text: 'hi' }])
    expect(log.filter(({ type }) => type === 'call.decided')).toMatchObject([{ approved: true, by: 'ada' }])
    expect((await otherTab.call('GET', path)).status).toBe(404)
  })

  it('is declined with a reason that the model receives, or runs with edited arguments that its schema accepts', async () => {
    const declined = await startParkedCall()
    expect((await decide(ada, declined.path, { approved: false, reason: 'Not now.' })).status).toBe(200)
    const ended = (await logOf(declined.session_id)).find((event) => event.type === 'call.ended')
    expect(ended).toMatchObject({ outcome: 'denied', text: expect.stringContaining('Not now.') })
    const edited = await startParkedCall()
    const wrong = await decide(ada, edited.path, { approved: true, arguments: { text: 'x', more: 1 } })
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { errors: [{ pointer: '/arguments' }] }])
    expect((await decide(ada, edited.path, { approved: true, arguments: { text: 'edited' } })).status).toBe(200)
    const log = await logOf(edited.session_id)
    expect(log.find((event) => event.type === 'call.ended')).toMatchObject({ outcome: 'completed', text: 'edited' })
    expect(log.find((event) => event.type === 'call.decided')).toMatchObject({ by: 'ada', arguments: '{"text":"edited"}' })
  })

  it('is asked again when the catalog changes while it waits', async () => {
    const { session_id, parked, path } = await startParkedCall()
    await admin.call('PUT', '/v1/tool-catalog/echo', { approval: 'ask', description: 'Repeats its text.' })
    expect((await decide(ada, path, { approved: true })).status).toBe(409)
    const again = (await (await ada.call('GET', path)).json()) as PendingCall
    expect(again.binding).not.toBe(parked.binding)
    expect((await decide(ada, path, { approved: true, binding: again.binding })).status).toBe(200)
    expect((await logOf(session_id)).filter(({ type }) => type === 'call.ended')).toMatchObject([{ outcome: 'completed' }])
  })

  it('is approved for the conversation until that is revoked', async () => {
    const { session_id, path } = await startParkedCall()
    await decide(ada, path, { approved: true, remember: true })
    await logOf(session_id)
    await ada.send('/tool echo {"text":"again"}', { session_id })
    await vi.waitFor(async () =>
      expect((await eventsOf(session_id)).filter(({ type }) => type === 'call.ended')).toMatchObject([{}, { text: 'again' }]),
    )
    const approvals = `/v1/sessions/${session_id}/approvals`
    expect(await (await ada.call('GET', approvals)).json()).toMatchObject({ approvals: [{ tool: 'echo', granted_by: 'ada' }] })
    expect((await vera.call('GET', approvals)).status).toBe(404)
    expect((await ada.call('DELETE', `${approvals}/echo`)).status).toBe(204)
    expect((await ada.call('DELETE', `${approvals}/echo`)).status).toBe(404)
    const third = await startParkedCall(ada, { session_id })
    await decide(ada, third.path, { approved: false })
    // A fork and its copy of the log start without the approval.
    expect((await eventsOf(session_id)).map(({ type }) => type)).toContain('approval.revoked')
  })
})

describe('L11: a decision about a call', () => {
  it('is made by the owner and by the requester of the turn, and by no other user with access', async () => {
    const { session_id, path } = await startParkedCall()
    await share(session_id, 'member', 'bob')
    await share(session_id, 'viewer', 'vera')
    const eve = await stack.user('approvals-other', 'ada')
    for (const body of [{ approved: true }, { approved: false }]) {
      expect(await problemOf(await decide(bob, path, body))).toEqual([403, ['not_requester']])
      expect(await problemOf(await decide(vera, path, body))).toEqual([403, ['not_requester']])
      expect((await decide(admin, path, body)).status).toBe(404)
      expect((await decide(eve, path, body)).status).toBe(404)
    }
    expect((await decide(ada, path, { approved: false })).status).toBe(200)
    await logOf(session_id)
    const asked = await startParkedCall(bob, { session_id })
    expect(await problemOf(await decide(vera, asked.path, { approved: true }))).toEqual([403, ['not_requester']])
    expect((await decide(bob, asked.path, { approved: true })).status).toBe(200)
    await vi.waitFor(async () => expect((await eventsOf(session_id)).at(-1)?.type).toBe('turn.ended'))
    const decided = (await eventsOf(session_id)).findLast((event) => event.type === 'call.decided')
    expect(decided).toMatchObject({ by: 'bob' })
  })

  it('is refused to an API key with a lower role than the call acts with, and audited', async () => {
    await admin.call('PUT', '/v1/users/boss', { role: 'admin' })
    const boss = await stack.user(tenant, 'boss')
    const manager = await stack.user(tenant, 'boss', { scopes: 'keys:manage' })
    const created = (await (await manager.call('POST', '/v1/keys', { name: 'ci', scopes: [] })).json()) as { key: string }
    const weak = user(stack.url, created.key)
    const { session_id } = await boss.send('/tool echo {"text":"boss"}')
    const parked = await vi.waitFor(async () => {
      const found = (await eventsOf(session_id, boss)).find((event) => event.type === 'call.parked')
      if (found?.type !== 'call.parked') throw new Error('no call waits')
      return found
    })
    const path = `/v1/sessions/${session_id}/calls/${parked.call_id}`
    expect(await problemOf(await decide(weak, path, { approved: true }))).toEqual([403, ['role_too_low']])
    expect((await decide(boss, path, { approved: true })).status).toBe(200)
    // What the key itself asked for acts with the key's role.
    const own = await weak.send('/tool echo {"text":"key"}', { session_id })
    const second = await vi.waitFor(async () => {
      const found = (await eventsOf(session_id, boss)).find((event) => event.type === 'call.parked' && event.turn_id === own.turn_id)
      if (found?.type !== 'call.parked') throw new Error('no call waits')
      return found
    })
    const ownPath = `/v1/sessions/${session_id}/calls/${second.call_id}`
    expect((await decide(weak, ownPath, { approved: true })).status).toBe(200)
    await vi.waitFor(async () => {
      const trail = (await (await admin.call('GET', '/v1/audit?action=tool.approve&limit=50')).json()) as { entries: object[] }
      expect(trail.entries).toContainEqual(
        expect.objectContaining({ subject: 'boss', outcome: 'denied', reasons: ['role_too_low'], target: `call:${parked.call_id}` }),
      )
    })
  })
})
