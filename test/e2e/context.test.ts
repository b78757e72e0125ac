/** What a model receives of a conversation: a window of its own, and the same instructions whatever the conversation says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContextWindow } from '../../shared/api/turns.ts'
import { injections } from '../shared/context/injections.ts'
import { alice, model, useModel } from '../support/model-stack.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { until } from '../support/until.ts'
import { user } from '../support/user.ts'

const tenant = 'e2e-context'
useModel(tenant)

beforeAll(async () => {
  const stack = await sharedStack()
  const admin = user(stack.url, await stack.token(tenant, 'root', { scopes: 'admin' }))
  const { version } = (await (await admin.call('GET', '/v1/settings')).json()) as { version: number }
  const wide = { provider: 'openai-compatible', base_url: model.url, model: 'fake-wide', context_tokens: 200_000 }
  const known = { provider: 'openai-compatible', base_url: model.url, model: 'gpt-4o' }
  await admin.call('PUT', '/v1/settings/models/wide', { profile: wide })
  await admin.call('PUT', '/v1/settings/models/known', { profile: known })
  const changed = await admin.call('PUT', '/v1/settings', {
    version: version + 2,
    chat: { profile: 'wide', fallback: 'known' },
    instructions: { workspace: 'Rules of {{workspace}} on {{date}}.' },
  })
  expect(changed.status).toBe(200)
  for (const persona of [
    { id: 'tutor', name: 'Tutor', instructions: 'Tutor {{user.name}}.' },
    { id: 'known', name: 'Known', instructions: 'Answer.', model: 'known' },
  ])
    expect((await admin.call('POST', '/v1/personas', { ...persona, visibility: 'workspace' })).status).toBe(201)
}, 150_000)

async function ask(message: string, fields: Record<string, unknown> = {}): Promise<string> {
  const { session_id, turn_id } = await alice.send(message, fields)
  await until(async () => {
    const turn = (await (await alice.call('GET', `/v1/sessions/${session_id}/turns/${turn_id}`)).json()) as { status: string }
    return turn.status === 'completed' || undefined
  })
  return session_id
}

const windowOf = async (session: string) =>
  (await (await alice.call('GET', `/v1/sessions/${session}/context-window`)).json()) as ContextWindow

describe('A profile with a window of 200,000 tokens', () => {
  it('uses it', async () => {
    // Each message has 31,000 tokens by our estimate, so six fit, and seven do not.
    const texts = Array.from({ length: 7 }, (_, index) => `${index}${'語'.repeat(31_000)}[[fake normal tokens=1]]`)
    const session_id = await ask(texts[0] ?? '')
    for (const text of texts.slice(1)) await ask(text, { session_id })
    const sent = (model.requests.at(-1)?.body.messages ?? []).filter(({ role }) => role === 'user').map(({ content }) => content?.[0])
    expect(sent).toEqual(['1', '2', '3', '4', '5', '6'])
    expect((await windowOf(session_id)).limit_tokens).toBe(195_904)
  })
})

describe('The context window of a session', () => {
  it('explains its pieces, what is left out, and the window of the model that is asked', async () => {
    const session_id = await ask(`${'語'.repeat(31_000)}[[fake normal tokens=1]]`, { persona_id: 'tutor' })
    const small = await windowOf(session_id)
    expect(small).toMatchObject({
      model: 'wide',
      window: { origin: 'profile', tokens: 200_000, answer_tokens: 4_096 },
      limit_tokens: 195_904,
    })
    const kinds = (small.pieces ?? []).map(({ kind, source, included, reason }) => [kind, source, included, reason])
    expect(kinds).toEqual([
      ['preamble', 'workspace', true, 'required'],
      ['persona', 'persona:tutor', true, 'required'],
      ['tools', 'tools', true, 'required'],
      ['history', 'conversation', true, 'fits'],
      ['message', 'conversation', true, 'required'],
    ])
    // The persona may be private, so its text is not shown.
    expect(JSON.stringify(small)).not.toContain('Tutor alice')
    for (let turn = 0; turn < 3; turn++) await ask(`${'語'.repeat(31_000)}[[fake normal tokens=1]]`, { session_id })
    const known = await ask(`${'語'.repeat(31_000)}[[fake normal tokens=1]]`, { persona_id: 'known' })
    for (let turn = 0; turn < 4; turn++) await ask(`${'語'.repeat(31_000)}[[fake normal tokens=1]]`, { session_id: known })
    const full = await windowOf(known)
    expect(full).toMatchObject({ model: 'known', window: { origin: 'known', tokens: 128_000 }, limit_tokens: 111_616 })
    const leftOut = full.pieces?.find(({ included }) => !included)
    expect(leftOut).toMatchObject({ kind: 'history', reason: 'no_room' })
    expect(leftOut?.tokens).toBeGreaterThan(60_000)
    const included = full.pieces?.filter((piece) => piece.included).reduce((sum, { tokens }) => sum + tokens, 0) ?? 0
    expect(included).toBeLessThanOrEqual(full.limit_tokens)
  })

  it('is that of the persona and the model that the next message names', async () => {
    const session_id = await ask('hello', { persona_id: 'tutor' })
    const path = `/v1/sessions/${session_id}/context-window`
    const chosen = (await (await alice.call('GET', `${path}?persona_id=known&model=wide`)).json()) as ContextWindow
    expect(chosen).toMatchObject({ model: 'wide', persona_id: 'known' })
    expect(chosen.pieces?.map(({ source }) => source)).toContain('persona:known')
    for (const [query, pointer] of [
      ['persona_id=nobody', 'query/persona_id'],
      ['model=nothing', 'query/model'],
    ]) {
      const refused = await alice.call('GET', `${path}?${query}`)
      expect(refused.status).toBe(400)
      expect(await refused.json()).toMatchObject({ errors: [{ pointer }] })
    }
  })

  it('says why the instructions do not fit, and what to do', async () => {
    const session_id = await ask('hello', { persona_id: 'tutor' })
    const text = 'word '.repeat(2_000)
    const stack = await sharedStack()
    const admin = user(stack.url, await stack.token(tenant, 'root', { scopes: 'admin' }))
    const tiny = { provider: 'openai-compatible', base_url: model.url, model: 'fake-tiny', context_tokens: 2_000 }
    await admin.call('PUT', '/v1/settings/models/tiny', { profile: tiny })
    await admin.call('POST', '/v1/personas', { id: 'wordy', name: 'Wordy', instructions: text, model: 'tiny', visibility: 'workspace' })
    const { session_id: wordy } = await alice.send('hello', { persona_id: 'wordy' })
    const context = await windowOf(wordy)
    expect(context.problem).toMatch(/The instructions have about \d+ tokens, and `tiny` has room for 1000\. Shorten them/)
    expect(context.pieces?.map(({ kind, included, reason }) => [kind, included, reason])).toContainEqual(['persona', false, 'no_room'])
    expect(await windowOf(session_id)).not.toHaveProperty('problem')
  })
})

describe('The instructions', () => {
  const setOwn = (instructions: string) => alice.call('PUT', '/v1/me/instructions', { instructions })
  beforeAll(async () => {
    expect((await setOwn('Call me {{user.name}}.')).status).toBe(200)
  })
  afterAll(() => setOwn(''))

  it('have the same bytes in every turn, with 20 injections in messages, metadata, calls and results', async () => {
    expect(injections).toHaveLength(20)
    let session_id: string | undefined
    const before = model.requests.length
    for (const text of injections) {
      model.next({ kind: 'tools', name: 'echo', args: JSON.stringify({ text }), tokens: 1 })
      const metadata = { system: text, instructions: text, 'user.name': text, role: 'system' }
      session_id = await ask(text, { persona_id: 'tutor', metadata, ...(session_id && { session_id }) })
    }
    const requests = model.requests.slice(before)
    expect(requests.length).toBe(2 * injections.length)
    const results = requests
      .at(-1)
      ?.body.messages?.filter(({ role }) => role === 'tool')
      .map(({ content }) => content)
    expect(results).toEqual(injections.map((text) => text.toWellFormed()))
    const date = new Date().toISOString().slice(0, 10)
    for (const { body } of requests) {
      const system = body.messages?.flatMap(({ role, content }, index) => (role === 'system' ? [[index, content]] : []))
      // A run at midnight sees two dates.
      expect(JSON.stringify(system).replace(/20\d\d-\d\d-\d\d/, date)).toBe(
        JSON.stringify([[0, `Rules of ${tenant} on ${date}.\n\nTutor alice.\n\nCall me alice.`]]),
      )
    }
  })

  it('come with the tools before the conversation, so that the prefix does not change between turns', async () => {
    const session_id = await ask('first', { persona_id: 'tutor' })
    const first = model.requests.at(-1)?.body
    await ask('second', { session_id })
    const second = model.requests.at(-1)?.body
    expect(JSON.stringify(second?.tools)).toBe(JSON.stringify(first?.tools))
    const bytes = JSON.stringify(first?.messages).slice(0, -1)
    expect(JSON.stringify(second?.messages).startsWith(bytes)).toBe(true)
  })
})
