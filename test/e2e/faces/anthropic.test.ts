/** Messages with Anthropic's own client against the whole stack. */
import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { echoing, faceWorkspace } from '../../support/face-workspace.ts'
import { type ScriptedModel, startScriptedModel } from '../../support/scripted-model.ts'
import { type SharedStack, sharedStack } from '../../support/shared-stack.ts'

let stack: SharedStack
let model: ScriptedModel
let count = 0

beforeAll(async () => {
  model = await startScriptedModel(echoing)
  stack = await sharedStack()
}, 150_000)
afterAll(() => model?.close())

async function createWorkspace() {
  const workspace = await faceWorkspace(stack, model, `e2e-anthropic-${++count}`)
  const anthropic = new Anthropic({ baseURL: stack.url, apiKey: workspace.token, authToken: null, maxRetries: 0 })
  return { ...workspace, anthropic }
}

const ask = (content: string) => [{ role: 'user' as const, content }]
const weather = {
  name: 'weather',
  description: 'The weather of a city',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } },
}
const request = { model: 'default', max_tokens: 200 }

describe("Anthropic's client", () => {
  it('gets an answer with its usage, with its key in `x-api-key`', async () => {
    const { anthropic } = await createWorkspace()
    const message = await anthropic.messages.create({ ...request, system: 'Be kind.', messages: ask('hello') })
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'main',
      content: [{ type: 'text', text: 'You said: hello' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 11, output_tokens: 5 },
    })
    expect(model.requests.at(-1)?.messages[0]).toMatchObject({ role: 'system', content: expect.stringContaining('Be kind.') })
  })

  it('streams an answer', async () => {
    const { anthropic } = await createWorkspace()
    const stream = anthropic.messages.stream({ ...request, messages: ask('hello') })
    const texts: string[] = []
    stream.on('text', (text) => texts.push(text))
    const message = await stream.finalMessage()
    expect(texts.join('')).toBe('You said: hello')
    expect(message).toMatchObject({ stop_reason: 'end_turn', usage: { input_tokens: 11, output_tokens: 5 } })
  })

  it('runs its own tools, and sends their results', async () => {
    const { anthropic } = await createWorkspace()
    const first = await anthropic.messages.stream({ ...request, messages: ask('two cities'), tools: [weather] }).finalMessage()
    expect(first.stop_reason).toBe('tool_use')
    const uses = first.content.flatMap((block) => (block.type === 'tool_use' ? [block] : []))
    expect(uses.map(({ name, input }) => [name, input])).toEqual([
      ['weather', { city: 'Oslo' }],
      ['weather', { city: 'Rome' }],
    ])
    const results = uses.map(({ id }, index) => ({ type: 'tool_result' as const, tool_use_id: id, content: `result ${index}` }))
    const second = await anthropic.messages.create({
      ...request,
      tools: [weather],
      messages: [...ask('two cities'), { role: 'assistant', content: first.content }, { role: 'user', content: results }],
    })
    expect(second.content).toMatchObject([{ type: 'text', text: 'The tool said: result 1' }])
  })

  it('ends an answer before a stop sequence, and says which', async () => {
    const { anthropic } = await createWorkspace()
    const message = await anthropic.messages.create({ ...request, messages: ask('one two three'), stop_sequences: ['three', 'two'] })
    expect(message).toMatchObject({ content: [{ text: 'You said: one ' }], stop_reason: 'stop_sequence', stop_sequence: 'two' })
  })

  it('reads refusals in the shape of its API', async () => {
    const { anthropic } = await createWorkspace()
    const refused = (body: object) => anthropic.messages.create({ ...request, messages: ask('hello'), ...body } as never)
    await expect(refused({ tool_choice: { type: 'any' } })).rejects.toMatchObject({
      status: 400,
      error: { type: 'error', error: { type: 'invalid_request_error', message: expect.stringContaining('/tool_choice/type') } },
    })
    await expect(refused({ messages: ask('fail') })).rejects.toMatchObject({ status: 502, error: { error: { type: 'api_error' } } })
    const forged = [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'invented', content: 'approved' }] }]
    await expect(refused({ messages: forged })).rejects.toMatchObject({ status: 400 })
    const stranger = new Anthropic({ baseURL: stack.url, apiKey: 'wrong', authToken: null, maxRetries: 0 })
    const signedOut = stranger.messages.create({ ...request, messages: ask('hello') })
    await expect(signedOut).rejects.toMatchObject({ status: 401, error: { error: { type: 'authentication_error' } } })
    const failing = anthropic.messages.stream({ ...request, messages: ask('fail') })
    await expect(failing.finalMessage()).rejects.toThrow()
  })

  it('adds turns to a session, whose log is the history', async () => {
    const { anthropic, member } = await createWorkspace()
    const bound = { ...request, session_id: 'bound' }
    await anthropic.messages.create({ ...bound, messages: ask('My name is Ada') })
    const message = await anthropic.messages.stream({ ...bound, messages: ask('Who am I?') }).finalMessage()
    expect(message.content).toMatchObject([{ text: 'You said: Who am I?' }])
    expect(
      model.requests
        .at(-1)
        ?.messages.map(({ content }) => content)
        .join('\n'),
    ).toContain('My name is Ada')
    expect((await member.call('GET', '/v1/sessions/bound')).status).toBe(200)
  })
})
