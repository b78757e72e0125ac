/**
 * Workers AI over REST. Source: https://developers.cloudflare.com/workers-ai/.
 * Older models answer in a format of their own, which names no reason for the ending; newer ones in that of OpenAI's chat completions.
 */
import { z } from 'zod'
import type { ModelChunk, ModelRequest } from '../../../../shared/model/model.ts'
import { AnswerReader, ErrorEvent } from '../answer-reader.ts'
import { answerLimit, type Dialect, type EventReader, modelPath, optionsOf } from '../dialect.ts'
import type { Endpoint } from '../endpoint.ts'
import { notPartOfAnswer } from '../provider-error.ts'
import { imageUrl, providerCallId, providerName } from '../provider-messages.ts'
import type { RequestShape } from '../request-shape.ts'
import { Answer } from './answer.ts'
import { argumentsOf, historyOf, type Step } from './history.ts'

/** The dialect. */
export const workersAI: Dialect = {
  format: 'events',
  headers: () => ({}),
  request: (endpoint, request, shape) => ({ path: `/run/${modelPath(endpoint.model)}`, body: bodyOf(endpoint, request, shape) }),
  // Its JSON mode does not stream.
  takesFormat: () => false,
  listPath: '/models/search?task=Text%20Generation&per_page=100',
  reader: (apiKey, provider) => new RunReader(apiKey, provider),
}

function bodyOf(endpoint: Endpoint, request: ModelRequest, shape: RequestShape): Record<string, unknown> {
  const { system, steps } = historyOf(request.messages)
  const limit = answerLimit(endpoint, request)
  const tools = request.tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, description, parameters },
  }))
  return {
    ...optionsOf(endpoint, shape),
    messages: [...system.map((content) => ({ role: 'system', content })), ...steps.flatMap(messagesOf)],
    ...(limit !== undefined && { max_tokens: limit }),
    ...(shape.tools && tools.length > 0 && { tools }),
    stream: true,
  }
}

function messagesOf(step: Step): object[] {
  if (step.role === 'user') {
    if (!step.images) return [{ role: 'user', content: step.text }]
    const images = step.images.map((image) => ({ type: 'image_url', image_url: { url: imageUrl(image) } }))
    return [{ role: 'user', content: [{ type: 'text', text: step.text }, ...images] }]
  }
  if (step.role === 'results')
    return step.results.map(({ call, text }) => ({ role: 'tool', tool_call_id: providerCallId(call.call_id), content: text }))
  const tool_calls = step.calls.map((call) => ({
    id: providerCallId(call.call_id),
    type: 'function',
    function: { name: providerName(call.name), arguments: JSON.stringify(argumentsOf(call)) },
  }))
  return [{ role: 'assistant', content: step.text, ...(tool_calls.length > 0 && { tool_calls }) }]
}

const RunEvent = z.looseObject({
  response: z.union([z.string(), z.number()]).nullish(),
  tool_calls: z
    .array(z.looseObject({ name: z.string(), arguments: z.union([z.record(z.string(), z.unknown()), z.string()]).nullish() }))
    .nullish(),
  usage: z.unknown().optional(),
  errors: z.array(z.unknown()).nullish(),
})

/** An answer that is not a stream is wrapped. */
const Wrapped = z.looseObject({ result: z.looseObject({}), success: z.literal(true) })

/** Reads the events of an answer in either format. */
class RunReader implements EventReader {
  readonly #answer: Answer
  readonly #chat: AnswerReader
  #isChat = false

  constructor(apiKey: string, provider: string) {
    this.#answer = new Answer(apiKey, provider, { stop: 'complete' }, { tags: true })
    this.#chat = new AnswerReader(apiKey, provider)
  }

  get calls(): number {
    return this.#isChat ? this.#chat.calls : this.#answer.calls
  }

  get endsWithinMs(): number | undefined {
    return this.#isChat ? this.#chat.endsWithinMs : undefined
  }

  *read(json: unknown): Generator<ModelChunk> {
    const event = Wrapped.safeParse(json).data?.result ?? json
    this.#isChat ||= typeof event === 'object' && event !== null && 'choices' in event
    if (this.#isChat) return yield* this.#chat.read(event)
    const { success, data, error } = RunEvent.safeParse(event)
    if (!success) throw notPartOfAnswer(error)
    if (data.errors && data.errors.length > 0) throw new ErrorEvent(data.errors)
    if (!('response' in data || 'tool_calls' in data || 'usage' in data)) throw notPartOfAnswer('an event without a response')
    // The format writes a text that is a number as one.
    yield* this.#answer.text(String(data.response ?? ''))
    for (const { name, arguments: args } of data.tool_calls ?? [])
      yield* this.#answer.call({ index: this.#answer.calls, name, arguments: args ?? {} })
    yield* this.#answer.usage(data.usage)
  }

  *end(isDone: boolean): Generator<ModelChunk> {
    if (this.#isChat) return yield* this.#chat.end(isDone)
    if (isDone) this.#answer.finish('stop')
    yield* this.#answer.end()
  }
}
