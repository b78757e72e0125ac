/** What every driver guarantees, against a service that checks each request by its published schema. */
import { describe, expect, it, vi } from 'vitest'
import type { ResponseFormat } from '../../../../../shared/json-schema/response-format.ts'
import { ModelError, type ModelMessage } from '../../../../../shared/model/model.ts'
import { remoteProviders } from '../../../../../shared/model/providers.ts'
import { defaultTimeouts } from '../../../../../shared/turn/run.ts'
import { tools } from '../../../../../workers/tools/catalog/catalog.ts'
import { Conversation } from '../conversation.ts'
import { answerOf, apiKey, facts, message, modelOf, seenWith } from './service-client.ts'

const responseFormat: ResponseFormat = {
  type: 'json_schema',
  json_schema: { name: 'city', schema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } },
}
const valueAt = (value: unknown, path: string): unknown =>
  path.split('.').reduce((part, name) => (part as Readonly<Record<string, unknown>> | undefined)?.[name], value)
const usageOf = ({ chunks }: Awaited<ReturnType<typeof answerOf>>) => chunks.findLast((chunk) => chunk.type === 'usage')?.usage
const timeouts = { ...defaultTimeouts, retryMs: [] }
const hello = { outcome: 'completed', text: 'Hello world.' }

describe.each(remoteProviders)('The driver of %s', (provider) => {
  const { ends } = facts[provider]

  it('streams a text, and counts every token once', async () => {
    const answer = await answerOf(modelOf(provider), message('text'))
    expect(answer).toMatchObject({ text: 'Hello world.', error: undefined })
    expect(answer.chunks.filter((chunk) => chunk.type === 'text' && chunk.text !== '').length).toBeGreaterThan(1)
    const { cached = 12, reasoning = 4 } = facts[provider].counts ?? {}
    expect(usageOf(answer)).toEqual({
      input_tokens: 30,
      output_tokens: 9,
      ...(cached > 0 && { cached_tokens: cached }),
      ...(reasoning > 0 && { reasoning_tokens: reasoning }),
    })
  })

  it("reports thoughts as reasoning, and keeps them out of the answer's text", async () => {
    const answer = await answerOf(modelOf(provider), message('think'))
    expect(answer).toMatchObject({ text: 'Hello world.', error: undefined })
    expect(answer.chunks.map((chunk) => (chunk.type === 'reasoning' ? chunk.text : '')).join('')).toBe('I consider it.')
  })

  it('calls tools, several at once, and sends their results back over three turns', async () => {
    const conversation = new Conversation(modelOf(provider), timeouts)
    for (const calls of [1, 2, 3]) {
      const turn = await conversation.send(message(`tools calls=${calls} rounds=2`))
      expect(turn).toMatchObject({ outcome: 'completed', text: 'Let me see.Let me see.Hello world.' })
      const expected = [0, 1].flatMap((round) => Array.from({ length: calls }, (_, index) => `${round}-${index}`))
      expect(turn.results).toEqual(expected)
      expect(turn.calls.map(([name, args]) => [name, JSON.parse(args)])).toEqual(expected.map((text) => ['echo', { text }]))
    }
    expect(await conversation.send(message('text'))).toMatchObject(hello)
  })

  it('sends system instructions, and a limit and temperature that the service accepts', async () => {
    const text = message('text')
    const messages: ModelMessage[] = [
      { role: 'system', text: 'The preamble.' },
      { role: 'system', text: 'The persona.' },
      { role: 'user', text },
    ]
    const model = modelOf(provider, { options: { temperature: 2, max_tokens: 300, [provider === 'google' ? 'topP' : 'top_p']: 0.9 } })
    expect(await answerOf(model, messages)).toMatchObject({ text: 'Hello world.', error: undefined })
    const [request] = await seenWith(text)
    const body = JSON.stringify(request?.body)
    expect(body.indexOf('The preamble.')).toBeGreaterThan(-1)
    expect(body.indexOf('The persona.')).toBeGreaterThan(body.indexOf('The preamble.'))
  })

  it.each([
    ['begins with an answer, and ends with one', ['assistant', 'user', 'assistant']],
    ['has the same role twice', ['user', 'user', 'assistant', 'assistant', 'user']],
    ['has blank texts', ['user', 'blank', 'assistant', 'blank', 'user']],
    ['has calls whose arguments are no object', ['user', 'badCall', 'user']],
    ['lacks a result', ['user', 'openCall', 'user']],
  ])('sends a history that %s as the service accepts it', async (_, shape) => {
    const text = message('text')
    const call = { call_id: 'c1', name: 'echo it!', arguments: '[1' }
    const kinds: Readonly<Record<string, readonly ModelMessage[]>> = {
      user: [{ role: 'user', text }],
      assistant: [{ role: 'assistant', text: 'Said. ' }],
      blank: [
        { role: 'assistant', text: ' ' },
        { role: 'user', text: '' },
      ],
      badCall: [
        { role: 'assistant', text: ' ', calls: [call, { ...call, call_id: 'c2', arguments: '' }] },
        { role: 'tool', call_id: 'c1', text: '' },
        { role: 'tool', call_id: 'c2', text: 'x' },
      ],
      openCall: [{ role: 'assistant', text: '', calls: [call] }],
    }
    // The session answers each call before it asks again; only our own drivers fill in a result that is lost.
    if (provider === 'openai-compatible' && shape.includes('openCall')) return
    const messages = shape.flatMap((kind) => kinds[kind] ?? [])
    expect(await answerOf(modelOf(provider), messages, tools)).toMatchObject({ text: 'Hello world.', error: undefined })
  })

  it('sends a schema of the answer in a field of a model that follows it, and in the question of another model', async () => {
    const { schemas } = facts[provider]
    for (const known of [true, false]) {
      const text = message('text')
      const model = modelOf(provider, known && schemas ? { model: schemas.model } : {})
      expect(await answerOf(model, text, [], { responseFormat })).toMatchObject({ text: 'Hello world.', error: undefined })
      const [request] = await seenWith(text)
      const isField = schemas !== undefined && (known || provider === 'ollama')
      expect(schemas && valueAt(request?.body, schemas.field)).toEqual(isField ? responseFormat.json_schema.schema : undefined)
      expect(JSON.stringify(request?.body).includes('must follow this JSON Schema')).toBe(!isField)
    }
  })

  it('sends a schema in the question if the service refuses it as a field', async () => {
    const text = message('text')
    const schema = { type: 'object', properties: { even: { type: 'integer', multipleOf: 2 } } }
    const model = modelOf(provider, facts[provider].schemas ? { model: facts[provider].schemas.model } : {})
    const asked = { ...responseFormat, json_schema: { name: 'even', schema } }
    expect(await answerOf(model, text, [], { responseFormat: asked })).toMatchObject({ text: 'Hello world.', error: undefined })
    const requests = await seenWith(text)
    expect(requests.map(({ refusal }) => refusal !== undefined)).toEqual(facts[provider].schemas ? [true, false] : [false])
    expect(JSON.stringify(requests.at(-1)?.body)).toContain('must follow this JSON Schema')
  })

  it('sends a schema beside tools as the service accepts it', async () => {
    const text = message('text')
    const model = modelOf(provider, facts[provider].schemas ? { model: facts[provider].schemas.model } : {})
    expect(await answerOf(model, text, tools, { responseFormat })).toMatchObject({ text: 'Hello world.', error: undefined })
    expect((await seenWith(text)).map(({ refusal }) => refusal)).toEqual([undefined])
  })

  it('closes the connection when it is aborted', async () => {
    const text = message('stall')
    const abort = new AbortController()
    const answer = answerOf(modelOf(provider), text, [], { signal: abort.signal })
    await vi.waitFor(async () => expect(await seenWith(text)).toHaveLength(1))
    abort.abort(new Error('stopped by the test'))
    expect((await answer).error).toMatchObject({ message: 'stopped by the test' })
    await vi.waitFor(async () => expect(await seenWith(text)).toMatchObject([{ isAborted: true }]))
  })

  it.each([
    ['400', undefined],
    ['401', undefined],
    ['429 after=7', { afterMs: 7_000 }],
    ['529', {}],
  ])('reports the refusal %s without the key', async (directive, retry) => {
    const { error, text } = await answerOf(modelOf(provider), message(directive))
    expect(error).toBeInstanceOf(ModelError)
    expect(text).toBe('')
    expect(error).toMatchObject({ retry, report: { status: Number(directive.slice(0, 3)), said: expect.stringContaining('refused') } })
    expect(JSON.stringify([error, (error as ModelError).message])).not.toContain(apiKey)
  })

  it.each(['cut', 'error'])('fails when the answer ends with: %s', async (directive) => {
    const { error, text } = await answerOf(modelOf(provider), message(directive))
    expect(error).toMatchObject({ name: 'ModelError', retry: {} })
    expect('Hello world.').toContain(text)
  })

  it.each(['html', 'redirect', 'garbage', 'odd', 'endless'])(
    'fails, without the content, when the endpoint sends: %s',
    async (directive) => {
      const { error } = await answerOf(modelOf(provider), message(directive))
      expect(error).toBeInstanceOf(ModelError)
      expect((error as ModelError).message).toMatch(/web page|redirects|not JSON|not part of an answer|larger than/)
      expect(JSON.stringify([error, (error as ModelError).message, String((error as ModelError).cause)])).not.toMatch(/SECRET|canary|xxx/)
    },
  )

  it('shows no key that the answer repeats', async () => {
    expect(await answerOf(modelOf(provider), message('key'))).toMatchObject({ text: 'Your key is [key]. Keep it.', error: undefined })
  })

  it('reports no negative usage', async () => {
    const answer = await answerOf(modelOf(provider), message('absurd'))
    expect(answer.text).toBe('Hello world.')
    expect(usageOf(answer)).toMatchObject({ input_tokens: 0, output_tokens: 0 })
    expect(answer.chunks.find((chunk) => chunk.type === 'usage')).toMatchObject({ clamped: true })
  })

  it('fails on an empty answer', async () => {
    expect((await answerOf(modelOf(provider), message('empty'))).error).toMatchObject({ message: expect.stringContaining('empty answer') })
  })

  it('takes only known endings as complete, and says when a limit cut the answer', async () => {
    const ended = (as: string) => answerOf(modelOf(provider), message(`end as=${as}`))
    expect(await ended(ends.complete)).toMatchObject({ text: 'Hello world.', error: undefined })
    const limited = await ended(ends.limit)
    expect(limited.error).toBeUndefined()
    expect(limited.chunks.at(-1)).toEqual({ type: 'cut' })
    if (ends.filter !== undefined)
      expect((await ended(ends.filter)).error).toMatchObject({ message: expect.stringContaining('content filter') })
    expect((await ended(ends.other)).error).toMatchObject({ message: expect.stringContaining(ends.other) })
    expect((await ended('weird')).error).toMatchObject({ message: expect.stringContaining('not complete') })
  })

  it('runs no call that it did not offer', async () => {
    const { error, chunks } = await answerOf(modelOf(provider), message('tools calls=1 rounds=1'), [])
    expect(error).toMatchObject({ message: expect.stringContaining('offered none') })
    expect(chunks.some(({ type }) => type === 'call')).toBe(false)
  })
})

describe('A conversation', () => {
  it('continues with each provider in turn, and no request is refused', async () => {
    const log = new Conversation(modelOf('openai-compatible'), timeouts).log
    const marker = crypto.randomUUID()
    for (const directive of ['tools calls=2 rounds=1', 'text', 'tools calls=1 rounds=2'])
      for (const provider of remoteProviders) {
        const options = provider === 'anthropic' ? { thinking: { type: 'enabled', budget_tokens: 1_024 }, max_tokens: 2_000 } : {}
        const conversation = new Conversation(modelOf(provider, { options }), timeouts)
        conversation.log.push(...log)
        const turn = await conversation.send(`${marker} ${message(directive)}`)
        expect(turn, `${provider}: ${turn.reason} ${turn.detail}`).toMatchObject({
          outcome: 'completed',
          text: expect.stringMatching(/Hello world\.$/),
        })
        log.splice(0, log.length, ...conversation.log)
      }
    const requests = await seenWith(marker)
    expect(requests.length).toBeGreaterThanOrEqual(remoteProviders.length * 6)
    expect(requests.flatMap(({ provider, refusal }) => (refusal === undefined ? [] : [`${provider}: ${refusal}`]))).toEqual([])
  })
})
