/** Calls of models without a session, with OpenAI's own client against the whole stack. */
import { APIError } from 'openai'
import { describe, expect, it } from 'vitest'
import { model, stack, useModel } from '../support/model-stack.ts'
import { collect, messages, modelWorkspace, streamed } from '../support/model-workspace.ts'
import { until } from '../support/until.ts'
import type { User } from '../support/user.ts'

useModel()
let count = 0

const createWorkspace = (profile: object = {}, sections: object = {}) =>
  modelWorkspace(stack, model, `e2e-model-calls-${++count}`, profile, sections)

const usedTokens = async (admin: User) => {
  const { tenant } = (await (await admin.call('GET', '/v1/budgets')).json()) as { tenant: { tokens: { used: number; reserved: number } } }
  return tenant.tokens
}

describe("OpenAI's client", () => {
  it('lists the models of the workspace', async () => {
    const { openai } = await createWorkspace()
    const ids: string[] = []
    for await (const { id, object } of openai.models.list()) ids.push(`${object} ${id}`)
    expect(ids.sort()).toEqual(['model default', 'model main', 'model spare'])
    expect((await openai.models.retrieve('main')).owned_by).toBe('openai-compatible')
    await expect(openai.models.retrieve('none')).rejects.toMatchObject({ status: 404 })
  })

  it('streams an answer with its usage, and the budget counts it', async () => {
    const { openai, admin } = await createWorkspace()
    const answer = await collect(await streamed(openai, { role: 'dialogue', messages: messages('[[fake normal tokens=12]]') }))
    expect(answer).toMatchObject({
      models: ['main'],
      finish: 'stop',
      usage: { prompt_tokens: 7, completion_tokens: 12, total_tokens: 19 },
    })
    expect(answer.text.split(' ').length).toBeGreaterThanOrEqual(12)
    expect(await until(async () => ((await usedTokens(admin)).used === 19 ? true : undefined))).toBe(true)
  })

  it('gets one answer in SomaAgent01’s shape', async () => {
    const { openai } = await createWorkspace()
    expect(await openai.post('/llm/invoke', { body: { messages: messages('[[fake normal tokens=3]]') } })).toMatchObject({
      content: expect.stringMatching(/\S/),
      usage: { input_tokens: 7, output_tokens: 3 },
      model: 'main',
      base_url: model.url,
      finish_reason: 'stop',
    })
  })

  it('names the model, and changes how it is called', async () => {
    const { openai } = await createWorkspace({ max_tokens: 500, temperature: 1 })
    const overrides = { model: 'main', temperature: 0.25, max_tokens: 40, kwargs: { top_p: 0.5 } }
    await collect(await streamed(openai, { role: 'escalation', messages: messages('hello'), overrides }))
    expect(model.requests.at(-1)?.body).toMatchObject({ model: 'fake-large', temperature: 0.25, max_tokens: 40, top_p: 0.5 })
    await collect(await streamed(openai, { messages: messages('hello'), overrides: { model: 'fake-large', max_tokens: 9_000 } }))
    expect(model.requests.at(-1)?.body).toMatchObject({ temperature: 1, max_tokens: 500 })
    await expect(streamed(openai, { messages: messages('hello'), overrides: { model: 'gpt-none' } })).rejects.toMatchObject({ status: 400 })
  })

  it('gets the answer of the fallback when the first model fails before its first word', async () => {
    const { openai } = await createWorkspace()
    const answer = await collect(await streamed(openai, { messages: messages('hello [[fake 401 times=9]]') }))
    expect([answer.models, answer.text]).toEqual([['spare'], expect.stringContaining('builtin responder')])
  })

  it('gets no text of a fallback after the first word, but the error', async () => {
    const { openai } = await createWorkspace()
    const chunks = await streamed(openai, { messages: messages('hello [[fake half-closed after=5]]') })
    let text = ''
    const reading = (async () => {
      for await (const { choices } of chunks) text += choices[0]?.delta.content ?? ''
    })()
    await expect(reading).rejects.toBeInstanceOf(APIError)
    await expect(reading).rejects.toMatchObject({ code: 'model_failed' })
    expect(text).toMatch(/\S/)
    expect(text).not.toContain('builtin')
  })

  it('reads why the budget refuses the call', async () => {
    const { openai } = await createWorkspace({ max_tokens: 100 }, { budgets: { tenant: { tokens_per_day: 10 } } })
    const chunks = await streamed(openai, { messages: messages('hello') })
    const text = expect.stringMatching(/^Token budget exceeded for this persona\/tenant\./)
    await expect(collect(chunks)).rejects.toMatchObject({ message: text })
    await expect(openai.post('/llm/invoke', { body: { messages: messages('hello') } })).rejects.toMatchObject({ status: 429 })
  })
})

describe('A call of a model', () => {
  it('that the client leaves stops the model, and the sent part counts', async () => {
    const { openai, admin } = await createWorkspace({}, { budgets: { tenant: { tokens_per_day: 100_000 } } })
    const abort = new AbortController()
    const chunks = await streamed(openai, { messages: messages('[[fake normal tokens=2000 rate=20]]') }, abort.signal)
    for await (const { choices } of chunks) if (choices[0]?.delta.content) break
    abort.abort()
    const seen = model.requests.at(-1)
    await until(async () => (seen?.abortedAt === undefined ? undefined : true))
    const { used } = await until(async () => {
      const now = await usedTokens(admin)
      return now.reserved === 0 && now.used > 0 ? now : undefined
    })
    expect(used).toBeLessThan(2_000)
  })

  it('has the instructions of workspace and persona before the caller’s own', async () => {
    const { admin, openai } = await createWorkspace({}, { instructions: { workspace: 'Rules first.' } })
    await admin.call('POST', '/v1/personas', { id: 'tutor', name: 'Tutor', instructions: 'Tutor.', visibility: 'workspace' })
    const sent = [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }, { role: 'system', content: 'Mine.' }, ...messages('there')]
    await collect(await streamed(openai, { messages: sent, persona_id: 'tutor' }))
    expect(model.requests.at(-1)?.body.messages).toEqual([
      { role: 'system', content: 'Rules first.\n\nTutor.\n\nMine.' },
      { role: 'user', content: 'hi\n\nthere' },
    ])
  })

  it('creates no session, and the audit trail names the model', async () => {
    const { admin, member, openai } = await createWorkspace()
    await openai.post('/llm/invoke', { body: { messages: messages('hello'), session_id: 'not-kept' } })
    expect(await (await member.call('GET', '/v1/sessions')).json()).toMatchObject({ sessions: [] })
    expect((await member.call('GET', '/v1/sessions/not-kept')).status).toBe(404)
    const entry = await until(async () => {
      const { entries } = (await (await admin.call('GET', '/v1/audit?action=model.invoke')).json()) as {
        entries: Record<string, unknown>[]
      }
      return entries[0]
    })
    expect(entry).toMatchObject({ target: 'model:main', subject: 'bob', outcome: 'allowed' })
  })
})
