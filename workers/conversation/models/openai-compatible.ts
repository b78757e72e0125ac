/**
 * A model behind any OpenAI-compatible endpoint, read with the `openai` library (6.49). On a fault, the driver
 * acts differently from the library. `test/workers/conversation` checks the library's behaviour in workerd.
 *
 * - Aborted before headers. Library: throws, closes the request. Driver: rethrows the signal's reason.
 * - Aborted during the answer. Library: closes the request, then ends as if finished. Driver: rethrows the signal's reason.
 * - 429, 5xx, no connection. Library: retries twice, ignores the signal. Driver: fails, with the delay for a retry.
 * - Silence, before or after headers. Library: waits 10 minutes, or for ever. Driver: the turn's timeouts abort (shared/turn/run.ts).
 * - Body ends without a finish reason. Library: ends as if finished. Driver: fails.
 * - A line that is not JSON. Library: throws, and logs the content. Driver: fails; the library's log is off.
 * - JSON that is not a chunk. Library: returns it. Driver: fails.
 * - A line without end. Library: buffers and copies it. Driver: fails at a limit.
 * - A web page with status 200. Library: ends, empty, as if finished. Driver: fails.
 * - Error body. Library: copies it to the message, with keys. Driver: our own message per status.
 * - Negative usage. Library: returns it. Driver: drops it; the turn estimates.
 * - Open after `[DONE]`. Library: waits for the end of the body. Driver: ends.
 * - Redirect. Library: fetch follows. Driver: fails, to keep the key at its origin.
 */
import OpenAI, { APIConnectionError, APIError } from 'openai'
import { z } from 'zod'
import { Usage } from '../../../shared/events/event.ts'
import { type Model, type ModelChunk, ModelError, type ModelMessage, type ModelRequest, type Retry } from '../../../shared/model/model.ts'
import { CallPiece, CallPieces } from './call-pieces.ts'
import { EventStreamGuard } from './event-stream-guard.ts'

/** An endpoint, its model and its key. */
export interface Endpoint {
  /** Up to and including the version, e.g. `http://localhost:11434/v1`. */
  readonly baseURL: string
  readonly model: string
  /** Empty: no `Authorization` header. */
  readonly apiKey: string
  /** Additional fields of the request, e.g. `temperature`. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Where the operator or admin sets the address and the key, for error messages. Default: the environment. */
  readonly source?: { readonly address: string; readonly key: string }
}

const environment = { address: 'SOMA_MODEL_BASE_URL', key: 'SOMA_MODEL_API_KEY' }

/** How long a complete answer waits for its usage report. Milliseconds. */
const usageTimeoutMs = 2_000

/** The fields of a chunk that we read. All are optional. */
const Chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
            tool_calls: z.array(CallPiece).nullish(),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: z.unknown().optional(),
})

const ProviderUsage = z
  .object({ prompt_tokens: z.number(), completion_tokens: z.number() })
  .transform((counted) => ({ input_tokens: counted.prompt_tokens, output_tokens: counted.completion_tokens }))
  .pipe(Usage)

/** The model of `endpoint`. It throws `ModelError`, with `retry` if a retry may help. */
export const openAICompatible = (endpoint: Endpoint): Model => ({
  async *answer(request, signal) {
    const guard = new EventStreamGuard()
    const calls = new CallPieces()
    let finish: string | undefined
    try {
      const stream = await openStream(endpoint, request, guard, signal)
      for await (const raw of stream) {
        const chunk = Chunk.safeParse(raw)
        if (!chunk.success) throw new ModelError('The model endpoint sent something that is not part of an answer.')
        const choice = chunk.data.choices?.[0]
        const text = choice?.delta?.content
        if (text) yield { type: 'text', text }
        else if (choice?.delta?.reasoning_content || choice?.delta?.reasoning) yield { type: 'text', text: '' }
        if (choice?.delta?.tool_calls) {
          calls.add(choice.delta.tool_calls)
          yield { type: 'text', text: '' }
        }
        if (choice?.finish_reason) {
          finish = choice.finish_reason
          guard.endWithin(usageTimeoutMs)
        }
        yield* usageOf(chunk.data.usage)
      }
    } catch (error) {
      signal.throwIfAborted()
      throw toModelError(error, endpoint.source ?? environment)
    }
    signal.throwIfAborted()
    assertFinished(finish, guard.done)
    // After the last piece: an incomplete call must not run.
    if (calls.whole.length > 0 && request.tools.length === 0) throw new ModelError('The model requested a tool, but it was offered none.')
    if (calls.whole.length === 0 && finish === 'tool_calls') throw new ModelError('The model requested a tool, but named none.')
    for (const call of calls.whole) yield { type: 'call', ...call }
  },
})

function* usageOf(reported: unknown): Generator<ModelChunk> {
  const usage = ProviderUsage.safeParse(reported)
  if (usage.success) yield { type: 'usage', usage: usage.data }
}

