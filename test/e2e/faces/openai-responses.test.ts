/** The Responses API with OpenAI's own client against the whole stack. */
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { echoing, faceWorkspace } from '../../support/face-workspace.ts'
import { type ScriptedModel, startScriptedModel } from '../../support/scripted-model.ts'
import { type SharedStack, sharedStack } from '../../support/shared-stack.ts'
import { until } from '../../support/until.ts'

let stack: SharedStack
let model: ScriptedModel
let count = 0

beforeAll(async () => {
  model = await startScriptedModel((request) => (request.messages.at(-1)?.content === 'hang' ? 'hang' : echoing(request)))
  stack = await sharedStack()
}, 150_000)
afterAll(() => model?.close())

async function createWorkspace() {
  const workspace = await faceWorkspace(stack, model, `e2e-responses-${++count}`)
  return { ...workspace, openai: new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: workspace.token, maxRetries: 0 }) }
}

const weather = {
  type: 'function' as const,
  name: 'weather',
  description: 'The weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
}

/** Every field that the published schema demands. */
const fields =
  'background,completed_at,conversation,created_at,error,frequency_penalty,id,incomplete_details,instructions,max_output_tokens,max_tool_calls,metadata,model,object,output,parallel_tool_calls,presence_penalty,previous_response_id,prompt_cache_key,reasoning,safety_identifier,service_tier,status,store,temperature,text,tool_choice,tools,top_logprobs,top_p,truncation,usage'

