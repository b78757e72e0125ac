/**
 * Guarantees 1 and 2: a kill of the whole stack duplicates nothing and loses nothing that was acknowledged.
 * Each kill interrupts several activities. Every test checks one of them after the restart.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signConstitution } from '../../scripts/stack/constitution.ts'
import { developmentSecrets } from '../../scripts/stack/secrets.ts'
import type { MemoryList } from '../../shared/api/memory.ts'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import { createClient } from '../../shared/client/client.ts'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { type Body, events, readStream, untilEnded } from '../support/sse.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
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

const quick = '[[fake normal tokens=1]]'
const logOf = async (caller: User, session: string) =>
  events((await readStream(caller.events(session), caller.bearer, untilEnded())).frames)
const texts = async (q: string) =>
  ((await (await alice.call('GET', `/v1/memories?q=${q}`)).json()) as MemoryList).memories.map(({ text }) => text)
const remembered = (q: string) => until(async () => ((await texts(q)).length > 0 ? true : undefined))

describe('When the whole stack is killed in the middle of an answer', () => {
  const received: Body[] = []
  const abort = new AbortController()
  let answer: AcceptedMessage
  let reading: Promise<number | undefined>
  let restartedAt = 0
  let rememberedMessage: AcceptedMessage
  /** A member of a tenant with a budget. */
  let admin: User
  let member: User
  let budgetedTurn: AcceptedMessage
  let reserved = 0
  /** A member of a tenant with a constitution. */
  let constitutionAdmin: User
  let constitutionMember: User

  const tokens = async () => {
    const { tenant } = (await (await admin.call('GET', '/v1/budgets')).json()) as { tenant: { tokens: { used: number; reserved: number } } }
    return tenant.tokens
  }
  const profile = () => ({ provider: 'openai-compatible', base_url: model.url, model: 'fake-large', max_tokens: 300 })
  const toolInput = (name: string, args: object) => ({
    principal: { id: 'bob', tenant: 'governed', roles: ['member'], scopes: [] },
    action: 'tool.execute',
    resource: { tenant: 'governed', name },
    context: { arguments: args },
  })
  const constitution = {
    name: 'Ours',
    version: 1,
    principles: ['We say what we are.'],
    rules: [{ kind: 'tools', article: 'echo', says: 'Nothing is echoed.', forbid: ['echo'] }],
    tests: [
      { input: toolInput('echo', { text: 'a' }), allow: false },
      { input: toolInput('timestamp', {}), allow: true },
    ],
  }

  beforeAll(async () => {
    admin = user(stack.url, await stack.token('paying', 'ada', { scopes: 'admin' }))
    member = user(stack.url, await stack.token('paying', 'bob'))
    constitutionAdmin = user(stack.url, await stack.token('governed', 'ada', { scopes: 'admin' }))
    constitutionMember = user(stack.url, await stack.token('governed', 'bob'))
    const budgets = { tenant: { tokens_per_day: 5_000 } }
    const signed = await signConstitution(constitution, 'governed', (await developmentSecrets()).signingKey)
    for (const [caller, method, path, body] of [
      [admin, 'PUT', '/v1/settings/models/main', { profile: profile() }],
      [admin, 'PUT', '/v1/settings', { version: 1, chat: { profile: 'main' }, budgets, features: { tools: 'disabled' } }],
      [constitutionAdmin, 'PUT', '/v1/settings/models/main', { profile: { provider: 'builtin' } }],
      [constitutionAdmin, 'PUT', '/v1/settings', { version: 1, chat: { profile: 'main' } }],
      [constitutionAdmin, 'POST', '/v1/constitution/load', signed],
    ] as const) {
      const response = await caller.call(method, path, body)
      expect(response.status, `${path}: ${await response.text()}`).toBeLessThan(300)
    }

    budgetedTurn = await member.send('[[fake normal tokens=60 rate=10]]')
    reserved = await until(async () => (await tokens()).reserved || undefined)
    const sentWords = () => model.requests.find(({ body }) => body?.model === 'fake-large')?.sentWords ?? 0
    await until(async () => (sentWords() > 3 ? true : undefined))
    answer = await alice.send('[[fake normal tokens=100 rate=20]]')
    reading = (async () => {
      for await (const { data } of createClient({ baseUrl: stack.url, token }).watch(answer.session_id, { signal: abort.signal })) {
        received.push(data)
        if (data.type === 'turn.ended') return Date.now()
      }
    })()
    await until(async () => (received.filter(({ type }) => type === 'item.delta').length >= 10 ? true : undefined))
    rememberedMessage = await alice.send(`My parrot is called Polly. ${quick}`)
    expect(received.some(({ type }) => type === 'turn.ended')).toBe(false)
    await stack.kill()
    await stack.restart()
    restartedAt = Date.now()
  }, 90_000)

  it('the same reader sees the turn end once, with one final answer', async () => {
    const endedAt = await Promise.race([reading, new Promise<undefined>((done) => setTimeout(done, 15_000))])
    abort.abort()
    expect(endedAt, 'the turn ended').toBeDefined()
    // The answer itself takes 5 s of these 10.
    expect((endedAt ?? 0) - restartedAt).toBeLessThan(10_000)
    const log = await logOf(alice, answer.session_id)
    expect(log.filter(({ type }) => type === 'turn.ended')).toMatchObject([{ turn_id: answer.turn_id, outcome: 'completed' }])
    const closed = log.filter((event) => event.type === 'item.closed')
    expect(closed).toHaveLength(1)
    expect(log.filter(({ type }) => type === 'item.added')).toHaveLength(1)
    // The reader's deltas equal the recorded text.
    const deltas = received.filter((body) => body.type === 'item.delta' && body.item_id === closed[0]?.item_id)
    expect(deltas.map((body) => (body.type === 'item.delta' ? body.text : '')).join('')).toBe(closed[0]?.text)
    expect(received.filter(({ type }) => type === 'turn.ended')).toHaveLength(1)
  }, 60_000)

  it('the budget of a killed model call stays reserved, because its cost is unknown', async () => {
    // The model is called again and paid from the remaining budget.
    expect((await logOf(member, budgetedTurn.session_id)).at(-1)).toMatchObject({ type: 'turn.ended', outcome: 'completed' })
    const after = await until(async () => {
      const now = await tokens()
      return now.used > 0 ? now : undefined
    })
    expect(after.reserved).toBe(reserved)
    expect(after.used + after.reserved).toBeLessThanOrEqual(5_000)
  }, 60_000)

  it('a message is remembered once', async () => {
    await remembered('polly')
    // The consumer gets another doorbell. The message is already in memory.
    await alice.send(`And it speaks French fluently. ${quick}`, { session_id: rememberedMessage.session_id })
    await remembered('french')
  })

  it('a constitution stays active', async () => {
    const now = await (await constitutionMember.call('GET', '/v1/constitution')).json()
    expect(now).toMatchObject({ version: 1, constitution: { rules: constitution.rules } })
    const { session_id } = await constitutionMember.send('/tool echo {"text":"a"}')
    const ends = (await logOf(constitutionMember, session_id)).flatMap((event) => (event.type === 'call.ended' ? [event.outcome] : []))
    expect(ends).toEqual(['denied'])
  })

  describe('and killed again', () => {
    const key = crypto.randomUUID()
    let sent: AcceptedMessage

    beforeAll(async () => {
      sent = await alice.send('[[fake normal tokens=3]]', { event_id: key })
      await stack.kill()
      await stack.restart()
    }, 60_000)

    it('the acknowledged message is in the log, and a repeated one is not recorded twice', async () => {
      expect(await alice.send('[[fake normal tokens=3]]', { event_id: key })).toEqual(sent)
      expect((await logOf(alice, sent.session_id)).filter(({ type }) => type === 'item.added')).toHaveLength(1)
      const list = (await (await alice.call('GET', '/v1/sessions')).json()) as { sessions: { session_id: string }[] }
      expect(list.sessions.map(({ session_id }) => session_id)).toContain(sent.session_id)
    }, 60_000)

    it('a remembered message is not remembered twice', async () => {
      await alice.send(`It flew away on Monday, sadly. ${quick}`, { session_id: rememberedMessage.session_id })
      await remembered('monday')
      expect(await texts('polly')).toEqual([`My parrot is called Polly. ${quick}`])
      expect(await texts('french')).toEqual([`And it speaks French fluently. ${quick}`])
    })
  })
})
