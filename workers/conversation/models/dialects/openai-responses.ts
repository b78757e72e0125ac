/**
 * OpenAI's Responses. Source: https://platform.openai.com/docs/api-reference/responses.
 * - The provider stores nothing: each request holds the whole history. Reasoning goes back encrypted, with the calls that it led to.
 * - Calls and reasoning are read from their last event, where they are whole.
 */
import { z } from 'zod'
import type { ModelChunk, ModelRequest } from '../../../../shared/model/model.ts'
import { ErrorEvent } from '../answer-reader.ts'
import { answerLimit, type Dialect, followsSchemas, optionsOf } from '../dialect.ts'
import type { Endpoint } from '../endpoint.ts'
import { notPartOfAnswer } from '../provider-error.ts'
import { fieldsFor } from '../provider-fields.ts'
import { imageUrl, providerCallId, providerName } from '../provider-messages.ts'
import { isReasoningModel, type RequestShape } from '../request-shape.ts'
import { Answer, type Ending } from './answer.ts'
import { DialectReader } from './dialect-reader.ts'
import { argumentsOf, historyOf, type Step } from './history.ts'

/** The least limit of an answer that the provider accepts, in tokens. */
const minOutputTokens = 16

/** The dialect. */
export const openAIResponses: Dialect = {
  format: 'events',
  headers: () => ({}),
  request: (endpoint, request, shape, provider) => ({ path: '/responses', body: bodyOf(endpoint, request, shape, provider) }),
  takesFormat: followsSchemas,
  listPath: '/models',
  reader: (apiKey, provider) => new ResponseReader(apiKey, provider),
}

function bodyOf(endpoint: Endpoint, request: ModelRequest, shape: RequestShape, provider: string): Record<string, unknown> {
  const { system, steps } = historyOf(request.messages)
  const limit = answerLimit(endpoint, request)
  const tools = request.tools.map(({ name, description, parameters }) => ({
    type: 'function',
    name,
    description,
    parameters,
    strict: false,
  }))
  return {
    ...optionsOf(endpoint, shape),
    model: endpoint.model,
    ...(system.length > 0 && { instructions: system.join('\n\n') }),
    input: steps.flatMap((step) => itemsOf(step, shape.keepFields ? provider : '')),
    ...(limit !== undefined && { max_output_tokens: Math.max(limit, minOutputTokens) }),
    ...(shape.tools && tools.length > 0 && { tools }),
    ...(request.responseFormat && { text: { format: { type: 'json_schema', ...request.responseFormat.json_schema } } }),
    ...(shape.keepFields && isReasoningModel(endpoint.model) && { include: ['reasoning.encrypted_content'] }),
    store: false,
    stream: true,
  }
}

function itemsOf(step: Step, provider: string): object[] {
  if (step.role === 'user') {
    if (!step.images) return [{ role: 'user', content: step.text }]
    const images = step.images.map((image) => ({ type: 'input_image', detail: 'auto', image_url: imageUrl(image) }))
    return [{ role: 'user', content: [{ type: 'input_text', text: step.text }, ...images] }]
  }
  if (step.role === 'results')
    return step.results.map(({ call, text }) => ({ type: 'function_call_output', call_id: callId(call.call_id), output: text }))
  const reasoning = step.calls.flatMap((call) => ReasoningItems.parse(fieldsFor(call, provider).message?.reasoning))
  const calls = step.calls.map((call) => ({
    type: 'function_call',
    call_id: callId(call.call_id),
    name: providerName(call.name),
    arguments: JSON.stringify(argumentsOf(call)),
  }))
  return [...reasoning, ...(step.text === '' ? [] : [{ role: 'assistant', content: step.text }]), ...calls]
}

const callId = (id: string): string => `call_${providerCallId(id)}`

/** Reasoning that the provider accepts back. Without its encrypted content it is only a reference to what is not stored. */
const ReasoningItem = z.object({
  type: z.literal('reasoning'),
  id: z.string(),
  summary: z.array(z.looseObject({ type: z.string() })),
  encrypted_content: z.string().min(1),
})
const ReasoningItems = z.array(ReasoningItem).catch([])

const endings: Readonly<Record<string, Ending>> = {
  completed: 'complete',
  max_output_tokens: 'limit',
  content_filter: 'filter',
}

const Item = z.looseObject({
  type: z.string(),
  name: z.string().nullish(),
  arguments: z.string().nullish(),
  content: z.array(z.looseObject({ type: z.string(), text: z.string().nullish(), refusal: z.string().nullish() })).nullish(),
})
const ResponseEvent = z.looseObject({
  type: z.string().nullish(),
  delta: z.unknown().optional(),
  item: Item.nullish(),
  response: z
    .looseObject({
      status: z.string().nullish(),
      incomplete_details: z.looseObject({ reason: z.string().nullish() }).nullish(),
      error: z.unknown().optional(),
      usage: z.unknown().optional(),
    })
    .nullish(),
})
type ResponseEvent = z.infer<typeof ResponseEvent>

const endEvents = new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled'])

/** Reads the events of a response. Items of an unknown type are skipped. */
class ResponseReader extends DialectReader {
  constructor(apiKey: string, provider: string) {
    super(new Answer(apiKey, provider, endings))
  }

  *read(json: unknown): Generator<ModelChunk> {
    const { success, data: event, error } = ResponseEvent.safeParse(json)
    if (!success) throw notPartOfAnswer(error)
    const delta = typeof event.delta === 'string' ? event.delta : ''
    const type = event.type ?? ''
    if (type === '') throw notPartOfAnswer('an event without a type')
    if (type === 'error') throw new ErrorEvent(event)
    if (type === 'response.output_text.delta') yield* this.answer.text(delta)
    else if (type === 'response.refusal.delta') this.answer.refuse(delta)
    else if (/^response\.reasoning.*\.delta$/.test(type)) yield* this.answer.thought(delta)
    else if (type === 'response.output_item.done' && event.item) yield* this.#item(event.item)
    else if (endEvents.has(type)) yield* this.#finish(event)
  }

  *#item(item: z.infer<typeof Item>): Generator<ModelChunk> {
    const reasoning = ReasoningItem.safeParse(item)
    if (reasoning.success) this.answer.addFields({ reasoning: [reasoning.data] })
    else if (item.type === 'function_call')
      yield* this.answer.call({ index: this.answer.calls, name: item.name ?? '', arguments: item.arguments ?? '' })
  }

  *#finish({ type, response }: ResponseEvent): Generator<ModelChunk> {
    if (type === 'response.failed') throw new ErrorEvent(response?.error ?? { message: 'The response failed.' })
    this.answer.finish(response?.incomplete_details?.reason ?? response?.status ?? 'incomplete')
    yield* this.answer.usage(response?.usage)
  }
}
