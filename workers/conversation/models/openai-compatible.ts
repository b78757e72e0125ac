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
 * | a line that is not JSON | throws, and logs the content | fails; its log is off |
 * | JSON that is no chunk | hands it over | fails |
 * | a line without end | buffers it, copying all of it for every piece | fails past a bound |
 * | a web page with status 200 | ends, empty, as if finished | fails |
 * | error body | puts it into the message, keys and all | words of our own by status |
 * | negative usage | hands it over | drops it; the attempt estimates |
 * | open after `[DONE]` | waits for the end of the body | ends |
 * | redirect | fetch follows | refused, for the key must not go elsewhere |
 */
import OpenAI, { APIConnectionError, APIError } from 'openai'
import { z } from 'zod'
import { Usage } from '../../../shared/events/event.ts'
import { type Model, type ModelChunk, ModelError, type ModelMessage, type ModelRequest, type Retry } from '../../../shared/model/model.ts'
import { CallPiece, CallPieces } from './call-pieces.ts'
import { EventStreamGuard } from './event-stream-guard.ts'

export interface Endpoint {
  /** Up to and including the version, e.g. `http://localhost:11434/v1`. */
  readonly baseURL: string
  readonly model: string
  /** Empty: no `Authorization` header is sent. */
  readonly apiKey: string
  /** Further fields of the request, e.g. `temperature`. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Where whoever runs this set the address and the key, for words that help; by default the environment. */
  readonly setIn?: { readonly address: string; readonly key: string }
}

const environment = { address: 'SOMA_MODEL_BASE_URL', key: 'SOMA_MODEL_API_KEY' }

/** How long a finished answer waits for its usage. */
const usageWithinMs = 2_000

/** What we read of a chunk. Everything may be missing; what is there must have the right shape. */
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

export const openAICompatible = (endpoint: Endpoint): Model => ({
  async *answer(request, signal) {
    const guard = new EventStreamGuard()
    const calls = new CallPieces()
    let finish: string | undefined
    try {
      const stream = await ask(endpoint, request, guard, signal)
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
          guard.endWithin(usageWithinMs)
        }
        yield* usageOf(chunk.data.usage)
      }
    } catch (error) {
      signal.throwIfAborted()
      throw inWords(error, endpoint.setIn ?? environment)
    }
    signal.throwIfAborted()
    judge(finish, guard.done)
    // Only whole: half a call is none.
    if (calls.whole.length > 0 && request.tools.length === 0) throw new ModelError('The model asked for a tool, but it was offered none.')
    if (calls.whole.length === 0 && finish === 'tool_calls') throw new ModelError('The model asked for a tool, but named none.')
    for (const call of calls.whole) yield { type: 'call', ...call }
  },
})

function* usageOf(reported: unknown): Generator<ModelChunk> {
  const usage = ProviderUsage.safeParse(reported)
  if (usage.success) yield { type: 'usage', usage: usage.data }
}

/** Whether the model said that it was done. Only a reason that we know to mean the opposite is one. */
function judge(finish: string | undefined, done: boolean): void {
  if (finish === undefined && !done)
    throw new ModelError('The answer broke off: the model endpoint closed the connection before it was finished.', {})
  if (finish === 'length') throw new ModelError("The answer reached the model's length limit and was cut off.")
  if (finish === 'content_filter') throw new ModelError("The model provider's content filter stopped the answer.")
}

async function ask(endpoint: Endpoint, request: ModelRequest, guard: EventStreamGuard, signal: AbortSignal) {
  const client = new OpenAI({
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
    // Older servers refuse what they do not know, and small models have no use for tools.
    const refused = error instanceof APIError && (error.status === 400 || error.status === 422) ? error.message : ''
    const without = { options: refused.includes('stream_options'), tools: tools.length > 0 && /\btools?\b/.test(refused) }
    if (!without.options && !without.tools) throw error
    const { tools: _, ...plain } = body
    const again = without.tools ? plain : body
    return await client.chat.completions.create(without.options ? again : { ...again, stream_options: { include_usage: true } }, { signal })
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

function address({ baseURL, setIn = environment }: Endpoint): string {
  const url = URL.parse(baseURL)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ModelError(`The address of the model endpoint is not an http address (${setIn.address}).`)
  if (url.username !== '' || url.password !== '') {
    throw new ModelError(`The address of the model endpoint must not hold a password (${setIn.address}); use ${setIn.key}.`)
  }
  return baseURL
}

/** What may be said at most, if this call is limited. */
const limitOf = ({ maxTokens }: ModelRequest) => (maxTokens === undefined ? {} : { max_tokens: maxTokens })

/** `error` in words of our own: what a provider writes may repeat the key, the prompt or an inner address. */
function inWords(error: unknown, setIn: typeof environment): Error {
  if (error instanceof ModelError) return error
  if (error instanceof APIConnectionError) {
    return error.cause instanceof ModelError ? error.cause : new ModelError('The model endpoint cannot be reached.', {})
  }
  if (error instanceof APIError) return error.status === undefined ? midAnswer(error, setIn) : refusal(error.status, error, setIn)
  if (error instanceof SyntaxError) return new ModelError('The model endpoint sent something that is not JSON.')
  return new ModelError('The connection to the model endpoint broke.', {})
}

/** An error object in the place of a chunk. Some gateways put an HTTP status into its `code`. */
function midAnswer(error: APIError, setIn: typeof environment): ModelError {
  const code = Number(error.code)
  if (code >= 400 && code < 600) return refusal(code, error, setIn)
  return new ModelError('The model endpoint reported an error instead of going on.', {})
}

function refusal(status: number, error: APIError, setIn: typeof environment): ModelError {
  if (status === 401 || status === 403)
    return new ModelError(`The model provider refused our key (${status}). The operator must check ${setIn.key}.`)
  if (status === 404) return new ModelError('The model provider does not know this model or this address (404).')
  if (status === 402 || error.code === 'insufficient_quota')
    return new ModelError(`Our account with the model provider is used up (${status}).`)
  if (status === 413 || error.code === 'context_length_exceeded')
    return new ModelError('The conversation has become too long for this model.')
  if (status === 429) return new ModelError('The model provider is asked too much at the moment (429).', retryAfter(error.headers))
  if (status === 408 || status === 409 || status >= 500)
    return new ModelError(`The model provider has a problem at the moment (${status}).`, retryAfter(error.headers))
  if (status < 400) return new ModelError(`The model endpoint sends us elsewhere (${status}). Its address may be wrong (${setIn.address}).`)
  return new ModelError(`The model provider did not accept the request (${status}).`)
}

/** `Retry-After` (RFC 9110 §10.2.3): seconds or a date; also the `retry-after-ms` that some send. */
function retryAfter(headers: Headers | undefined): Retry {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '')
  if (ms >= 0) return { afterMs: ms }
  const said = headers?.get('retry-after') ?? ''
  const afterMs = /^\s*\d+(\.\d+)?\s*$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now()
  return Number.isNaN(afterMs) ? {} : { afterMs: Math.max(0, afterMs) }
}
