/**
 * Ollama's own chat. Source: https://docs.ollama.com/api.
 * - Each line of an answer is one JSON text.
 * - The server cuts a conversation that exceeds its context without an error. So each request names the size of the context.
 * - Options are those of the model, except for the few that stand beside them, such as `keep_alive`.
 */
import { z } from 'zod'
import type { ModelChunk, ModelRequest } from '../../../../shared/model/model.ts'
import { ErrorEvent } from '../answer-reader.ts'
import { answerLimit, type Dialect, optionsOf } from '../dialect.ts'
import type { Endpoint } from '../endpoint.ts'
import { notPartOfAnswer } from '../provider-error.ts'
import { providerName } from '../provider-messages.ts'
import type { RequestShape } from '../request-shape.ts'
import { Answer, type Ending } from './answer.ts'
import { DialectReader } from './dialect-reader.ts'
import { argumentsOf, historyOf, type Step } from './history.ts'

/** The dialect. */
export const ollamaChat: Dialect = {
  format: 'lines',
  headers: () => ({}),
  request: (endpoint, request, shape) => ({ path: '/api/chat', body: bodyOf(endpoint, request, shape) }),
  // The server generates by the schema, with any model. It could then call no tool.
  takesFormat: (_model, hasTools) => !hasTools,
  listPath: '/api/tags',
  reader: (apiKey, provider) => new ChatReader(apiKey, provider),
}

/** The options that stand beside those of the model. */
const besideOptions = new Set(['keep_alive', 'think', 'format', 'truncate', 'shift'])

function bodyOf(endpoint: Endpoint, request: ModelRequest, shape: RequestShape): Record<string, unknown> {
  const { system, steps } = historyOf(request.messages)
  const { options, ...rest } = optionsOf(endpoint, shape)
  const entries = Object.entries(rest)
  const isBeside = ([name]: readonly [string, unknown]) => besideOptions.has(name)
  const limit = answerLimit(endpoint, request)
  const tools = request.tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, description, parameters },
  }))
  return {
    ...Object.fromEntries(entries.filter(isBeside)),
    model: endpoint.model,
    messages: [...system.map((content) => ({ role: 'system', content })), ...steps.flatMap(messagesOf)],
    ...(shape.tools && tools.length > 0 && { tools }),
    ...(request.responseFormat && { format: request.responseFormat.json_schema.schema }),
    stream: true,
    options: {
      ...(endpoint.contextTokens !== undefined && { num_ctx: endpoint.contextTokens }),
      ...(typeof options === 'object' && options),
      ...Object.fromEntries(entries.filter((entry) => !isBeside(entry))),
      ...(limit !== undefined && { num_predict: limit }),
    },
  }
}

function messagesOf(step: Step): object[] {
  if (step.role === 'user') {
    const images = (step.images ?? []).map(({ data }) => data)
    return [{ role: 'user', content: step.text, ...(images.length > 0 && { images }) }]
  }
  if (step.role === 'results')
    return step.results.map(({ call, text }) => ({ role: 'tool', tool_name: providerName(call.name), content: text }))
  const tool_calls = step.calls.map((call) => ({ function: { name: providerName(call.name), arguments: argumentsOf(call) } }))
  return [{ role: 'assistant', content: step.text, ...(tool_calls.length > 0 && { tool_calls }) }]
}

const endings: Readonly<Record<string, Ending>> = { stop: 'complete', length: 'limit' }

const Line = z.looseObject({
  message: z
    .looseObject({
      content: z.string().nullish(),
      thinking: z.string().nullish(),
      tool_calls: z
        .array(z.looseObject({ function: z.looseObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()).nullish() }) }))
        .nullish(),
    })
    .nullish(),
  done: z.boolean().nullish(),
  done_reason: z.string().nullish(),
  error: z.unknown().optional(),
})

/** Reads the lines of an answer. */
class ChatReader extends DialectReader {
  constructor(apiKey: string, provider: string) {
    super(new Answer(apiKey, provider, endings, { tags: true }))
  }

  *read(json: unknown): Generator<ModelChunk> {
    const { success, data: line, error } = Line.safeParse(json)
    if (!success) throw notPartOfAnswer(error)
    if (line.error) throw new ErrorEvent(line.error)
    if (!line.message && !line.done) throw notPartOfAnswer('a line without a message')
    const { content, thinking, tool_calls } = line.message ?? {}
    if (thinking) yield* this.answer.thought(thinking)
    yield* this.answer.text(content ?? '')
    for (const { function: call } of tool_calls ?? [])
      yield* this.answer.call({ index: this.answer.calls, name: call.name, arguments: call.arguments ?? {} })
    if (!line.done) return
    // Older servers name no reason.
    this.answer.finish(line.done_reason || 'stop')
    yield* this.answer.usage(line)
  }
}