/** Throws if the answer is incomplete. Unknown finish reasons count as complete. */
function assertFinished(finish: string | undefined, done: boolean): void {
  if (finish === undefined && !done)
    throw new ModelError('The answer broke off: the model endpoint closed the connection before it was finished.', {})
  if (finish === 'length') throw new ModelError("The answer reached the model's length limit and was cut off.")
  if (finish === 'content_filter') throw new ModelError("The model provider's content filter stopped the answer.")
}

async function openStream(endpoint: Endpoint, request: ModelRequest, guard: EventStreamGuard, signal: AbortSignal) {
  const client = new OpenAI({
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
  const tools = request.tools.map(({ name, description, parameters }) => ({
    type: 'function' as const,
    function: { name, description, parameters: { ...parameters } },
  }))
  const messages = request.messages.map(providerMessage)
  const body = {
    ...endpoint.options,
    ...limitOf(request),
    model: endpoint.model,
    messages,
    stream: true,
    ...(tools.length > 0 && { tools }),
  } as const
  try {
    return await client.chat.completions.create({ ...body, stream_options: { include_usage: true } }, { signal })
  } catch (error) {
    // Older servers refuse unknown fields, and small models refuse tools.
    const refused = error instanceof APIError && (error.status === 400 || error.status === 422) ? error.message : ''
    const without = { options: refused.includes('stream_options'), tools: tools.length > 0 && /\btools?\b/.test(refused) }
    if (!without.options && !without.tools) throw error
    const { tools: _, ...plain } = body
    const reduced = without.tools ? plain : body
    return await client.chat.completions.create(without.options ? reduced : { ...reduced, stream_options: { include_usage: true } }, {
      signal,
    })
  }
}

function providerMessage(message: ModelMessage): OpenAI.ChatCompletionMessageParam {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.call_id, content: message.text }
  if (message.role !== 'assistant') return { role: message.role, content: message.text }
  const calls = (message.calls ?? []).map(({ call_id, name, arguments: args }) => ({
    id: call_id,
    type: 'function' as const,
    function: { name, arguments: args },
  }))
  return { role: 'assistant', content: message.text, ...(calls.length > 0 && { tool_calls: calls }) }
}

function address({ baseURL, source = environment }: Endpoint): string {
  const url = URL.parse(baseURL)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ModelError(`The address of the model endpoint is not an http address (${source.address}).`)
  if (url.username !== '' || url.password !== '') {
    throw new ModelError(`The address of the model endpoint must not hold a password (${source.address}); use ${source.key}.`)
  }
  return baseURL
}

/** The output limit of this call, if it has one. */
const limitOf = ({ maxTokens }: ModelRequest) => (maxTokens === undefined ? {} : { max_tokens: maxTokens })

/** An error with our own message. A provider's text may contain the key, the prompt or an internal address. */
function toModelError(error: unknown, source: typeof environment): Error {
  if (error instanceof ModelError) return error
  if (error instanceof APIConnectionError) {
    return error.cause instanceof ModelError ? error.cause : new ModelError('The model endpoint cannot be reached.', {})
  }
  if (error instanceof APIError) return error.status === undefined ? streamError(error, source) : statusError(error.status, error, source)
  if (error instanceof SyntaxError) return new ModelError('The model endpoint sent something that is not JSON.')
  return new ModelError('The connection to the model endpoint broke.', {})
}

/** An error object instead of a chunk. Some gateways put an HTTP status into its `code`. */
function streamError(error: APIError, source: typeof environment): ModelError {
  const code = Number(error.code)
  if (code >= 400 && code < 600) return statusError(code, error, source)
  return new ModelError('The model endpoint reported an error during the answer.', {})
}

function statusError(status: number, error: APIError, source: typeof environment): ModelError {
  if (status === 401 || status === 403)
    return new ModelError(`The model provider refused our key (${status}). The operator must check ${source.key}.`)
  if (status === 404) return new ModelError('The model provider does not know this model or this address (404).')
  if (status === 402 || error.code === 'insufficient_quota')
    return new ModelError(`The account with the model provider has no quota left (${status}).`)
  if (status === 413 || error.code === 'context_length_exceeded')
    return new ModelError('The conversation has become too long for this model.')
  if (status === 429) return new ModelError('The model provider limits the request rate (429).', retryAfter(error.headers))
  if (status === 408 || status === 409 || status >= 500)
    return new ModelError(`The model provider has a problem at the moment (${status}).`, retryAfter(error.headers))
  if (status < 400) return new ModelError(`The model endpoint redirects (${status}). Its address may be wrong (${source.address}).`)
  return new ModelError(`The model provider did not accept the request (${status}).`)
}

/** Reads `Retry-After` (RFC 9110 §10.2.3), in seconds or as a date, or the non-standard `retry-after-ms`. */
function retryAfter(headers: Headers | undefined): Retry {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '')
  if (ms >= 0) return { afterMs: ms }
  const value = headers?.get('retry-after') ?? ''
  const afterMs = /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(afterMs) ? {} : { afterMs: Math.max(0, afterMs) }
}
