/** What single dialects do beyond the contract: the fields of their requests, seen at the service. */
import { describe, expect, it } from 'vitest'
import type { ModelMessage } from '../../../../../shared/model/model.ts'
import { defaultTimeouts } from '../../../../../shared/turn/run.ts'
import { modelPath } from '../../../../../workers/conversation/models/dialect.ts'
import { historyOf } from '../../../../../workers/conversation/models/dialects/history.ts'
import { EventDecoder, eventUnits } from '../../../../../workers/conversation/models/event-decoder.ts'
import { tools } from '../../../../../workers/tools/catalog/catalog.ts'
import { Conversation } from '../conversation.ts'
import { answerOf, message, modelOf, seenWith } from './service-client.ts'

type Json = Readonly<Record<string, unknown>>

/** The bodies of accepted requests with `text`. */
const bodiesWith = async (text: string): Promise<readonly Json[]> =>
  (await seenWith(text)).flatMap(({ body, refusal }) => (refusal === undefined ? [body as Json] : []))

const timeouts = { ...defaultTimeouts, retryMs: [] }
/** A call of another model in the turn of `text`. */
const foreignCall = (text: string): readonly ModelMessage[] => [
  { role: 'user', text },
  {
    role: 'assistant',
    text: '',
    calls: [{ call_id: 'c1', name: 'echo', arguments: '{"text":"a"}', provider_fields: '{"provider":"other"}' }],
  },
  { role: 'tool', call_id: 'c1', text: 'a' },
]

describe('Anthropic', () => {
  const options = { thinking: { type: 'enabled', budget_tokens: 4_000 }, temperature: 0.3, max_tokens: 3_000 }

  it('gets its signed thoughts back, and thinks within the limit of the answer', async () => {
    const text = message('tools calls=2 rounds=1')
    const turn = await new Conversation(modelOf('anthropic', { options }), timeouts).send(text)
    expect(turn).toMatchObject({ outcome: 'completed', results: ['0-0', '0-1'] })
    const bodies = await bodiesWith(text)
    expect(bodies).toHaveLength(2)
    for (const body of bodies) {
      expect(body.thinking).toEqual({ type: 'enabled', budget_tokens: 2_999 })
      expect(body).not.toHaveProperty('temperature')
    }
    expect(bodies[1]?.messages).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        content: [{ type: 'thinking', thinking: 'I consider it.' }, { type: 'text' }, { type: 'tool_use' }, { type: 'tool_use' }],
      },
      { role: 'user', content: [{ type: 'tool_result' }, { type: 'tool_result' }] },
    ])
  })

  it('does not think in a turn that holds the calls of another model', async () => {
    const text = message('text')
    const answer = await answerOf(modelOf('anthropic', { options }), foreignCall(text), tools, { maxTokens: 3_000 })
    expect(answer).toMatchObject({ text: 'Hello world.' })
    expect(await seenWith(text)).toHaveLength(1)
    expect(await bodiesWith(text)).toMatchObject([{ temperature: 0.3 }])
    expect((await bodiesWith(text))[0]).not.toHaveProperty('thinking')
  })

  it('is told what to cache: the instructions, and the conversation up to its end', async () => {
    const text = message('text')
    const messages: ModelMessage[] = [
      { role: 'system', text: 'The preamble.' },
      { role: 'system', text: 'The persona.' },
      { role: 'user', text: 'Before.' },
      { role: 'assistant', text: 'Said.' },
      { role: 'user', text },
    ]
    expect(await answerOf(modelOf('anthropic'), messages, tools)).toMatchObject({ text: 'Hello world.' })
    const [body] = await bodiesWith(text)
    const cache_control = { type: 'ephemeral' }
    expect(body?.system).toEqual([
      { type: 'text', text: 'The preamble.' },
      { type: 'text', text: 'The persona.', cache_control },
    ])
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(2)
    expect(body?.messages).toMatchObject([{}, {}, { content: [{ text, cache_control }] }])
  })

  it('does not think without room for it', async () => {
    const text = message('text')
    expect(await answerOf(modelOf('anthropic', { options }), text, [], { maxTokens: 1_000 })).toMatchObject({ text: 'Hello world.' })
    expect((await bodiesWith(text))[0]).not.toHaveProperty('thinking')
  })
})

