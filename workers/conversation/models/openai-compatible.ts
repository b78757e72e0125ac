/**
 * A model behind any OpenAI-compatible endpoint, read with the `openai` library. What that library (6.49) does when things go
 * wrong was tried in workerd (test/workers/conversation); where a turn needs something else, it is said here:
 *
 * | fault | the library | this driver |
 * | --- | --- | --- |
 * | aborted before headers | throws, closes the request | rethrows the signal's reason |
 * | aborted in mid-answer | closes the request, then ends as if finished | rethrows the signal's reason |
 * | 429, 5xx, no connection | retries twice, its pauses deaf to the signal | no retry here; says that one may help and when |
 * | silence, before or after headers | waits 10 minutes, or for ever | the attempt's own limits abort (shared/turn/run.ts) |
 * | body ends without a finish | ends as if finished | fails |
 * | an unknown finish reason | hands it over | fails and names it (answer-reader.ts) |
 * | an answer without text and calls | ends as if finished | fails; the attempt retries |
 * | an event without data | throws | passed over (event-decoder.ts) |
 * | a comment | hidden | a sign of life (event-stream-guard.ts) |
 * | JSON although a stream was asked for | ends, empty, as if finished | taken (event-decoder.ts) |
 * | a line that is not JSON | throws, and logs the content | fails; its log is off |
 * | JSON that is no chunk | hands it over | fails |
 * | a line without end | buffers it, copying all of it for every piece | fails past a bound |
 * | a web page with status 200 | ends, empty, as if finished | fails |
 * | error body | puts it into the message, keys and all | words of our own by status; a masked excerpt for the operator |
 * | error body without `error` | drops it | read whatever its shape (provider-error.ts) |
 * | a refused part of the request | throws | asks again without it (request-shape.ts) |
 * | negative usage | hands it over | drops it; the attempt estimates |
 * | open after `[DONE]` | waits for the end of the body | ends |
 * | redirect | fetch follows | refused, for the key must not go elsewhere |
 */
import OpenAI, { APIConnectionError, APIError } from 'openai'
import { textHash } from '../../../shared/lib/text-hash.ts'
import { logEvent } from '../../../shared/log.ts'
import { type Model, type ModelChunk, ModelError, type ModelRequest } from '../../../shared/model/model.ts'
import { excerpt } from '../../../shared/secrets/redact.ts'
import { AnswerReader, ErrorEvent } from './answer-reader.ts'
import { EventStreamGuard } from './event-stream-guard.ts'
import { inOurWords, type ProviderError, providerError, type SetIn } from './provider-error.ts'
import { providerMessages } from './provider-messages.ts'
import { adapted, type RequestShape, rememberShape, shapeFor } from './request-shape.ts'

export interface Endpoint {
  /** Up to and including the version, e.g. `http://localhost:11434/v1`. */
  readonly baseURL: string
  readonly model: string
  /** Empty: no `Authorization` header is sent. */
  readonly apiKey: string
  /** Further fields of the request, e.g. `temperature`. A `max_tokens` goes under the name that the model knows. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Where the operator set the address and the key, for words that help; by default the environment. */
  readonly setIn?: SetIn
}

const environment: SetIn = { address: 'SOMA_MODEL_BASE_URL', key: 'SOMA_MODEL_API_KEY' }

/** A failed call: the error for the turn, and what the provider said about it, if anything. */
interface Failure {
  readonly error: Error
  readonly said: ProviderError | undefined
}

export const openAICompatible = (endpoint: Endpoint): Model => ({
  async *answer(request, signal) {
    const refused = new Set<string>()
    for (let shape = shapeFor(endpoint.baseURL, endpoint.model); ; ) {
      const guard = new EventStreamGuard()
      let spoken = false
      try {
        for await (const chunk of call(endpoint, request, shape, guard, signal)) {
          spoken ||= chunk.type === 'call' || (chunk.type === 'text' && chunk.text !== '')
          yield chunk
        }
        rememberShape(endpoint.baseURL, endpoint.model, shape)
        return
      } catch (thrown) {
        signal.throwIfAborted()
        const { error, said } = failure(thrown, guard, endpoint)
        refused.add(JSON.stringify(shape))
        const next = said && !spoken ? adapted(shape, sentIn(request, endpoint, shape), said) : []
        const untried = next.find((one) => !refused.has(JSON.stringify(one)))
        if (!untried) {
          logFailure(endpoint, error, said)
          throw error
        }
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
  // Only whole: half a call is none.
  const offersTools = shape.tools && request.tools.length > 0
  if (reader.calls > 0 && !offersTools) throw new ModelError('The model asked for a tool, but it was offered none.')
  yield* reader.end(guard.done)
}

/** Names the provider in recorded fields, without its address. */
const providerOf = ({ baseURL }: Endpoint): string => textHash(baseURL).slice(0, 12)

const clientFor = (endpoint: Endpoint, guard: EventStreamGuard): OpenAI =>
  new OpenAI({
    baseURL: address(endpoint),
    // The library wants a key; without one of ours, the header is taken away again.
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

const sentIn = (request: ModelRequest, endpoint: Endpoint, shape: RequestShape) => ({
  tools: shape.tools && request.tools.length > 0,
  limit: limitOf(endpoint, request) !== undefined,
  calls: request.messages.some((message) => message.role === 'assistant' && (message.calls ?? []).length > 0),
})

function address({ baseURL, setIn = environment }: Endpoint): string {
  const url = URL.parse(baseURL)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ModelError(`The address of the model endpoint is not an http address (${setIn.address}).`)
  if (url.username !== '' || url.password !== '') {
    throw new ModelError(`The address of the model endpoint must not hold a password (${setIn.address}); use ${setIn.key}.`)
  }
  return baseURL
}

/** `thrown` in words of our own. */
function failure(thrown: unknown, guard: EventStreamGuard, { apiKey, setIn = environment }: Endpoint): Failure {
  const reported = (said: ProviderError, headers?: Headers) => ({ error: inOurWords(said, apiKey, setIn, headers), said })
  const ours = (error: Error) => ({ error, said: undefined })
  if (thrown instanceof ModelError) return ours(thrown)
  if (thrown instanceof ErrorEvent) return reported(providerError(thrown.body, undefined))
  if (thrown instanceof APIConnectionError)
    return ours(thrown.cause instanceof ModelError ? thrown.cause : new ModelError('The model endpoint cannot be reached.', {}))
  // Without a status it stood in the place of a chunk.
  if (thrown instanceof APIError && thrown.status === undefined) return reported(providerError(thrown.error, undefined))
  if (thrown instanceof APIError) return reported(providerError(guard.refusal, thrown.status), thrown.headers)
  if (thrown instanceof SyntaxError) return ours(new ModelError('The model endpoint sent something that is not JSON.'))
  return ours(new ModelError('The connection to the model endpoint broke.', {}))
}

/** What a failed call leaves for the operator. The provider's words are masked and cut. */
function logFailure({ model, apiKey }: Endpoint, error: Error, said: ProviderError | undefined): void {
  logEvent('model_call.failed', {
    model: excerpt(model, apiKey, 100),
    status: said?.status,
    code: said && excerpt(said.code, apiKey, 60),
    said: error instanceof ModelError ? error.detail : undefined,
    reason: excerpt(error.message, apiKey),
  })
}
