/** What belongs to one user: the own instructions, and a budget beside those of the workspace and the persona. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { BudgetReport } from '../../shared/api/budgets.ts'
import type { ContextWindow, TurnView } from '../../shared/api/turns.ts'
import { alice, model, useModel } from '../support/model-stack.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { type User, user } from '../support/user.ts'

const tenant = 'e2e-own'
useModel(tenant)
let admin: User
let bob: User

async function change(fields: object): Promise<void> {
  const { version } = (await (await admin.call('GET', '/v1/settings')).json()) as { version: number }
  expect((await admin.call('PUT', '/v1/settings', { version, ...fields })).status).toBe(200)
}

beforeAll(async () => {
  const stack = await sharedStack()
  admin = user(stack.url, await stack.token(tenant, 'root', { scopes: 'admin' }))
  bob = user(stack.url, await stack.token(tenant, 'bob'))
  await change({ instructions: { workspace: 'Rules.' } })
  const persona = { id: 'tutor', name: 'Tutor', instructions: 'Tutor.', visibility: 'workspace' }
  expect((await admin.call('POST', '/v1/personas', persona)).status).toBe(201)
})

/** Sends, waits for the end of the turn, and returns it with the system message that the model received. */
async function ask(sender: User, message: string, fields: Record<string, unknown> = {}) {
  const before = model.requests.length
  const { session_id, turn_id } = await sender.send(message, fields)
  const turn = (await (await sender.call('GET', `/v1/sessions/${session_id}/turns/${turn_id}?wait_ms=50000`)).json()) as TurnView
  const system = model.requests[before]?.body.messages?.find(({ role }) => role === 'system')?.content
  return { session_id, turn, system, calls: model.requests.length - before }
}

describe('The own instructions of a user', () => {
  it('come after those of the workspace and the persona, in the own turns alone', async () => {
    const put = await alice.call('PUT', '/v1/me/instructions', { instructions: 'I am {{user.name}}.' })
    expect(await put.json()).toMatchObject({ instructions: 'I am {{user.name}}.', updated_at: expect.any(Number) })
    expect(await (await bob.call('GET', '/v1/me/instructions')).json()).toEqual({ instructions: '', updated_at: null })
    const { system, session_id } = await ask(alice, 'hello', { persona_id: 'tutor' })
    expect(system).toBe('Rules.\n\nTutor.\n\nI am alice.')
    expect((await ask(bob, 'hello')).system).toBe('Rules.')
    const window = (await (await alice.call('GET', `/v1/sessions/${session_id}/context-window`)).json()) as ContextWindow
    const kinds = (window.pieces ?? []).map(({ kind, source }) => [kind, source]).slice(0, 3)
    expect(kinds).toEqual([
      ['preamble', 'workspace'],
      ['persona', 'persona:tutor'],
      ['user_instructions', 'user'],
    ])
    // Another member's message acts for the owner, but without the owner's own instructions.
    expect(
      (await alice.call('POST', '/v1/relations', { writes: [{ object: `session:${session_id}`, relation: 'member', user: 'user:bob' }] }))
        .status,
    ).toBe(200)
    const shared = await ask(bob, 'and now', { session_id })
    expect(shared.turn.status).toBe('completed')
    expect(shared.system).toBe('Rules.\n\nTutor.')
  })

  it('are refused with the position of an unknown value, and stay as they were', async () => {
    const refused = await alice.call('PUT', '/v1/me/instructions', { instructions: 'Call me\n {{nickname}}.' })
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({
      errors: [{ pointer: '/instructions', detail: expect.stringContaining('line 2, column 2') }],
    })
    expect((await alice.call('PUT', '/v1/me/instructions', { instructions: 'x'.repeat(4_001) })).status).toBe(400)
    expect(await (await alice.call('GET', '/v1/me/instructions')).json()).toMatchObject({ instructions: 'I am {{user.name}}.' })
  })

  it('go with an empty text', async () => {
    await alice.call('PUT', '/v1/me/instructions', { instructions: '' })
    expect((await ask(alice, 'hello')).system).toBe('Rules.')
  })
})

describe('The budget of a user', () => {
  it('refuses the turns that it cannot pay, of this user alone, and is shown', async () => {
    await change({ user_budgets: { each: { tokens_per_day: 1_000_000 }, users: { bob: { tokens_per_day: 10 } } } })
    const refused = await ask(bob, 'hello')
    expect(refused.calls).toBe(0)
    expect(refused.turn).toMatchObject({ status: 'failed', reason: expect.stringContaining('The user `bob` has too little left') })
    expect((await ask(alice, 'hello')).turn).toMatchObject({ status: 'completed' })
    const { users = [] } = (await (await admin.call('GET', '/v1/budgets')).json()) as BudgetReport
    expect(users.map(({ subject, tokens }) => [subject, tokens.limit])).toEqual([
      ['alice', 1_000_000],
      ['bob', 10],
    ])
    expect(users[0]?.tokens.used).toBeGreaterThan(0)
  })

  it('refuses a call without a session, too', async () => {
    const called = await bob.call('POST', '/v1/llm/invoke', { role: 'dialogue', messages: [{ role: 'user', content: 'hi' }] })
    expect(called.status).toBe(429)
    expect(JSON.stringify(await called.json())).toContain('The user `bob`')
  })
})
