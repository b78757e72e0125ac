/** The fake services, as a driver of each provider reaches them. */
import { inject } from 'vitest'
import type { ResponseFormat } from '../../../../../shared/json-schema/response-format.ts'
import type { Model, ModelChunk, ModelMessage } from '../../../../../shared/model/model.ts'
import type { RemoteProvider } from '../../../../../shared/model/providers.ts'
import type { ToolSpec } from '../../../../../shared/tool/tool.ts'
import { dialectModel } from '../../../../../workers/conversation/models/dialect-model.ts'
import { dialects } from '../../../../../workers/conversation/models/dialects/dialects.ts'
import type { Endpoint } from '../../../../../workers/conversation/models/endpoint.ts'
import type { SeenServiceRequest } from '../../../../support/services/seen.ts'
import type {} from '../../provided.ts'

const origin = inject('servicesUrl')
export const apiKey = 'sk-canary-0123456789'

/** What a test has to know about a service. */
export interface ServiceFacts {
  /** After the origin and the provider's name. */
  readonly path: string
  /** The parts of the usage that it counts; 0: it does not. */
  readonly counts?: { readonly cached?: number; readonly reasoning?: number }
  /** A model that follows schemas, and the field of the request with the schema. Absent: the service takes none. */
  readonly schemas?: { readonly model: string; readonly field: string }
  /** Its words for endings: a complete answer, a length limit, a content filter if it has one, and one that is not complete. */
  readonly ends: { readonly complete: string; readonly limit: string; readonly filter?: string; readonly other: string }
}

export const facts: Readonly<Record<RemoteProvider, ServiceFacts>> = {
  'openai-compatible': {
    path: '/v1',
    schemas: { model: 'gpt-4o', field: 'response_format.json_schema.schema' },
    ends: { complete: 'stop', limit: 'length', filter: 'content_filter', other: 'insufficient_system_resource' },
  },
  anthropic: {
    path: '/v1',
    counts: { reasoning: 0 },
    schemas: { model: 'claude-sonnet-4-5', field: 'output_config.format.schema' },
    ends: { complete: 'stop_sequence', limit: 'max_tokens', filter: 'refusal', other: 'pause_turn' },
  },
  google: {
    path: '/v1beta',
    schemas: { model: 'gemini-2.5-flash', field: 'generationConfig.responseJsonSchema' },
    ends: { complete: 'STOP', limit: 'MAX_TOKENS', filter: 'SAFETY', other: 'MALFORMED_FUNCTION_CALL' },
  },
  'openai-responses': {
    path: '/v1',
    schemas: { model: 'gpt-4o', field: 'text.format.schema' },
    ends: { complete: 'completed', limit: 'max_output_tokens', filter: 'content_filter', other: 'cancelled' },
  },
  ollama: {
    path: '',
    schemas: { model: 'anything', field: 'format' },
    counts: { cached: 0, reasoning: 0 },
    ends: { complete: 'stop', limit: 'length', other: 'unload' },
  },
  'workers-ai': {
    counts: { cached: 0, reasoning: 0 },
    path: `/client/v4/accounts/${'0a1b'.repeat(8)}/ai`,
    ends: { complete: 'stop', limit: 'length', filter: 'content_filter', other: 'unknown' },
  },
}

export const addressOf = (provider: RemoteProvider): string => `${origin}/${provider}${facts[provider].path}`

/** The driver of `provider`. Each has a model of its own, because an endpoint's shape is remembered. */
export const modelOf = (provider: RemoteProvider, endpoint: Partial<Endpoint> = {}): Model =>
  dialectModel(dialects[provider], { baseURL: addressOf(provider), model: modelName(provider), apiKey, ...endpoint })

export const modelName = (provider: RemoteProvider): string =>
  `${provider === 'workers-ai' ? '@cf/meta/' : ''}m-${crypto.randomUUID().slice(0, 8)}`

/** A message that is found again in the requests of the services. */
export const message = (directive: string): string => `Question ${crypto.randomUUID()} [[do ${directive}]]`

/** The requests with `text` in their body. */
export async function seenWith(text: string): Promise<readonly SeenServiceRequest[]> {
  const response = await fetch(`${origin}/seen?${new URLSearchParams({ text })}`)
  return await response.json()
}

export interface Outcome {
  readonly text: string
  readonly chunks: readonly ModelChunk[]
  readonly error: unknown
}

interface AnswerOptions {
  readonly signal?: AbortSignal
  readonly maxTokens?: number
  readonly responseFormat?: ResponseFormat
}

/** The whole answer to `messages`, or the error. */
export async function answerOf(
  model: Model,
  messages: readonly ModelMessage[] | string,
  tools: readonly ToolSpec[] = [],
  { signal = new AbortController().signal, maxTokens = 500, responseFormat }: AnswerOptions = {},
): Promise<Outcome> {
  const chunks: ModelChunk[] = []
  let error: unknown
  const asked = typeof messages === 'string' ? [{ role: 'user' as const, text: messages }] : messages
  try {
    for await (const chunk of model.answer({ messages: asked, tools, metadata: {}, at: 0, maxTokens, responseFormat }, signal))
      chunks.push(chunk)
  } catch (thrown) {
    error = thrown
  }
  return { text: chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join(''), chunks, error }
}
