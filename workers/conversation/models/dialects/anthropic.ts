/**
 * Anthropic's Messages. Source: https://docs.anthropic.com/en/api/messages and …/messages-streaming.
 * - The system's text has a field of its own. The limit of an answer is required.
 * - The ends of the instructions and of the conversation are marked, so that the provider caches what the next call repeats. The order of
 *   its cache is tools, system, messages.
 * - A model that thinks signs its thoughts. They go back with the calls that they led to, or the request does not let it think.
 */
import { z } from 'zod'
import { defaultOutputTokens } from '../../../../shared/context/window.ts'
import type { ModelChunk, ModelRequest } from '../../../../shared/model/model.ts'
import { ErrorEvent } from '../answer-reader.ts'
import { answerLimit, type Dialect, followsSchemas, optionsOf } from '../dialect.ts'
import type { Endpoint } from '../endpoint.ts'
import { notPartOfAnswer } from '../provider-error.ts'
import { fieldsFor } from '../provider-fields.ts'
import { providerCallId, providerName } from '../provider-messages.ts'
import type { RequestShape } from '../request-shape.ts'
import { Answer, type Ending } from './answer.ts'
import { DialectReader } from './dialect-reader.ts'
import { argumentsOf, historyOf, type Step } from './history.ts'

const version = '2023-06-01'
/** The least budget of thoughts that the provider accepts, in tokens. */
const minThinkingTokens = 1_024

/** The dialect. */
export const anthropicMessages: Dialect = {
  format: 'events',
  headers: (apiKey) => ({ authorization: null, 'x-api-key': apiKey, 'anthropic-version': version }),
  request: (endpoint, request, shape, provider) => ({ path: '/messages', body: bodyOf(endpoint, request, shape, provider) }),
  takesFormat: followsSchemas,
  listPath: '/models?limit=200',
  reader: (apiKey, provider) => new MessageReader(apiKey, provider),
}

type Block = Readonly<Record<string, unknown>> & { readonly type: string }

function bodyOf(endpoint: Endpoint, request: ModelRequest, shape: RequestShape, provider: string): Record<string, unknown> {
  const { system, steps } = historyOf(request.messages)
  const messages = steps.map((step) => ({
    role: step.role === 'assistant' ? 'assistant' : 'user',
    content: blocksOf(step, shape.keepFields ? provider : ''),
  }))
  const marked = (blocks: readonly Block[]) => (shape.cache ? markLast(blocks) : blocks)
  const tools = shape.tools
    ? request.tools.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters }))
    : []
  const { thinking, temperature, ...options } = optionsOf(endpoint, shape)
  const limit = answerLimit(endpoint, request) ?? defaultOutputTokens
  const thinks = mayThink(messages) ? thinkingWithin(thinking, limit) : undefined
  return {
    ...options,
    // A model that thinks chooses its own temperature.
    ...(thinks ? { thinking: thinks } : typeof temperature === 'number' && { temperature: Math.min(temperature, 1) }),
    model: endpoint.model,
    max_tokens: limit,
    ...(system.length > 0 && { system: marked(system.map((text) => ({ type: 'text', text }))) }),
    messages: messages.map((message, index) => (index < messages.length - 1 ? message : { ...message, content: marked(message.content) })),
    ...(request.responseFormat && {
      output_config: { ...outputConfig(options), format: { type: 'json_schema', schema: request.responseFormat.json_schema.schema } },
    }),
    ...(tools.length > 0 && { tools }),
    stream: true,
  }
}

/** `blocks` with a mark at the last one: the provider caches the request up to it. */
const markLast = (blocks: readonly Block[]): readonly Block[] =>
  blocks.map((block, index) => (index < blocks.length - 1 ? block : { ...block, cache_control: { type: 'ephemeral' } }))

/** The output's settings in the profile, such as its effort. */
const outputConfig = ({ output_config }: Readonly<Record<string, unknown>>): object =>
  typeof output_config === 'object' && output_config !== null ? output_config : {}

function blocksOf(step: Step, provider: string): Block[] {
  if (step.role === 'user') {
    const images = (step.images ?? []).map(({ mime, data }) => ({ type: 'image', source: { type: 'base64', media_type: mime, data } }))
    return [...images, { type: 'text', text: step.text }]
  }
  if (step.role === 'results')
    return step.results.map(({ call, text }) => ({ type: 'tool_result', tool_use_id: callId(call.call_id), content: text }))
  const thoughts = step.calls.flatMap((call) => Blocks.catch([]).parse(fieldsFor(call, provider).message?.thinking))
  const uses = step.calls.map((call) => ({
    type: 'tool_use',
    id: callId(call.call_id),
    name: providerName(call.name),
    input: argumentsOf(call),
  }))
  // The provider refuses a text that ends in blanks at the end of an answer.
  return [...thoughts, ...(step.text === '' ? [] : [{ type: 'text', text: step.text.trimEnd() }]), ...uses]
}

const callId = (id: string): string => `toolu_${providerCallId(id)}`

