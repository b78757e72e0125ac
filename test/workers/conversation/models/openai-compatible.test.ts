import { describe, expect, it, vi } from 'vitest'
import { type ModelChunk, ModelError, type ModelMessage } from '../../../../shared/model/model.ts'
import type { ToolSpec } from '../../../../shared/tool/tool.ts'
import { CallPieces } from '../../../../workers/conversation/models/call-pieces.ts'
import type { Endpoint } from '../../../../workers/conversation/models/endpoint.ts'
import { openAICompatible } from '../../../../workers/conversation/models/openai-compatible.ts'
import { providerCallId } from '../../../../workers/conversation/models/provider-messages.ts'
import { fakeText } from '../../../support/words.ts'
import { modelUrl, prompt, requestsWith } from '../fake-model.ts'

const apiKey = 'sk-very-secret'

interface Answer {
  readonly text: string
  readonly usage: unknown
  readonly error: unknown
}

/** The complete answer to `content`, or the error. */
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
  // First test: the library keeps the console of its first log line.
  it('logs no content', async () => {
    const logs = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => {}))
    await ask(prompt('garbage after=1'))
    for (const log of logs) expect(log).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })

  it('streams an answer and its usage', async () => {
    const text = prompt('normal tokens=20')
    expect(await ask(text)).toEqual({ text: fakeText(20), usage: { input_tokens: 7, output_tokens: 20 }, error: undefined })
    expect((await requestsWith(text))[0]).toMatchObject({
      authorization: `Bearer ${apiKey}`,
      body: { model: 'm', stream_options: { include_usage: true } },
    })
  })

  it('sends no `Authorization` header without a key', async () => {
    const text = prompt('normal')
    expect((await ask(text, undefined, { apiKey: '' })).error).toBeUndefined()
    expect((await requestsWith(text))[0]).not.toHaveProperty('authorization')
  })

  it('reports no usage when the endpoint sends none, and clamps an impossible one', async () => {
    expect(await ask(prompt('no-usage tokens=3'))).toEqual({ text: fakeText(3), usage: undefined, error: undefined })
    const { usage } = await ask(prompt('negative-usage tokens=3'))
    expect(usage).toMatchObject({ input_tokens: 0 })
    expect((usage as { output_tokens: number }).output_tokens).toBeGreaterThanOrEqual(0)
  })

  it.each([
    ['before headers', 'silent', ''],
    ['after headers, before a token', 'stall after=0', ''],
    ['during silence after ten words', 'stall after=10', fakeText(10)],
  ])('closes the request within a second when it is aborted %s', async (_, directive, received) => {
    const text = prompt(directive)
    const abort = new AbortController()
    const answer = ask(text, abort.signal)
    await vi.waitFor(async () => expect(await requestsWith(text)).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 100))
    const abortedAt = Date.now()
    abort.abort(new Error('stopped'))
    expect(await answer).toEqual({ text: received, usage: undefined, error: new Error('stopped') })
    await vi.waitFor(async () => expect((await requestsWith(text))[0]?.abortedAt).toBeLessThan(abortedAt + 1_000))
  })

  it('sends one request, and returns the delay for a retry', async () => {
    const text = prompt('429 after=3 times=1')
    const { error } = await ask(text)
    expect(error).toMatchObject({ name: 'ModelError', retry: { afterMs: 3_000 } })
    expect(await requestsWith(text)).toHaveLength(1)
    expect(await ask(text)).toMatchObject({ text: fakeText(40), error: undefined })
  })

  it('marks temporary errors for a retry', async () => {
    for (const status of [408, 409, 429, 500, 502, 503]) expect((await failure(`${status} times=1`)).retry, String(status)).toEqual({})
    for (const status of [307, 400, 401, 402, 403, 404, 413, 422])
      expect((await failure(`${status} times=1`)).retry, String(status)).toBeUndefined()
  })

  it('does not send its key to a redirect', async () => {
    const text = prompt('307 times=1')
    expect((await ask(text)).error).toMatchObject({ message: expect.stringContaining('redirects (307)') })
    expect(await requestsWith(text)).toHaveLength(1)
  })

  it.each([
    ['half-closed after=5', /broke off/],
    ['reset after=5', /connection.*broke/],
    ['garbage after=5', /not JSON/],
    ['odd after=5', /not part of an answer/],
    ['error after=5', /problem at the moment \(500\)/],
  ])('keeps the received text and fails with a clear message on %s', async (directive, words) => {
    const answer = await ask(prompt(directive))
    expect(answer.text).toBe(fakeText(5))
    expect(answer.error).toBeInstanceOf(ModelError)
    expect((answer.error as Error).message).toMatch(words)
  })

  it('ends an answer at the length limit of its model as cut, and counts it', async () => {
    const messages = [{ role: 'user', text: prompt('length tokens=5') }] as const
    const chunks: ModelChunk[] = []
    const model = openAICompatible({ baseURL: modelUrl, model: 'm', apiKey })
    for await (const chunk of model.answer({ messages, tools: [], metadata: {}, at: 0 }, new AbortController().signal)) chunks.push(chunk)
    expect(chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('')).toBe(fakeText(5))
    expect(chunks).toContainEqual({ type: 'cut' })
    expect(chunks).toContainEqual({ type: 'usage', usage: { input_tokens: 7, output_tokens: 5 } })
  })

  it('fails with a clear message, without secrets, on an invalid response', async () => {
    expect((await failure('html status=200')).message).toMatch(/not a stream/)
    expect((await failure('html status=502')).message).toMatch(/\(502\)/)
    expect((await failure('reset after=-1')).retry).toEqual({})
    expect((await failure('error after=0')).message).not.toContain('no:')
    const unreachable = await ask('x', undefined, { baseURL: 'http://127.0.0.1:1/v1' })
    expect(unreachable.error).toMatchObject({ message: 'The model endpoint cannot be reached.', retry: {} })
  })

  it('aborts a line without end after two megabytes', async () => {
    const text = prompt('long-line bytes=10000000')
    const startedAt = Date.now()
    const { error } = await ask(text)
    expect((error as Error).message).toMatch(/event larger than 2 MB/)
    expect(Date.now() - startedAt).toBeLessThan(3_000)
    await vi.waitFor(async () => expect((await requestsWith(text))[0]?.abortedAt).toBeDefined())
  })

  it('ends at [DONE], with or without a finish reason, when the connection stays open', async () => {
    const startedAt = Date.now()
    expect(await ask(prompt('lingering tokens=3'))).toMatchObject({ text: fakeText(3), error: undefined })
    expect(await ask(prompt('unfinished-done tokens=3'))).toMatchObject({ text: fakeText(3), error: undefined })
    expect(Date.now() - startedAt).toBeLessThan(1_500)
  })

  it('reports what the model thinks, as it thinks', async () => {
    const chunks: ModelChunk[] = []
    const model = openAICompatible({ baseURL: modelUrl, model: 'm', apiKey })
    const request = { messages: [{ role: 'user', text: prompt('thinking for=200 tokens=1') }], tools: [], metadata: {}, at: 0 } as const
    for await (const chunk of model.answer(request, new AbortController().signal)) chunks.push(chunk)
    expect(chunks.filter((chunk) => chunk.type === 'reasoning' && chunk.text === 'hm ').length).toBeGreaterThan(3)
    expect(chunks).toContainEqual({ type: 'text', text: fakeText(1) })
  })

  it('refuses an address with a password, without repeating it', async () => {
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

  it.each(['', 'pieces=whole'])('assembles calls from their pieces %s', async (option) => {
    const text = prompt(`tools calls=2 key=x tokens=2 ${option}`)
    expect(await calls(text)).toEqual([
      { type: 'call', name: 'add', arguments: '{"key":"x-0-0"}' },
      { type: 'call', name: 'add', arguments: '{"key":"x-0-1"}' },
    ])
    expect((await requestsWith(text))[0]?.body.tools).toEqual([
      { type: 'function', function: { name: 'add', description: 'Adds.', parameters: tools[0]?.parameters } },
    ])
  })

  it('separates calls with the same id', async () => {
    expect(await calls(prompt('tools calls=3 ids=same tokens=0'))).toHaveLength(3)
  })

  it('sends earlier calls and their results with matching ids', async () => {
    const text = prompt('tools rounds=1 tokens=1')
    const call = { call_id: 'c1', name: 'add', arguments: '{}' }
    const id = providerCallId('c1')
    const history: ModelMessage[] = [
      { role: 'user', text },
      { role: 'assistant', text: 'I add.', calls: [call] },
      { role: 'tool', call_id: 'c1', text: 'added' },
    ]
    expect(await calls(text, tools, history)).toEqual([])
    expect((await requestsWith(text))[0]?.body.messages?.slice(1)).toEqual([
      { role: 'assistant', content: 'I add.', tool_calls: [{ id, type: 'function', function: { name: 'add', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: id, content: 'added' },
    ])
  })

  it('refuses a call when no tools were offered', async () => {
    await expect(calls(prompt('tools tokens=0'), [])).rejects.toThrow('offered none')
  })

  it('limits the size of calls', async () => {
    const pieces = new CallPieces()
    expect(() => pieces.add([{ index: 0, function: { name: 'add', arguments: 'x'.repeat(2_000_000) } }])).toThrow(ModelError)
  })
})
