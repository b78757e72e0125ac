/**
 * A model behind an endpoint of any dialect, read with the `openai` library (6.49). On a fault, the driver acts differently from the
 * library. `test/workers/conversation` checks the library's behaviour in workerd.
 *
 * - Aborted before headers. Library: throws, closes the request. Driver: rethrows the signal's reason.
 * - Aborted during the answer. Library: closes the request, then ends as if finished. Driver: rethrows the signal's reason.
 * - 429, 5xx, no connection. Library: retries twice, ignores the signal. Driver: fails, with the delay for a retry.
 * - Silence, before or after headers. Library: waits 10 minutes, or forever. Driver: the turn's timeouts abort (shared/turn/run.ts).
 * - Body ends without a finish reason. Library: ends as if finished. Driver: fails.
 * - An unknown finish reason. Library: returns it. Driver: fails and names it (answer-reader.ts, dialects/answer.ts).
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
import type { Stream } from 'openai/streaming'
import { formatRequest } from '../../../shared/json-schema/response-format.ts'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { textHash } from '../../../shared/lib/text-hash.ts'
import { type Model, type ModelChunk, ModelError, type ModelRequest } from '../../../shared/model/model.ts'
import { ErrorEvent } from './answer-reader.ts'
import { answerLimit, type Dialect } from './dialect.ts'
import { checkedAddress, type Endpoint, sourceOf } from './endpoint.ts'
import { EventStreamGuard, isAliveEvent } from './event-stream-guard.ts'
import { type ProviderError, providerError, toModelError } from './provider-error.ts'
import { adapted, type RequestShape, rememberShape, shapeFor } from './request-shape.ts'

/** A failed call: the error for the turn, and the provider's own error, if it reported one. */
interface FailedCall {
  readonly error: Error
  readonly reported: ProviderError | undefined
}

/** The model at `endpoint`. Tries other shapes of the request while the provider refuses a part of it. */
export const dialectModel = (dialect: Dialect, endpoint: Endpoint): Model => ({
  async *answer(request, signal) {
    const refusedShapes = new Set<string>()
    for (let shape = shapeFor(endpoint.baseURL, endpoint.model); ; ) {
      const guard = new EventStreamGuard(dialect.format)
      let hasOutput = false
      try {
        for await (const chunk of call(dialect, endpoint, request, shape, guard, signal)) {
          hasOutput ||= chunk.type === 'call' || ((chunk.type === 'text' || chunk.type === 'reasoning') && chunk.text !== '')
          yield chunk
        }
        rememberShape(endpoint.baseURL, endpoint.model, shape)
        return
      } catch (fault) {
        signal.throwIfAborted()
        const { error, reported } = failure(fault, guard, endpoint)
        refusedShapes.add(JSON.stringify(shape))
        const shapes = reported && !hasOutput ? adapted(shape, requestParts(dialect, request, endpoint, shape), reported) : []
        const untried = shapes.find((candidate) => !refusedShapes.has(JSON.stringify(candidate)))
        if (!untried) throw error
        shape = untried
      }
    }
  },
})

/** One request in one shape, with its answer. */
async function* call(
  dialect: Dialect,
  endpoint: Endpoint,
  request: ModelRequest,
  shape: RequestShape,
  guard: EventStreamGuard,
  signal: AbortSignal,
): AsyncGenerator<ModelChunk> {
  const provider = providerOf(endpoint)
  const reader = dialect.reader(endpoint.apiKey, provider)
  const { path, body } = dialect.request(
    endpoint,
    sendsFormat(dialect, endpoint, request, shape) ? request : spelledOut(request),
    shape,
    provider,
  )
  const stream = await clientFor(dialect, endpoint, guard).post<Stream<unknown>>(path, { body, stream: true, signal })
  for await (const event of stream) {
    let isSilent = true
    for (const chunk of isAliveEvent(event) ? [] : reader.read(event)) {
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

const clientFor = (dialect: Dialect, endpoint: Endpoint, guard: EventStreamGuard): OpenAI =>
  new OpenAI({
    baseURL: checkedAddress(endpoint),
    // The library requires a key. Without one, the header is removed below.
    apiKey: endpoint.apiKey || 'none',
    defaultHeaders: endpoint.apiKey === '' ? { authorization: null } : dialect.headers(endpoint.apiKey),
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: 'off',
    fetch: async (url, init) => guard.watch(await fetch(url, { ...init, redirect: 'manual' })),
  })

const requestParts = (dialect: Dialect, request: ModelRequest, endpoint: Endpoint, shape: RequestShape) => ({
  hasTools: shape.tools && request.tools.length > 0,
  hasLimit: answerLimit(endpoint, request) !== undefined,
  hasTemperature: shape.temperature && endpoint.options?.temperature !== undefined,
  hasFormat: sendsFormat(dialect, endpoint, request, shape),
  hasCalls: request.messages.some((message) => message.role === 'assistant' && (message.calls ?? []).length > 0),
})

/** Whether the request has a schema of the answer as a field. */
const sendsFormat = (dialect: Dialect, { model }: Endpoint, { responseFormat, tools }: ModelRequest, shape: RequestShape): boolean =>
  responseFormat !== undefined && shape.format && dialect.takesFormat(model, shape.tools && tools.length > 0)

/** The request with its schema at the end of the user's last message, instead of in a field. */
function spelledOut({ responseFormat, ...request }: ModelRequest): ModelRequest {
  if (!responseFormat) return request
  const last = request.messages.findLastIndex(({ role }) => role === 'user')
  const asked = formatRequest(responseFormat)
  const messages = request.messages.map((message, index) =>
    index === last ? { ...message, text: `${message.text}\n\n${asked}` } : message,
  )
  return { ...request, messages }
}

/** The error for `fault`, as text that this code wrote. */
function failure(fault: unknown, guard: EventStreamGuard, endpoint: Endpoint): FailedCall {
  const withReport = (reported: ProviderError, headers?: Headers) => ({
    error: toModelError(reported, endpoint.apiKey, sourceOf(endpoint), headers),
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
