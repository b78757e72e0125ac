/**
 * A model behind any OpenAI-compatible endpoint, read with the `openai` library (6.49). On a fault, the driver
 * acts differently from the library. `test/workers/conversation` checks the library's behaviour in workerd.
 *
 * - Aborted before headers. Library: throws, closes the request. Driver: rethrows the signal's reason.
 * - Aborted during the answer. Library: closes the request, then ends as if finished. Driver: rethrows the signal's reason.
 * - 429, 5xx, no connection. Library: retries twice, ignores the signal. Driver: fails, with the delay for a retry.
 * - Silence, before or after headers. Library: waits 10 minutes, or forever. Driver: the turn's timeouts abort (shared/turn/run.ts).
 * - Body ends without a finish reason. Library: ends as if finished. Driver: fails.
 * - An unknown finish reason. Library: returns it. Driver: fails and names it (answer-reader.ts).
 * - An answer without text and calls. Library: ends as if finished. Driver: fails; the turn retries.
 * - An event without data. Library: throws. Driver: ignores it (event-decoder.ts).
 * - A comment. Library: hides it. Driver: reports that the provider works (event-stream-guard.ts).
 * - JSON instead of a stream. Library: ends, empty, as if finished. Driver: reads it (event-decoder.ts).
 * - A line that is not JSON. Library: throws, and logs the content. Driver: fails; the library's log is off.
 * - JSON that is not a chunk. Library: returns it. Driver: fails.
 * - A line without end. Library: buffers and copies it. Driver: fails at a limit.
 * - A web page with status 200. Library: ends, empty, as if finished. Driver: fails.
 * - Error body. Library: copies it to the message, with keys. Driver: our own message, and a masked excerpt for operators.
 * - Error body without `error`. Library: drops it. Driver: reads any shape (provider-error.ts).
 * - A refused part of the request. Library: throws. Driver: sends the request without it (request-shape.ts).
 * - Negative usage. Library: returns it. Driver: clamps it to 0; the turn estimates such a part.
 * - Open after `[DONE]`. Library: waits for the end of the body. Driver: ends.
 * - Redirect. Library: fetch follows. Driver: fails, to keep the key at its origin.
 */
import OpenAI, { APIConnectionError, APIError } from 'openai'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { textHash } from '../../../shared/lib/text-hash.ts'
import { type Model, type ModelChunk, ModelError, type ModelRequest } from '../../../shared/model/model.ts'
import { AnswerReader, ErrorEvent } from './answer-reader.ts'
import { EventStreamGuard } from './event-stream-guard.ts'
import { type ProviderError, providerError, type Source, toModelError } from './provider-error.ts'
import { providerMessages } from './provider-messages.ts'
import { adapted, type RequestShape, rememberShape, shapeFor } from './request-shape.ts'

/** An endpoint, its model and its key. */
export interface Endpoint {
  /** Up to and including the version, e.g. `http://localhost:11434/v1`. */
  readonly baseURL: string
  readonly model: string
  /** Empty: no `Authorization` header. */
  readonly apiKey: string
  /** Additional fields of the request, e.g. `temperature`. A `max_tokens` goes under the name that the model knows. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Where the operator or admin sets the address and the key, for error messages. Default: the environment. */
  readonly source?: Source
}

const environment: Source = { address: 'SOMA_MODEL_BASE_URL', key: 'SOMA_MODEL_API_KEY' }

/** A failed call: the error for the turn, and the provider's own error, if it reported one. */
interface FailedCall {
  readonly error: Error
  readonly reported: ProviderError | undefined
}

/** The model at `endpoint`. Tries other shapes of the request while the provider refuses a part of it. */
export const openAICompatible = (endpoint: Endpoint): Model => ({
  async *answer(request, signal) {
    const refusedShapes = new Set<string>()
    for (let shape = shapeFor(endpoint.baseURL, endpoint.model); ; ) {
      const guard = new EventStreamGuard()
      let hasOutput = false
      try {
        for await (const chunk of call(endpoint, request, shape, guard, signal)) {
          hasOutput ||= chunk.type === 'call' || (chunk.type === 'text' && chunk.text !== '')
          yield chunk
        }
        rememberShape(endpoint.baseURL, endpoint.model, shape)
        return
      } catch (fault) {
        signal.throwIfAborted()
        const { error, reported } = failure(fault, guard, endpoint)
        refusedShapes.add(JSON.stringify(shape))
        const shapes = reported && !hasOutput ? adapted(shape, requestParts(request, endpoint, shape), reported) : []
        const untried = shapes.find((candidate) => !refusedShapes.has(JSON.stringify(candidate)))
        if (!untried) throw error
        shape = untried
      }
    }
  },
})

