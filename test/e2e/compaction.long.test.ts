/** 400 turns in a window of 8,192 tokens: no request is refused, and no seeded fact is lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../shared/events/event.ts'
import { type StrictModel, startStrictModel } from '../support/record-keeper.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

const tenant = 'e2e-compaction-long'
const window = 8_192
const turns = 400
let model: StrictModel
let alice: User

/** Facts by the turn that states them: ids, paths and rejected options. */
const facts = new Map(
  Array.from({ length: 15 }, (_, index) => {
    const fact = [`order id ${index}a7-${index * 7_919}`, `/srv/app-${index}/config.toml`, `rejected: option ${index}, too slow`][index % 3]
    return [1 + index * 20, `FACT[${fact}]`] as const
  }),
)

beforeAll(async () => {
  const stack = await sharedStack()
  model = await startStrictModel(window)
  const admin = user(stack.url, await stack.token(tenant, 'root', { scopes: 'admin' }))
  alice = user(stack.url, await stack.token(tenant, 'alice'))
  for (const name of ['chat', 'tiny']) {
    const profile = { provider: 'openai-compatible', base_url: model.url, model: name, context_tokens: window, max_tokens: 1_024 }
    expect((await admin.call('PUT', `/v1/settings/models/${name}`, { profile })).status).toBe(200)
  }
  const { version } = (await (await admin.call('GET', '/v1/settings')).json()) as { version: number }
  const sections = { chat: { profile: 'chat' }, utility: { profile: 'tiny' }, features: { tools: 'disabled' } }
  expect((await admin.call('PUT', '/v1/settings', { version, ...sections })).status).toBe(200)
}, 150_000)
afterAll(() => model?.close())

async function allEvents(session: string): Promise<Event[]> {
  const all: Event[] = []
  for (let after = ''; ; ) {
    const page = await alice.call('GET', `/v1/sessions/${session}/events?limit=500${after && `&after=${after}`}`)
    const { events, next_cursor } = (await page.json()) as { events: Event[]; next_cursor: string | null }
    all.push(...events)
    if (next_cursor === null) return all
    after = next_cursor
  }
}

describe('A conversation of 400 turns', () => {
  it('keeps its facts through five compactions and more, within the window', async () => {
    let session_id: string | undefined
    for (let n = 1; n <= turns; n++) {
      const message = `${facts.get(n) ?? ''} message ${n} `.padEnd(280, 'abc ')
      const sent = await alice.send(message, session_id === undefined ? {} : { session_id })
      session_id = sent.session_id
      const path = `/v1/sessions/${session_id}/turns/${sent.turn_id}?wait=true`
      await until(async () => {
        const { status } = (await (await alice.call('GET', path)).json()) as { status: string }
        return status === 'waiting' || status === 'running' ? undefined : status
      })
    }
    expect(model.refusals).toEqual([])
    const events = await allEvents(session_id ?? '')
    const ends = events.filter((event) => event.type === 'turn.ended')
    expect(ends.filter(({ outcome }) => outcome === 'completed')).toHaveLength(turns)
    expect(ends.filter(({ context }) => context?.omission)).toEqual([])
    const summaries = events.filter((event) => event.type === 'context.summarized')
    expect(summaries.length).toBeGreaterThanOrEqual(5)
    const last = model.requests.findLast((request) => request.model === 'chat')
    const prompt = JSON.stringify(last?.messages)
    expect([...facts.values()].filter((fact) => !prompt.includes(fact))).toEqual([])
    expect(last?.messages[0]?.content).toContain(`turns 1 to ${summaries.at(-1)?.last_turn} of`)
    // The originals stay.
    expect(events.filter(({ type }) => type === 'item.added')).toHaveLength(turns)
  }, 400_000)
})
