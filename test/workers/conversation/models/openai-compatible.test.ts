import { describe, expect, it, vi } from 'vitest'
import { type ModelChunk, ModelError, type ModelMessage } from '../../../../shared/model/model.ts'
import type { ToolSpec } from '../../../../shared/tool/tool.ts'
import { CallPieces } from '../../../../workers/conversation/models/call-pieces.ts'
import { type Endpoint, openAICompatible } from '../../../../workers/conversation/models/openai-compatible.ts'
import { providerCallId } from '../../../../workers/conversation/models/provider-messages.ts'
import { fakeText } from '../../../support/words.ts'
import { modelUrl, prompt, seen } from '../fake.ts'

const apiKey = 'sk-very-secret'

interface Answer {
  readonly text: string
  readonly usage: unknown
  readonly error: unknown
}

/** What comes of asking, in the end. */
async function ask(content: string, signal = new AbortController().signal, endpoint: Partial<Endpoint> = {}): Promise<Answer> {
  const chunks: ModelChunk[] = []
  let error: unknown
  try {
    const model = openAICompatible({ baseURL: modelUrl, model: 'm', apiKey, ...endpoint })
    for await (const chunk of model.answer({ messages: [{ role: 'user', text: content }], tools: [], metadata: {}, at: 0 }, signal))
      chunks.push(chunk)
  } catch (thrown) {
    error = thrown
  }
  return {
    text: chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join(''),
    usage: chunks.find((chunk) => chunk.type === 'usage')?.usage,
    error,
  }
}

const failure = async (directive: string): Promise<ModelError> => {
  const { error } = await ask(prompt(directive))
  expect(error).toBeInstanceOf(ModelError)
  expect(JSON.stringify([error, (error as Error).message, String((error as Error).cause)])).not.toContain('secret')
  return error as ModelError
}

describe('an OpenAI-compatible model', () => {
  // First, because the library keeps the console that it finds when it first logs.
  it('logs nothing of what it is sent', async () => {
    const logs = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => {}))
    await ask(prompt('garbage after=1'))
    const lines = logs.flatMap(({ mock }) => mock.calls.map(([line]) => JSON.parse(String(line))))
    expect(lines).toMatchObject([{ what: 'model_call.failed', model: 'm', reason: expect.stringContaining('not JSON') }])
    expect(JSON.stringify(lines)).not.toMatch(/SECRET-CONTENT|question|secret/)
    vi.restoreAllMocks()
  })

  it('streams an answer, and says what it cost', async () => {
    const text = prompt('normal tokens=20')
    expect(await ask(text)).toEqual({ text: fakeText(20), usage: { input_tokens: 7, output_tokens: 20 }, error: undefined })
    expect((await seen(text))[0]).toMatchObject({
      authorization: `Bearer ${apiKey}`,
      body: { model: 'm', stream_options: { include_usage: true } },
    })
  })

  it('sends no key when there is none', async () => {
    const text = prompt('normal')
    expect((await ask(text, undefined, { apiKey: '' })).error).toBeUndefined()
    expect((await seen(text))[0]).not.toHaveProperty('authorization')
  })

  it('leaves usage to be estimated where the endpoint counts none, or wrongly', async () => {
    expect(await ask(prompt('no-usage tokens=3'))).toEqual({ text: fakeText(3), usage: undefined, error: undefined })
    expect(await ask(prompt('negative-usage tokens=3'))).toEqual({ text: fakeText(3), usage: undefined, error: undefined })
  })

  it.each([
    ['before headers', 'silent', ''],
    ['after headers, before a word', 'stall after=0', ''],
    ['after ten words, in silence', 'stall after=10', fakeText(10)],
  ])('closes the request within a second when it is aborted %s', async (_, directive, said) => {
    const text = prompt(directive)
    const stop = new AbortController()
    const answer = ask(text, stop.signal)
    await vi.waitFor(async () => expect(await seen(text)).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 100))
    const abortedAt = Date.now()
    stop.abort(new Error('stopped'))
    expect(await answer).toEqual({ text: said, usage: undefined, error: new Error('stopped') })
    await vi.waitFor(async () => expect((await seen(text))[0]?.abortedAt).toBeLessThan(abortedAt + 1_000))
  })

  it('asks once, and says when to ask again', async () => {
    const text = prompt('429 after=3 times=1')
    const { error } = await ask(text)
    expect(error).toMatchObject({ name: 'ModelError', retry: { afterMs: 3_000 } })
    expect(await seen(text)).toHaveLength(1)
    expect(await ask(text)).toMatchObject({ text: fakeText(40), error: undefined })
  })

  it('knows which refusals may pass', async () => {
    for (const status of [408, 409, 429, 500, 502, 503]) expect((await failure(`${status} times=1`)).retry, String(status)).toEqual({})
    for (const status of [307, 400, 401, 402, 403, 404, 413, 422])
      expect((await failure(`${status} times=1`)).retry, String(status)).toBeUndefined()
  })

  it('does not take its key along a redirect', async () => {
    const text = prompt('307 times=1')
    expect((await ask(text)).error).toMatchObject({ message: expect.stringContaining('sends us elsewhere') })
    expect(await seen(text)).toHaveLength(1)
  })

  it.each([
    ['half-closed after=5', /broke off/],
    ['reset after=5', /connection.*broke/],
    ['garbage after=5', /not JSON/],
    ['odd after=5', /not part of an answer/],
    ['error after=5', /problem at the moment \(500\)/],
    ['length tokens=5', /length limit/],
  ])('keeps what was said and fails in words on %s', async (directive, words) => {
    const answer = await ask(prompt(directive))
    expect(answer.text).toBe(fakeText(5))
    expect(answer.error).toBeInstanceOf(ModelError)
    expect((answer.error as Error).message).toMatch(words)
  })

  it('fails in words, without secrets, on what is no answer at all', async () => {
    expect((await failure('html status=200')).message).toMatch(/not a stream/)
    expect((await failure('html status=502')).message).toMatch(/\(502\)/)
    expect((await failure('reset after=-1')).retry).toEqual({})
    expect((await failure('error after=0')).message).not.toContain('no:')
    const unreachable = await ask('x', undefined, { baseURL: 'http://127.0.0.1:1/v1' })
    expect(unreachable.error).toMatchObject({ message: 'The model endpoint cannot be reached.', retry: {} })
  })

  it('gives up on a line without end after two megabytes, and hangs up', async () => {
    const text = prompt('long-line bytes=10000000')
    const began = Date.now()
    const { error } = await ask(text)
    expect((error as Error).message).toMatch(/event larger than 2 MB/)
    expect(Date.now() - began).toBeLessThan(3_000)
    await vi.waitFor(async () => expect((await seen(text))[0]?.abortedAt).toBeDefined())
  })

  it('is done at [DONE], with or without a reason, though the endpoint lingers', async () => {
    const began = Date.now()
    expect(await ask(prompt('lingering tokens=3'))).toMatchObject({ text: fakeText(3), error: undefined })
    expect(await ask(prompt('unfinished-done tokens=3'))).toMatchObject({ text: fakeText(3), error: undefined })
    expect(Date.now() - began).toBeLessThan(1_500)
  })

  it('shows that it lives while the model thinks', async () => {
    const signs: ModelChunk[] = []
    const model = openAICompatible({ baseURL: modelUrl, model: 'm', apiKey })
    const request = { messages: [{ role: 'user', text: prompt('thinking for=200 tokens=1') }], tools: [], metadata: {}, at: 0 } as const
    for await (const chunk of model.answer(request, new AbortController().signal)) signs.push(chunk)
    expect(signs.filter((chunk) => chunk.type === 'text' && chunk.text === '').length).toBeGreaterThan(3)
    expect(signs).toContainEqual({ type: 'text', text: fakeText(1) })
  })

  it('refuses an address that holds a password, without repeating it', async () => {
    const { error } = await ask('x', undefined, { baseURL: 'http://user:hunter2@127.0.0.1/v1' })
    expect((error as Error).message).toMatch(/must not hold a password/)
    expect((error as Error).message).not.toContain('hunter2')
    expect((await ask('x', undefined, { baseURL: 'ftp://x' })).error).toMatchObject({
      message: expect.stringContaining('not an http address'),
    })
  })
})

