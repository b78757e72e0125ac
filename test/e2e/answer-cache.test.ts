/** Answers that a workspace uses again for exactly the same request. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BudgetReport } from '../../shared/api/budgets.ts'
import type { TurnView } from '../../shared/api/turns.ts'
import { type ScriptedModel, startScriptedModel } from '../support/scripted-model.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import type { User } from '../support/user.ts'

let stack: SharedStack
let model: ScriptedModel
let count = 0

beforeAll(async () => {
  stack = await sharedStack()
  model = await startScriptedModel(({ messages }) => ({
    text: `Answer ${++count} to ${messages.at(-1)?.content}`,
    input_tokens: 20,
    output_tokens: 5,
  }))
})
afterAll(() => model?.close())

/** A workspace whose persona `plain` has no tools. */
async function workspace(name: string, sections: object) {
  const admin = await stack.user(name, 'ada', { scopes: 'admin' })
  const bob = await stack.user(name, 'bob')
  const profile = { provider: 'openai-compatible', base_url: model.url, model: 'm' }
  await admin.call('PUT', '/v1/settings/models/main', { profile })
  expect((await admin.call('PUT', '/v1/settings', { version: 1, chat: { profile: 'main' }, ...sections })).status).toBe(200)
  for (const [id, instructions] of [
    ['plain', 'Answer.'],
    ['other', 'Answer in verse.'],
  ])
    expect((await admin.call('POST', '/v1/personas', { id, name: id, instructions, tools: [], visibility: 'workspace' })).status).toBe(201)
  return { admin, bob }
}

/** The turn of a message in a new session. */
async function ask(sender: User, message: string, fields: Record<string, unknown> = { persona_id: 'plain' }): Promise<TurnView> {
  const { session_id, turn_id } = await sender.send(message, fields)
  return (await (await sender.call('GET', `/v1/sessions/${session_id}/turns/${turn_id}?wait_ms=50000`)).json()) as TurnView
}

const usedTokens = async (admin: User) => ((await (await admin.call('GET', '/v1/budgets')).json()) as BudgetReport).tenant.tokens.used

describe('An answer from the cache', () => {
  it('comes for the same request alone, says so, and costs nothing', async () => {
    const { admin, bob } = await workspace('e2e-cache-on', { answer_cache: { ttl_seconds: 600 } })
    const first = await ask(bob, 'one')
    expect(first).toMatchObject({ status: 'completed', usage: { input_tokens: 20, output_tokens: 5 } })
    expect(first.usage).not.toHaveProperty('from_cache')
    const before = model.requests.length
    const second = await ask(bob, 'one')
    expect(second).toMatchObject({ status: 'completed', text: first.text, usage: { input_tokens: 20, output_tokens: 5, from_cache: true } })
    // Another user has the same request, because the instructions name nobody.
    expect((await ask(admin, 'one')).text).toBe(first.text)
    expect(model.requests.length).toBe(before)
    expect(await usedTokens(admin)).toBe(25)
    expect((await ask(bob, 'two')).text).not.toBe(first.text)
    expect((await ask(bob, 'one', { persona_id: 'other' })).text).not.toBe(first.text)
    // A user's own instructions are a part of the request.
    await bob.call('PUT', '/v1/me/instructions', { instructions: 'Call me Bob.' })
    expect((await ask(bob, 'one')).text).not.toBe(first.text)
    expect(model.requests.length).toBe(before + 3)
  })

  it('never comes from another workspace, with tools, or without the setting', async () => {
    const { bob } = await workspace('e2e-cache-other', { answer_cache: { ttl_seconds: 600 } })
    const before = model.requests.length
    const answers = [await ask(bob, 'one'), await ask(bob, 'one', {}), await ask(bob, 'one', {})]
    const { bob: plain } = await workspace('e2e-cache-off', {})
    answers.push(await ask(plain, 'one'), await ask(plain, 'one'))
    expect(model.requests.length).toBe(before + 5)
    for (const { usage } of answers) expect(usage).not.toHaveProperty('from_cache')
  })
})
