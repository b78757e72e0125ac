/** A model behind any endpoint of OpenAI's chat completions: the requests. `answer-reader.ts` reads the answers. */
import type OpenAI from 'openai'
import type { ResponseFormat } from '../../../shared/json-schema/response-format.ts'
import type { Model, ModelRequest } from '../../../shared/model/model.ts'
import { AnswerReader } from './answer-reader.ts'
import { answerLimit, type Dialect, followsSchemas, optionsOf } from './dialect.ts'
import { dialectModel } from './dialect-model.ts'
import type { Endpoint } from './endpoint.ts'
import { providerMessages } from './provider-messages.ts'
import type { RequestShape } from './request-shape.ts'

/** OpenAI's chat completions, as many providers speak them. */
export const openAIChat: Dialect = {
  format: 'events',
  headers: () => ({}),
  request: (endpoint, request, shape, provider) => ({
    path: '/chat/completions',
    body: { ...bodyOf(endpoint, request, shape, provider) },
  }),
  takesFormat: followsSchemas,
  listPath: '/models',
  reader: (apiKey, provider) => new AnswerReader(apiKey, provider),
}

/** The model at `endpoint`. */
export const openAICompatible = (endpoint: Endpoint): Model => dialectModel(openAIChat, endpoint)

function bodyOf(
  endpoint: Endpoint,
  request: ModelRequest,
  shape: RequestShape,
  provider: string,
): OpenAI.ChatCompletionCreateParamsStreaming {
  const limit = answerLimit(endpoint, request)
  const tools = request.tools.map(({ name, description, parameters }) => ({
    type: 'function' as const,
    function: { name, description, parameters: { ...parameters } },
  }))
  return {
    ...optionsOf(endpoint, shape),
    ...(limit !== undefined && { [shape.limit]: limit }),
    model: endpoint.model,
    messages: providerMessages(request.messages, { ...shape, provider }),
    stream: true,
    ...(shape.tools && tools.length > 0 && { tools }),
    ...(request.responseFormat && { response_format: openAIFormat(request.responseFormat) }),
    ...(shape.streamOptions && { stream_options: { include_usage: true } }),
  }
}

/** The form of the answer, as the package types it. */
const openAIFormat = ({ type, json_schema }: ResponseFormat): OpenAI.ResponseFormatJSONSchema => ({
  type,
  json_schema: { ...json_schema, schema: { ...json_schema.schema } },
})