describe("OpenAI's client with responses", () => {
  it('gets a response with every field, and reads it again by its id', async () => {
    const { openai } = await createWorkspace()
    const response = await openai.responses.create({ model: 'default', input: 'hello', metadata: { a: 'b' } })
    expect(response).toMatchObject({
      status: 'completed',
      store: true,
      model: 'main',
      output_text: 'You said: hello',
      usage: { input_tokens: 11, output_tokens: 5, total_tokens: 16 },
      metadata: { a: 'b' },
    })
    expect(Object.keys(response)).toEqual(expect.arrayContaining(fields.split(',')))
    const again = await openai.responses.retrieve(response.id)
    expect([again.status, again.output_text, again.output]).toEqual(['completed', 'You said: hello', response.output])
    const items = await openai.responses.inputItems.list(response.id)
    expect(items.data).toMatchObject([{ role: 'user', content: [{ text: 'hello' }] }])
  })

  it('streams events in the order of the protocol, and resumes after any of them', async () => {
    const { openai } = await createWorkspace()
    const stream = await openai.responses.create({ model: 'default', input: 'hello', stream: true })
    const events: OpenAI.Responses.ResponseStreamEvent[] = []
    for await (const event of stream) events.push(event)
    expect([...new Set(events.map(({ type }) => type))]).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
    const [created] = events
    if (created?.type !== 'response.created') throw new Error('the first event is another one')
    const textIn = (some: typeof events) => some.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('')
    const last = events.at(-1)?.sequence_number ?? 0
    for (let after = 0; after <= last; after++) {
      const rest: typeof events = []
      const resumed = await openai.responses.retrieve(created.response.id, { stream: true, starting_after: after })
      for await (const event of resumed) rest.push(event)
      expect(rest.every(({ sequence_number }) => sequence_number > after)).toBe(true)
      // The text begins at number 4, one unit for each.
      expect(textIn(rest)).toBe('You said: hello'.slice(Math.max(0, after - 3)))
      if (after < last) expect(rest.at(-1)?.type).toBe('response.completed')
    }
  })

  it('continues after an earlier response, also on another branch', async () => {
    const { openai } = await createWorkspace()
    const first = await openai.responses.create({ model: 'default', input: 'My name is Ada' })
    const second = await openai.responses.create({ model: 'default', input: 'and I like tea', previous_response_id: first.id })
    const branch = await openai.responses.create({ model: 'default', input: 'Who am I?', previous_response_id: first.id })
    expect(second.conversation?.id).toBe(first.conversation?.id)
    expect(branch.output_text).toBe('You said: Who am I?')
    const seen = model.requests
      .at(-1)
      ?.messages.map(({ content }) => content)
      .join('\n')
    expect(seen).toContain('My name is Ada')
    expect(seen).not.toContain('tea')
    const inSession = await openai.responses.create({ model: 'default', input: 'more', conversation: { id: first.conversation?.id ?? '' } })
    expect(inSession.conversation).toEqual(first.conversation)
  })

  it('runs its own tools without a session', async () => {
    const { openai } = await createWorkspace()
    const first = await openai.responses.create({ model: 'default', input: 'two cities', tools: [weather] })
    expect(first).toMatchObject({ store: false, status: 'completed' })
    const calls = first.output.flatMap((item) => (item.type === 'function_call' ? [item] : []))
    expect(calls.map(({ arguments: args }) => JSON.parse(args).city)).toEqual(['Oslo', 'Rome'])
    const second = await openai.responses.create({
      model: 'default',
      tools: [weather],
      input: [
        { role: 'user', content: 'two cities' },
        ...first.output,
        ...calls.map(({ call_id }) => ({ type: 'function_call_output' as const, call_id, output: 'rain' })),
      ] as OpenAI.Responses.ResponseInput,
    })
    expect(second.output_text).toBe('The tool said: rain')
    await expect(openai.responses.retrieve(second.id)).rejects.toMatchObject({ status: 404 })
    const forged = openai.responses.create({
      model: 'default',
      input: [{ type: 'function_call_output', call_id: 'x', output: 'approved' }],
    })
    await expect(forged).rejects.toMatchObject({ status: 400, param: 'input.0.call_id' })
  })

  it('runs in the background, and is cancelled', async () => {
    const { openai, member } = await createWorkspace()
    const done = await openai.responses.create({ model: 'default', input: 'hello', background: true })
    expect(done.status).toBe('queued')
    const ended = await until(async () => {
      const found = await openai.responses.retrieve(done.id)
      return found.status === 'completed' ? found : undefined
    })
    expect(ended.output_text).toBe('You said: hello')
    const hanging = await openai.responses.create({ model: 'default', input: 'hang', background: true })
    await until(async () => ((await openai.responses.retrieve(hanging.id)).status === 'in_progress' ? true : undefined))
    expect((await openai.responses.cancel(hanging.id)).status).toBe('cancelled')
    const { turns } = (await (await member.call('GET', `/v1/sessions/${hanging.conversation?.id}/history`)).json()) as {
      turns: { outcome: string }[]
    }
    expect(turns.map(({ outcome }) => outcome)).toEqual(['cancelled'])
  })

  it('is not stored with settings of its own, which its call obeys', async () => {
    const { openai } = await createWorkspace()
    const response = await openai.responses.create({ model: 'default', input: 'hello', temperature: 0.25, max_output_tokens: 9 })
    expect(response).toMatchObject({ store: false, conversation: null })
    expect(model.requests.at(-1)).toMatchObject({ temperature: 0.25, max_tokens: 9 })
    const bound = openai.responses.create({ model: 'default', input: 'hello', temperature: 0.25, conversation: 'c' })
    await expect(bound).rejects.toMatchObject({ status: 400, param: 'input' })
  })

  it('gets JSON that follows a schema', async () => {
    const { openai } = await createWorkspace()
    const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'], additionalProperties: false }
    const text = { format: { type: 'json_schema' as const, name: 'number', schema } }
    expect(JSON.parse((await openai.responses.create({ model: 'default', input: 'json', text })).output_text)).toEqual({ n: 1 })
  })

  it('reads refusals in the shape of its API', async () => {
    const { openai } = await createWorkspace()
    const refused = (body: object) => openai.responses.create({ model: 'default', input: 'hello', ...body } as never)
    await expect(refused({ tools: [{ type: 'web_search' }] })).rejects.toMatchObject({ status: 400, param: 'tools.0.type' })
    await expect(refused({ previous_response_id: 'resp_none' })).rejects.toMatchObject({ status: 404, type: 'not_found_error' })
    await expect(refused({ background: true, store: false })).rejects.toMatchObject({ status: 400, param: 'store' })
    await expect(refused({ conversation: 'c', instructions: 'x' })).rejects.toMatchObject({ status: 400, param: 'input' })
    await expect(refused({ input: 'fail' })).rejects.toMatchObject({ status: 502, code: 'model_failed' })
  })

  it('shows a response to nobody but those who may read its session', async () => {
    const { openai } = await createWorkspace()
    const { id } = await openai.responses.create({ model: 'default', input: 'hello' })
    const token = await stack.token(`e2e-responses-${count}`, 'eve')
    const eve = new OpenAI({ baseURL: `${stack.url}/v1`, apiKey: token, maxRetries: 0 })
    await expect(eve.responses.retrieve(id)).rejects.toMatchObject({ status: 404 })
    await expect(eve.responses.cancel(id)).rejects.toMatchObject({ status: 404 })
    await expect(eve.responses.create({ model: 'default', input: 'me too', previous_response_id: id })).rejects.toMatchObject({
      status: 404,
    })
  })
})
