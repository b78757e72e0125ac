/** Edit, regenerate, switch branches, fork, pause, reset, export and import over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Branches } from '../../shared/api/branches.ts'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import type { SessionSummary } from '../../shared/api/sessions.ts'
import type { History } from '../../shared/api/turns.ts'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { readStream, untilEnded } from '../support/sse.ts'
import { type User, user } from '../support/user.ts'

let model: FakeModel
let stack: SharedStack
let alice: User
let bob: User

beforeAll(async () => {
  model = await startFakeModel()
  stack = await sharedStack()
  await stack.answerWith('branches', model.url)
  alice = user(stack.url, await stack.token('branches', 'alice'))
  bob = user(stack.url, await stack.token('branches', 'bob'))
})
afterAll(() => model?.close())

const waitForTurns = (session: string, turns: number) => readStream(alice.events(session), alice.bearer, untilEnded(turns))

async function request<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
  const response = await alice.call(method, path, body, headers)
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

const questions = async (session: string) =>
  (await request<History>('GET', `/v1/sessions/${session}/history`)).turns.map(({ items }) => items[0]?.text.replace(/\[\[.*\]\] ?/, ''))

const quick = '[[fake normal tokens=2]]'

describe('Branches', () => {
  it('are created by edits and regenerations, and can be selected again', async () => {
    const first = await alice.send(`${quick} one`)
    const path = `/v1/sessions/${first.session_id}`
    const second = await alice.send(`${quick} two`, { session_id: first.session_id })
    await waitForTurns(first.session_id, 2)
    const edited = await alice.send(`${quick} two, better`, { session_id: first.session_id, parent_turn_id: first.turn_id })
    const regenerated = await request<AcceptedMessage>('POST', `${path}/turns/${edited.turn_id}/regenerate`, {})
    await waitForTurns(first.session_id, 4)
    expect(await questions(first.session_id)).toEqual(['one', 'two, better'])
    const tree = await request<Branches>('GET', `${path}/branches`)
    expect(tree.active_turn_id).toBe(regenerated.turn_id)
    expect(tree.turns.map(({ parent_turn_id }) => parent_turn_id)).toEqual([null, first.turn_id, first.turn_id, first.turn_id])
    await request('PUT', `${path}/branch`, { turn_id: second.turn_id })
    expect(await questions(first.session_id)).toEqual(['one', 'two'])
    expect((await alice.call('PUT', `${path}/branch`, { turn_id: second.turn_id, expected_seq: 1 })).status).toBe(409)
    expect((await bob.call('GET', `${path}/branches`)).status).toBe(404)
  })

  it('can be forked into new sessions, once per key', async () => {
    const first = await alice.send(`${quick} one`)
    await alice.send(`${quick} two`, { session_id: first.session_id })
    await waitForTurns(first.session_id, 2)
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const fork = await request<SessionSummary>('POST', `/v1/sessions/${first.session_id}/fork`, { turn_id: first.turn_id }, headers)
    expect(await request<SessionSummary>('POST', `/v1/sessions/${first.session_id}/fork`, { turn_id: first.turn_id }, headers)).toEqual(
      fork,
    )
    expect(await questions(fork.session_id)).toEqual(['one'])
    await alice.send(`${quick} elsewhere`, { session_id: fork.session_id })
    expect(await questions(fork.session_id)).toEqual(['one', 'elsewhere'])
    expect(await questions(first.session_id)).toEqual(['one', 'two'])
    expect((await bob.call('POST', `/v1/sessions/${first.session_id}/fork`, { turn_id: first.turn_id })).status).toBe(404)
    const list = await request<{ sessions: SessionSummary[] }>('GET', '/v1/sessions')
    expect(list.sessions.map(({ session_id }) => session_id)).toContain(fork.session_id)
  })
})

describe('A session', () => {
  it('waits while it is paused, then continues', async () => {
    const { session_id } = await alice.send(quick)
    await waitForTurns(session_id, 1)
    expect(await request('POST', `/v1/sessions/${session_id}/pause`, { paused: true })).toMatchObject({ state: 'paused' })
    const requestsBefore = model.requests.length
    await alice.send(quick, { session_id })
    await new Promise((done) => setTimeout(done, 500))
    expect(model.requests.length).toBe(requestsBefore)
    await request('POST', `/v1/sessions/${session_id}/pause`, { paused: false })
    await waitForTurns(session_id, 2)
    expect(await request('GET', `/v1/sessions/${session_id}`)).toMatchObject({ state: 'idle' })
  })

  it('can be reset: the model no longer sees earlier messages', async () => {
    const { session_id } = await alice.send(`${quick} my secret`)
    await waitForTurns(session_id, 1)
    await request('POST', `/v1/sessions/${session_id}/reset`)
    expect(await request('GET', `/v1/sessions/${session_id}/context-window`)).toMatchObject({ messages: [], tokens: 0 })
    await alice.send(quick, { session_id })
    await waitForTurns(session_id, 2)
    expect(JSON.stringify(model.requests.at(-1)?.body.messages)).not.toContain('my secret')
  })

  it('accepts quick actions as their messages', async () => {
    const sent = await request<AcceptedMessage>('POST', '/v1/sessions/action', { action: 'summarize' })
    expect(await questions(sent.session_id)).toEqual(['Summarize our conversation so far.'])
    expect((await alice.call('POST', '/v1/sessions/action', { action: 'dance' })).status).toBe(400)
  })

  it('is exported and imported byte for byte, and belongs to the importing user', async () => {
    const { session_id } = await alice.send(`${quick} take this 👩‍🚀`)
    await alice.send(quick, { session_id })
    await waitForTurns(session_id, 2)
    const { content } = await request<{ content: string }>('POST', '/v1/sessions/export', { session_id })
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const created = (await (await bob.call('POST', '/v1/sessions/import', { chats: [content] }, headers)).json()) as { ctxids: string[] }
    expect(await (await bob.call('POST', '/v1/sessions/import', { chats: [content] }, headers)).json()).toEqual(created)
    const file = await bob.call('GET', `/v1/sessions/${created.ctxids[0]}/export`)
    expect(await file.text()).toBe(content)
    expect((await alice.call('GET', `/v1/sessions/${created.ctxids[0]}`)).status).toBe(404)
    const broken = await bob.call('POST', '/v1/sessions/import', { chats: [content, content.slice(0, -20)] })
    expect([broken.status, ((await broken.json()) as { errors: { pointer: string }[] }).errors[0]?.pointer]).toEqual([400, '/chats/1'])
    expect(((await (await bob.call('GET', '/v1/sessions')).json()) as { sessions: unknown[] }).sessions).toHaveLength(1)
  })
})
