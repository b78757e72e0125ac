/** Answers as JSON that follows a schema: what the model is asked, what is repaired, and what fails. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../shared/events/event.ts'
import { type ScriptedModel, type ScriptedRequest, startScriptedModel } from '../support/scripted-model.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'

const tenant = 'e2e-structured'
const city = { type: 'object', properties: { name: { type: 'string' }, people: { type: 'integer' } }, required: ['name', 'people'] }
const format = (schema: object = city) => ({ type: 'json_schema', json_schema: { name: 'city', schema } })
const right = '{"name":"Bonn","people":330000}'

let model: ScriptedModel
let alice: User
/** The answers to come. */
let answers: string[] = []

beforeAll(async () => {
  model = await startScriptedModel(() => ({ text: answers.shift() ?? right, input_tokens: 100, output_tokens: 10 }))
  const stack = await sharedStack()
  const admin = user(stack.url, await stack.token(tenant, 'root', { scopes: 'admin' }))
  alice = user(stack.url, await stack.token(tenant, 'alice'))
  const profile = { provider: 'openai-compatible', base_url: model.url, model: 'some-model' }
  await admin.call('PUT', '/v1/settings/models/main', { profile })
  await admin.call('PUT', '/v1/settings/models/known', { profile: { ...profile, model: 'gpt-4o' } })
  const { version } = (await (await admin.call('GET', '/v1/settings')).json()) as { version: number }
  expect((await admin.call('PUT', '/v1/settings', { version, chat: { profile: 'main' } })).status).toBe(200)
  const persona = { id: 'geo', name: 'Geo', visibility: 'workspace', response_format: format() }
  expect((await admin.call('POST', '/v1/personas', persona)).status).toBe(201)
})
afterAll(() => model?.close())

/** Sends, waits for the end of the turn, and returns its events with the requests that the model received. */
async function ask(message: string, fields: Record<string, unknown> = {}) {
  const before = model.requests.length
  const { session_id, turn_id } = await alice.send(message, fields)
  const events = await until(async () => {
    const page = (await (await alice.call('GET', `/v1/sessions/${session_id}/events?limit=500`)).json()) as { events: Event[] }
    const own = page.events.filter((event) => 'turn_id' in event && event.turn_id === turn_id)
    return own.some(({ type }) => type === 'turn.ended') ? own : undefined
  })
  const closed = events.flatMap((event) => (event.type === 'item.closed' ? [event] : []))
  return {
    session_id,
    turn_id,
    events,
    closed,
    ended: events.find(({ type }) => type === 'turn.ended'),
    requests: model.requests.slice(before),
  }
}

const lastText = (request: ScriptedRequest | undefined): string => request?.messages.at(-1)?.content ?? ''

describe('A message with a form of its answer', () => {
  it('gets JSON that follows the schema, and its model reads the schema in the question', async () => {
    const { closed, ended, events, requests } = await ask('Bonn?', { response_format: format() })
    expect(closed).toMatchObject([{ text: right }])
    expect(ended).toMatchObject({ outcome: 'completed' })
    expect(requests).toHaveLength(1)
    expect(requests[0]?.messages.map(({ role }) => role)).toEqual(['user'])
    expect(lastText(requests[0])).toContain(JSON.stringify(city))
    expect(events[0]).toMatchObject({ type: 'turn.accepted', response_format: format() })
  })

  it('sends the schema as a field to a model that follows schemas', async () => {
    const { requests } = await ask('Bonn?', { response_format: format(), model: 'known' })
    expect(requests[0]).toMatchObject({ response_format: format() })
    expect(lastText(requests[0])).toBe('Bonn?')
  })

  it('is repaired once: the answer starts again, and both calls count', async () => {
    answers = ['{"name":"Bonn"}', right]
    const { session_id, closed, ended, events, requests } = await ask('Bonn?', { response_format: format() })
    expect(closed).toMatchObject([{ text: right }])
    expect(ended).toMatchObject({ outcome: 'completed', usage: { input_tokens: 200, output_tokens: 20 } })
    expect(events.filter(({ type }) => type === 'item.abandoned')).toHaveLength(1)
    expect(requests).toHaveLength(2)
    expect(requests[1]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(lastText(requests[1])).toContain('`/people` is missing')
    // The repair is no part of the conversation.
    const next = await ask('And now?', { session_id })
    expect(next.requests[0]?.messages.map(({ content }) => content)).toEqual(['Bonn?', right, 'And now?'])
  })

  it('fails with the place if the repaired answer is wrong, too, and keeps its text', async () => {
    answers = ['Bonn is a city.', '{"name":"Bonn","people":"many"}']
    const { closed, ended, requests } = await ask('Bonn?', { response_format: format() })
    expect(requests).toHaveLength(2)
    expect(closed).toMatchObject([{ text: '{"name":"Bonn","people":"many"}', incomplete: true }])
    const reason = 'The answer does not follow the JSON Schema `city`: `/people` must be of the type integer.'
    expect(ended).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(reason) })
  })

  it('keeps its form when it is answered again', async () => {
    const { session_id, turn_id } = await ask('Bonn?', { response_format: format() })
    const before = model.requests.length
    expect((await alice.call('POST', `/v1/sessions/${session_id}/turns/${turn_id}/regenerate`, {})).status).toBe(200)
    await until(async () => (model.requests.length > before ? true : undefined))
    expect(lastText(model.requests[before])).toContain('JSON Schema')
  })

  it('is refused with the position of what is wrong in its schema, and records nothing', async () => {
    const bad = { response_format: format({ type: 'object', properties: { a: { type: 'text' } } }), message: 'x' }
    const response = await alice.call('POST', '/v1/sessions/message', bad)
    expect(response.status).toBe(400)
    const pointer = '/response_format/json_schema/schema/properties/a/type'
    expect(await response.json()).toMatchObject({ errors: [{ pointer, detail: expect.stringContaining('must be one of string') }] })
  })
})

describe('A persona with a form of its answers', () => {
  it('gives it to each of its turns, and a message may ask for another one', async () => {
    const { requests, ended } = await ask('Bonn?', { persona_id: 'geo' })
    expect(lastText(requests[0])).toContain('`city`')
    expect(ended).toMatchObject({ outcome: 'completed' })
    answers = ['[]']
    const own = { type: 'json_schema', json_schema: { name: 'list', schema: { type: 'array' } } }
    const other = await ask('Bonn?', { persona_id: 'geo', response_format: own })
    expect(other.closed).toMatchObject([{ text: '[]' }])
    expect(lastText(other.requests[0])).not.toContain('`city`')
  })

  it('gives it to a call without a session, which shows no text that is void', async () => {
    answers = ['wrong', right]
    const called = await alice.call('POST', '/v1/llm/invoke', {
      persona_id: 'geo',
      role: 'dialogue',
      messages: [{ role: 'user', content: 'Bonn?' }],
    })
    expect(called.status).toBe(200)
    expect(await called.json()).toMatchObject({ content: right })
  })
})