describe('an OpenAI-compatible model with tools', () => {
  const tools: ToolSpec[] = [
    {
      name: 'add',
      description: 'Adds.',
      parameters: { type: 'object', properties: { key: { type: 'string' } } },
      effect: 'once',
      timeout_ms: 1_000,
    },
  ]
  const calls = async (text: string, offered = tools, messages: ModelMessage[] = [{ role: 'user', text }]) => {
    const model = openAICompatible({ baseURL: modelUrl, model: 'm', apiKey })
    const chunks: ModelChunk[] = []
    for await (const chunk of model.answer({ messages, tools: offered, metadata: {}, at: 0 }, new AbortController().signal))
      chunks.push(chunk)
    return chunks.filter((chunk) => chunk.type === 'call')
  }

  it.each(['', 'pieces=whole'])('puts calls together from their pieces %s', async (how) => {
    const text = prompt(`tools calls=2 key=x tokens=2 ${how}`)
    expect(await calls(text)).toEqual([
      { type: 'call', name: 'add', arguments: '{"key":"x-0-0"}' },
      { type: 'call', name: 'add', arguments: '{"key":"x-0-1"}' },
    ])
    expect((await seen(text))[0]?.body.tools).toEqual([
      { type: 'function', function: { name: 'add', description: 'Adds.', parameters: tools[0]?.parameters } },
    ])
  })

  it('keeps calls apart whose ids are the same', async () => {
    expect(await calls(prompt('tools calls=3 ids=same tokens=0'))).toHaveLength(3)
  })

  it('tells the provider what was asked for and what came of it, each under its id', async () => {
    const text = prompt('tools rounds=1 tokens=1')
    const asked = { call_id: 'c1', name: 'add', arguments: '{}' }
    const id = providerCallId('c1')
    const rest: ModelMessage[] = [
      { role: 'user', text },
      { role: 'assistant', text: 'I add.', calls: [asked] },
      { role: 'tool', call_id: 'c1', text: 'added' },
    ]
    expect(await calls(text, tools, rest)).toEqual([])
    expect((await seen(text))[0]?.body.messages?.slice(1)).toEqual([
      { role: 'assistant', content: 'I add.', tool_calls: [{ id, type: 'function', function: { name: 'add', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: id, content: 'added' },
    ])
  })

  it('does not take a call from a model that was offered none', async () => {
    await expect(calls(prompt('tools tokens=0'), [])).rejects.toThrow('offered none')
  })

  it('takes calls of a bounded size', async () => {
    const pieces = new CallPieces()
    expect(() => pieces.add([{ index: 0, function: { name: 'add', arguments: 'x'.repeat(2_000_000) } }])).toThrow(ModelError)
  })
})
