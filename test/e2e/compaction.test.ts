/** Long conversations in a small window, through the whole stack. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../shared/events/event.ts'
import { type StrictModel, startStrictModel } from '../support/record-keeper.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

const tenant = 'e2e-compaction'
let model: StrictModel
let admin: User
let alice: User

beforeAll(async () => {
  const stack = await sharedStack()
  model = await startStrictModel(2_048)
  admin = user(stack.url, await stack.token(tenant, 'root', { scopes: 'admin' }))
  alice = user(stack.url, await stack.token(tenant, 'alice'))
  for (const name of ['chat', 'tiny']) {
    const window = { context_tokens: name === 'chat' ? 2_048 : 8_192, max_tokens: 256 }
    const profile = { provider: 'openai-compatible', base_url: model.url, model: name, ...window }
    expect((await admin.call('PUT', `/v1/settings/models/${name}`, { profile })).status).toBe(200)
  }
  await change({ chat: { profile: 'chat' }, utility: { profile: 'tiny' }, features: { tools: 'disabled' } })
}, 150_000)
afterAll(() => model?.close())

async function change(sections: object): Promise<void> {
  const { version } = (await (await admin.call('GET', '/v1/settings')).json()) as { version: number }
  expect((await admin.call('PUT', '/v1/settings', { version, ...sections })).status).toBe(200)
}

const eventsOf = async (session: string) =>
  ((await (await alice.call('GET', `/v1/sessions/${session}/events?limit=500`)).json()) as { events: Event[] }).events

/** Sends messages of about 100 tokens, one after the other. */
async function converse(count: number, first = ''): Promise<{ session_id: string; events: Event[] }> {
  let session_id: string | undefined
  for (let n = 1; n <= count; n++) {
    const text = `${n === 1 ? first : ''} message ${n} `.padEnd(380, 'abc ')
    const sent = await alice.send(text, session_id === undefined ? {} : { session_id })
    session_id = sent.session_id
    await until(async () =>
      (await eventsOf(sent.session_id)).find((event) => event.type === 'turn.ended' && event.turn_id === sent.turn_id),
    )
  }
  return { session_id: session_id ?? '', events: await eventsOf(session_id ?? '') }
}

const ends = (events: readonly Event[]) => events.filter((event) => event.type === 'turn.ended')

describe('A conversation that outgrows its window', () => {
  it('is summarised by the utility model, and no request is refused', async () => {
    model.instead = undefined
    const { events, session_id } = await converse(24, 'FACT[/srv/app-7]')
    expect(model.refusals).toEqual([])
    expect(new Set(ends(events).map(({ outcome }) => outcome))).toEqual(new Set(['completed']))
    const summaries = events.filter((event) => event.type === 'context.summarized')
    expect(summaries.length).toBeGreaterThanOrEqual(2)
    for (const summary of summaries)
      expect(summary).toMatchObject({ first_turn: 1, model: 'tiny', text: expect.stringContaining('/srv/app-7') })
    const last = model.requests.findLast((request) => request.model === 'chat')
    expect(last?.messages[0]?.content).toContain(`turns 1 to ${summaries.at(-1)?.last_turn} of`)
    expect(last?.messages[0]?.content).toContain('FACT[/srv/app-7]')
    expect(ends(events).some(({ context }) => context?.omission)).toBe(false)
    const window = await (await alice.call('GET', `/v1/sessions/${session_id}/context-window`)).json()
    expect(JSON.stringify(window)).toContain('FACT[/srv/app-7]')
  })

  it.each([
    // The driver reports an empty answer of a provider as a failure.
    ['an empty summary', { text: ' ' }, 'failed'],
    ['a refusal', { status: 400, text: 'no' }, 'failed'],
  ] as const)('with %s continues without its oldest turns, and says why', async (_, instead, omission) => {
    model.instead = instead
    const { events } = await converse(14)
    expect(model.refusals).toEqual([])
    expect(events.filter(({ type }) => type === 'context.summarized')).toEqual([])
    expect(ends(events).map(({ outcome }) => outcome)).toEqual(Array(14).fill('completed'))
    expect(ends(events).at(-1)?.context).toMatchObject({ omission, omitted_turns: expect.any(Number) })
    expect(ends(events)[0]?.context).not.toHaveProperty('omission')
  })

  it('without a utility model loses its oldest turns, and says so', async () => {
    await change({ utility: { profile: null } })
    const { events } = await converse(14)
    expect(model.refusals).toEqual([])
    expect(ends(events).map(({ outcome }) => outcome)).toEqual(Array(14).fill('completed'))
    expect(ends(events).at(-1)?.context).toMatchObject({ omission: 'no_utility_model' })
  })
})