describe('Google', () => {
  it('gets its own signature back, and the placeholder for the call of another model', async () => {
    const own = message('tools calls=2 rounds=1')
    expect(await new Conversation(modelOf('google'), timeouts).send(own)).toMatchObject({ outcome: 'completed' })
    expect(JSON.stringify((await bodiesWith(own)).at(-1))).toContain('"thoughtSignature":"Cg9zaWduZWQ="')
    const other = message('text')
    expect(await answerOf(modelOf('google'), foreignCall(other), tools)).toMatchObject({ text: 'Hello world.' })
    expect(JSON.stringify(await bodiesWith(other))).toContain('skip_thought_signature_validator')
  })

  it('gets options as fields of generationConfig, except for those beside it', async () => {
    const text = message('text')
    const safetySettings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }]
    const options = { topP: 0.5, thinkingConfig: { thinkingBudget: 0 }, safetySettings }
    expect(await answerOf(modelOf('google', { options }), text)).toMatchObject({ text: 'Hello world.' })
    expect(await bodiesWith(text)).toMatchObject([
      { safetySettings, generationConfig: { topP: 0.5, thinkingConfig: { thinkingBudget: 0 }, maxOutputTokens: 500 } },
    ])
  })
})

describe("OpenAI's Responses", () => {
  it('get the encrypted reasoning of their own calls back, and store nothing', async () => {
    const text = message('tools calls=1 rounds=1')
    const model = modelOf('openai-responses', { model: `gpt-5-${crypto.randomUUID()}` })
    expect(await new Conversation(model, timeouts).send(text)).toMatchObject({ outcome: 'completed' })
    const bodies = await bodiesWith(text)
    expect(bodies).toMatchObject([{ store: false, include: ['reasoning.encrypted_content'] }, { store: false }])
    expect(bodies[1]?.input).toMatchObject([
      { role: 'user' },
      { type: 'reasoning', encrypted_content: 'gAAAAA' },
      { role: 'assistant' },
      { type: 'function_call' },
      { type: 'function_call_output', output: '0-0' },
    ])
  })

  it('get no temperature that the model refuses', async () => {
    const text = message('text')
    const model = modelOf('openai-responses', { model: `o9-${crypto.randomUUID()}`, options: { temperature: 0.5 } })
    expect(await answerOf(model, text)).toMatchObject({ text: 'Hello world.', error: undefined })
    expect((await seenWith(text)).map(({ refusal }) => refusal)).toEqual([expect.stringContaining('temperature'), undefined])
  })
})

describe('Ollama', () => {
  it('gets the size of the context, and options where they belong', async () => {
    const text = message('text')
    const model = modelOf('ollama', { contextTokens: 16_384, options: { keep_alive: '10m', think: false, top_k: 20, temperature: 0.1 } })
    expect(await answerOf(model, text)).toMatchObject({ text: 'Hello world.' })
    expect(await bodiesWith(text)).toMatchObject([
      { keep_alive: '10m', think: false, options: { num_ctx: 16_384, top_k: 20, temperature: 0.1, num_predict: 500 } },
    ])
  })

  it('is read line by line, with a bound for a line', () => {
    const decoder = new EventDecoder('lines')
    expect([decoder.add('{"a":'), decoder.add('1}\n{"b":2}\n\n{"c'), decoder.add('":3}'), decoder.end()]).toEqual([
      [],
      ['{"a":1}', '{"b":2}'],
      [],
      ['{"c":3}'],
    ])
    const cut = new EventDecoder('lines')
    expect([cut.add('{"a":1}\n{"b'), cut.end()]).toEqual([['{"a":1}'], []])
    expect(() => new EventDecoder('lines').add(`{"a":"${'x'.repeat(eventUnits)}`)).toThrow('larger than')
  })
})

describe('The name of a model', () => {
  it('stays in its place of the path', () => {
    expect(modelPath('@cf/meta/llama-3')).toBe('@cf/meta/llama-3')
    expect(modelPath('a b?c#d')).toBe('a%20b%3Fc%23d')
    for (const model of ['../x', 'a/../b', 'a//b', '.', '']) expect(() => modelPath(model)).toThrow('not valid')
  })
})

describe('The history of a conversation', () => {
  it('keeps the order of roles and of results', () => {
    const call = (call_id: string) => ({ call_id, name: 'echo', arguments: '{}' })
    const { system, steps } = historyOf([
      { role: 'system', text: 'S1' },
      { role: 'assistant', text: 'lost start' },
      { role: 'user', text: 'U1' },
      { role: 'user', text: 'U2' },
      { role: 'assistant', text: 'A1' },
      { role: 'assistant', text: '', calls: [call('1'), call('2')] },
      { role: 'tool', call_id: '2', text: 'R2' },
      { role: 'tool', call_id: '1', text: 'R1' },
      { role: 'user', text: 'U3' },
    ])
    expect(system).toEqual(['S1'])
    expect(steps.map(({ role }) => role)).toEqual(['user', 'assistant', 'results', 'assistant', 'user'])
    expect(steps).toMatchObject([
      { text: 'U1\n\nU2' },
      { text: 'A1' },
      {
        results: [
          { call: { call_id: '1' }, text: 'R1' },
          { call: { call_id: '2' }, text: 'R2' },
        ],
      },
      {},
      { text: 'U3' },
    ])
  })
})