/** One request in one shape, with its answer. */
async function* call(
  endpoint: Endpoint,
  request: ModelRequest,
  shape: RequestShape,
  guard: EventStreamGuard,
  signal: AbortSignal,
): AsyncGenerator<ModelChunk> {
  const reader = new AnswerReader(endpoint.apiKey, providerOf(endpoint))
  const stream = await clientFor(endpoint, guard).chat.completions.create(bodyOf(endpoint, request, shape), { signal })
  for await (const event of stream) {
    let isSilent = true
    for (const chunk of reader.read(event)) {
      isSilent = false
      yield chunk
    }
    if (isSilent) yield { type: 'alive' }
    if (reader.endsWithinMs !== undefined) guard.endWithin(reader.endsWithinMs)
  }
  signal.throwIfAborted()
  // After the last piece: an incomplete call must not run.
  const offersTools = shape.tools && request.tools.length > 0
  if (reader.calls > 0 && !offersTools) throw new ModelError('The model requested a tool, but it was offered none.')
  yield* reader.end(guard.isDone)
}

/** The names of providers by address. A name is a hash, which costs as much as the rest of a request. */
const providers = new BoundedMap<string, string>(200)

/** Names the provider in recorded fields, without its address. */
function providerOf({ baseURL }: Endpoint): string {
  const name = providers.get(baseURL) ?? textHash(baseURL).slice(0, 12)
  providers.set(baseURL, name)
  return name
}

const clientFor = (endpoint: Endpoint, guard: EventStreamGuard): OpenAI =>
  new OpenAI({
    baseURL: address(endpoint),
    // The library requires a key. Without one, the header is removed below.
    apiKey: endpoint.apiKey || 'none',
    defaultHeaders: endpoint.apiKey === '' ? { authorization: null } : {},
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: 'off',
    fetch: async (url, init) => guard.watch(await fetch(url, { ...init, redirect: 'manual' })),
  })

function bodyOf(endpoint: Endpoint, request: ModelRequest, shape: RequestShape): OpenAI.ChatCompletionCreateParamsStreaming {
  const { max_tokens: _, max_completion_tokens: __, ...options } = endpoint.options ?? {}
  const limit = limitOf(endpoint, request)
  const tools = request.tools.map(({ name, description, parameters }) => ({
    type: 'function' as const,
    function: { name, description, parameters: { ...parameters } },
  }))
  return {
    ...options,
    ...(limit !== undefined && { [shape.limit]: limit }),
    model: endpoint.model,
    messages: providerMessages(request.messages, { ...shape, provider: providerOf(endpoint) }),
    stream: true,
    ...(shape.tools && tools.length > 0 && { tools }),
    ...(shape.streamOptions && { stream_options: { include_usage: true } }),
  }
}

/** The most tokens of the answer, if this call or its profile limits them. */
function limitOf({ options = {} }: Endpoint, { maxTokens }: ModelRequest): number | undefined {
  const limits = [maxTokens, options.max_tokens, options.max_completion_tokens]
  return limits.find((limit) => typeof limit === 'number')
}

const requestParts = (request: ModelRequest, endpoint: Endpoint, shape: RequestShape) => ({
  hasTools: shape.tools && request.tools.length > 0,
  hasLimit: limitOf(endpoint, request) !== undefined,
  hasCalls: request.messages.some((message) => message.role === 'assistant' && (message.calls ?? []).length > 0),
})

function address({ baseURL, source = environment }: Endpoint): string {
  const url = URL.parse(baseURL)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ModelError(`The address of the model endpoint is not an http address (${source.address}).`)
  if (url.username !== '' || url.password !== '') {
    throw new ModelError(`The address of the model endpoint must not hold a password (${source.address}); use ${source.key}.`)
  }
  return baseURL
}

/** The error for `fault`, as text that this code wrote. */
function failure(fault: unknown, guard: EventStreamGuard, { apiKey, source = environment }: Endpoint): FailedCall {
  const withReport = (reported: ProviderError, headers?: Headers) => ({
    error: toModelError(reported, apiKey, source, headers),
    reported,
  })
  const withoutReport = (error: Error) => ({ error, reported: undefined })
  if (fault instanceof ModelError) return withoutReport(fault)
  if (fault instanceof ErrorEvent) return withReport(providerError(fault.body, undefined))
  if (fault instanceof APIConnectionError)
    return withoutReport(fault.cause instanceof ModelError ? fault.cause : new ModelError('The model endpoint cannot be reached.', {}))
  // An error without a status came in place of a chunk.
  if (fault instanceof APIError && fault.status === undefined) return withReport(providerError(fault.error, undefined))
  if (fault instanceof APIError) return withReport(providerError(guard.refusal, fault.status), fault.headers)
  if (fault instanceof SyntaxError) return withoutReport(new ModelError('The model endpoint sent something that is not JSON.'))
  return withoutReport(new ModelError('The connection to the model endpoint broke.', {}))
}
