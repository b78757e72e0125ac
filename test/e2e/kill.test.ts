/** Promises 1 and 2: whatever is killed, a turn happens once and nothing acknowledged is lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../shared/client/client.ts'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { type Body, events, readStream, untilEnded } from '../support/sse.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { type User, user } from '../support/user.ts'

let model: FakeModel
let stack: Stack
let alice: User
let token: string

beforeAll(async () => {
  model = await startFakeModel()
  stack = await startStack({ env: { SOMA_MODEL_BASE_URL: model.url, SOMA_MODEL: 'fake' } })
  token = await stack.token('acme', 'alice')
  alice = user(stack.url, token)
})
afterAll(async () => {
  await stack?.stop()
  await model?.close()
})

describe('When the whole stack is killed in the middle of an answer', () => {
  it('the same reader sees the turn end once, with one final answer', async () => {
    const { session_id, turn_id } = await alice.say('[[fake normal tokens=100 rate=20]]')
    const seen: Body[] = []
    const abort = new AbortController()
    const reading = (async () => {
      for await (const { data } of createClient({ baseUrl: stack.url, token }).watch(session_id, { signal: abort.signal })) {
        seen.push(data)
        if (data.type === 'turn.ended') return Date.now()
      }
    })()
    while (seen.filter(({ type }) => type === 'item.delta').length < 10) await new Promise((done) => setTimeout(done, 10))
    await stack.kill()
    await stack.restart()
    const restarted = Date.now()
    const ended = await Promise.race([reading, new Promise<undefined>((done) => setTimeout(done, 15_000))])
    abort.abort()
    expect(ended, 'the turn ended').toBeDefined()
    // The answer itself takes 5 s of these 10.
    expect((ended ?? 0) - restarted).toBeLessThan(10_000)
    const { frames } = await readStream(alice.events(session_id), alice.bearer, untilEnded())
    const log = events(frames)
    expect(log.filter(({ type }) => type === 'turn.ended')).toMatchObject([{ turn_id, outcome: 'completed' }])
    const closed = log.filter((event) => event.type === 'item.closed')
    expect(closed).toHaveLength(1)
    expect(log.filter(({ type }) => type === 'item.added')).toHaveLength(1)
    // What the reader heard of it, piece by piece, is what was recorded.
    const heard = seen.filter((body) => body.type === 'item.delta' && body.item_id === closed[0]?.item_id)
    expect(heard.map((body) => (body.type === 'item.delta' ? body.text : '')).join('')).toBe(closed[0]?.text)
    expect(seen.filter(({ type }) => type === 'turn.ended')).toHaveLength(1)
  }, 60_000)

  it('what was acknowledged is there, and the same message sent again is not said twice', async () => {
    const key = crypto.randomUUID()
    const sent = await alice.say('[[fake normal tokens=3]]', { event_id: key })
    await stack.kill()
    await stack.restart()
    expect(await alice.say('[[fake normal tokens=3]]', { event_id: key })).toEqual(sent)
    const { frames } = await readStream(alice.events(sent.session_id), alice.bearer, untilEnded())
    expect(events(frames).filter(({ type }) => type === 'item.added')).toHaveLength(1)
    const list = (await (await alice.call('GET', '/v1/sessions')).json()) as { sessions: { session_id: string }[] }
    expect(list.sessions.map(({ session_id }) => session_id)).toContain(sent.session_id)
  }, 60_000)
})