const Blocks = z.array(z.looseObject({ type: z.enum(['thinking', 'redacted_thinking']) })).catch([])

/** Whether each message with calls since the user's last words begins with the model's own thoughts. */
function mayThink(messages: readonly { readonly content: readonly Block[] }[]): boolean {
  const last = messages.findLastIndex(({ content }) => content[0]?.type === 'text' && !content.some(({ type }) => type === 'tool_use'))
  return messages.slice(last + 1).every(({ content }) => {
    const hasCalls = content.some(({ type }) => type === 'tool_use')
    return !hasCalls || /thinking$/.test(content[0]?.type ?? '')
  })
}

/** `thinking` with a budget below the limit of the answer; undefined: there is no room for it. */
function thinkingWithin(thinking: unknown, limit: number): object | undefined {
  const { data } = Thinking.safeParse(thinking)
  if (data === undefined || data.type === 'disabled') return undefined
  if (data.budget_tokens === undefined) return data
  const budget_tokens = Math.min(data.budget_tokens, limit - 1)
  return budget_tokens < minThinkingTokens ? undefined : { ...data, budget_tokens }
}

const Thinking = z.looseObject({ type: z.string(), budget_tokens: z.number().optional() })

const endings: Readonly<Record<string, Ending>> = {
  end_turn: 'complete',
  stop_sequence: 'complete',
  tool_use: 'complete',
  max_tokens: 'limit',
  model_context_window_exceeded: 'limit',
  refusal: 'filter',
}

const MessageUsage = z.looseObject({})

const MessageEvent = z.looseObject({
  type: z.string(),
  index: z.number().optional(),
  message: z.looseObject({ usage: MessageUsage.nullish() }).nullish(),
  content_block: z.looseObject({ type: z.string(), name: z.string().optional() }).optional(),
  delta: z
    .looseObject({
      type: z.string().optional(),
      text: z.string().optional(),
      thinking: z.string().optional(),
      signature: z.string().optional(),
      partial_json: z.string().optional(),
      stop_reason: z.string().nullish(),
    })
    .optional(),
  usage: MessageUsage.nullish(),
  error: z.unknown().optional(),
})
type MessageEvent = z.infer<typeof MessageEvent>

/** The arguments of a call that come whole. A stream opens a call with an empty object. */
const wholeInput = (input: unknown): { readonly arguments?: object } =>
  typeof input === 'object' && input !== null && Object.keys(input).length > 0 ? { arguments: input } : {}

/** Reads the events of a message. Blocks of an unknown type are skipped. */
class MessageReader extends DialectReader {
  /** The thought that is open, with its signature. */
  #thought: { type: 'thinking'; thinking: string; signature: string } | undefined
  #usage: Readonly<Record<string, unknown>> = {}

  constructor(apiKey: string, provider: string) {
    super(new Answer(apiKey, provider, endings))
  }

  *read(json: unknown): Generator<ModelChunk> {
    const { success, data: event, error } = MessageEvent.safeParse(json)
    if (!success) throw notPartOfAnswer(error)
    if (event.type === 'error') throw new ErrorEvent(event)
    if (event.type === 'message_start') this.#addUsage(event.message?.usage)
    else if (event.type === 'content_block_start') yield* this.#open(event)
    else if (event.type === 'content_block_delta') yield* this.#add(event)
    else if (event.type === 'content_block_stop') this.#close()
    else if (event.type === 'message_delta') {
      this.#addUsage(event.usage)
      if (event.delta?.stop_reason) this.answer.finish(event.delta.stop_reason)
    } else if (event.type === 'message_stop') yield* this.answer.usage(this.#usage)
  }

  *#open({ content_block: block, index = 0 }: MessageEvent): Generator<ModelChunk> {
    if (block?.type === 'tool_use') yield* this.answer.call({ index, name: block.name ?? '', ...wholeInput(block.input) })
    else if (block?.type === 'thinking') this.#thought = { type: 'thinking', thinking: '', signature: '' }
    else if (block?.type === 'redacted_thinking') this.answer.addFields({ thinking: [block] })
    else if (block?.type === 'text' && typeof block.text === 'string') yield* this.answer.text(block.text)
  }

  *#add({ delta, index = 0 }: MessageEvent): Generator<ModelChunk> {
    if (delta?.type === 'text_delta') yield* this.answer.text(delta.text ?? '')
    else if (delta?.type === 'input_json_delta') yield* this.answer.call({ index, arguments: delta.partial_json })
    else if (this.#thought) {
      this.#thought.thinking += delta?.thinking ?? ''
      this.#thought.signature += delta?.signature ?? ''
      yield* this.answer.thought(delta?.thinking)
    }
  }

  #close(): void {
    if (this.#thought) this.answer.addFields({ thinking: [this.#thought] })
    this.#thought = undefined
  }

  /** Later reports replace earlier ones, field by field. */
  #addUsage(usage: object | null | undefined): void {
    const known = Object.entries(usage ?? {}).filter(([, tokens]) => typeof tokens === 'number')
    this.#usage = { ...this.#usage, ...Object.fromEntries(known) }
  }
}
