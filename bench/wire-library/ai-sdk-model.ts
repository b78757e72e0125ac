/**
 * A model behind an AI SDK provider package, with the guard, checks and request shapes of our driver. For the comparison only.
 * The packages are installed in this folder, so the types that are used are declared here.
 */
import { type Model, type ModelChunk, ModelError, type ModelRequest } from '../../shared/model/model.ts'
import { ThinkingFilter } from '../../shared/model/thinking.ts'
import { excerpt, KeyRedactor, redact } from '../../shared/secrets/redact.ts'
import { ErrorEvent } from '../../workers/conversation/models/answer-reader.ts'
import type { Endpoint } from '../../workers/conversation/models/endpoint.ts'
import { aliveEvent, EventStreamGuard } from '../../workers/conversation/models/event-stream-guard.ts'
import { type ProviderError, providerError, toModelError } from '../../workers/conversation/models/provider-error.ts'
import { ProviderFields } from '../../workers/conversation/models/provider-fields.ts'
import { providerMessages } from '../../workers/conversation/models/provider-messages.ts'
import { adapted, firstShape, type RequestShape } from '../../workers/conversation/models/request-shape.ts'

/** A part of the stream of an AI SDK model. */
interface Part {
  readonly type: string
  readonly delta?: string
  readonly toolName?: string
  readonly input?: string
  readonly error?: unknown
  readonly rawValue?: {
    readonly choices?: readonly { readonly finish_reason?: unknown; readonly delta?: { readonly content?: unknown } }[]
  }
  readonly providerMetadata?: Readonly<Record<string, { readonly thoughtSignature?: string }>>
  readonly finishReason?: { readonly unified: string; readonly raw?: string | undefined }
  readonly usage?: { readonly inputTokens: { readonly total?: number }; readonly outputTokens: { readonly total?: number } }
}

/** A model of the AI SDK (specification v3). */
export interface AiSdkModel {
  doStream(options: object): Promise<{ readonly stream: ReadableStream<Part> }>
}

/** The options of an AI SDK provider. */
export interface AiSdkOptions {
  readonly baseURL: string
  readonly apiKey: string
  readonly name: string
  readonly includeUsage: boolean
  readonly fetch: typeof fetch
}

/** Creates a model of one provider. */
export type CreateModel = (options: AiSdkOptions, model: string) => AiSdkModel

const source = { address: 'the address', key: 'the key' }
const completeReasons = new Set(['stop', 'STOP', 'tool_calls', 'function_call', 'eos', 'end_turn'])
const limitReasons = new Set(['length', 'model_length', 'max_tokens', 'max_output_tokens'])

/** The model at `endpoint`, called through an AI SDK provider. */
export const aiSdkModel = (create: CreateModel, endpoint: Endpoint): Model => ({
  async *answer(request, signal) {
    const refusedShapes = new Set<string>()
    for (let shape = firstShape(endpoint.model); ; ) {
      const guard = new EventStreamGuard()
      let hasOutput = false
      try {
        for await (const chunk of call(create, endpoint, request, shape, guard, signal)) {
          hasOutput ||= chunk.type === 'call' || (chunk.type === 'text' && chunk.text !== '')
          yield chunk
        }
        return
      } catch (thrown) {
        signal.throwIfAborted()
        const { error, reported } = failure(thrown, guard, endpoint.apiKey)
        refusedShapes.add(JSON.stringify(shape))
        const hasCalls = request.messages.some((message) => message.role === 'assistant' && (message.calls ?? []).length > 0)
        const sent = {
          hasTools: shape.tools && request.tools.length > 0,
          hasLimit: request.maxTokens !== undefined,
          hasTemperature: false,
          hasFormat: false,
          hasCalls,
        }
        const next =
          reported && !hasOutput
            ? adapted(shape, sent, reported).find((candidate) => !refusedShapes.has(JSON.stringify(candidate)))
            : undefined
        if (!next) throw error
        shape = next
      }
    }
  },
})

async function* call(
  create: CreateModel,
  { baseURL, apiKey, model }: Endpoint,
  request: ModelRequest,
  shape: RequestShape,
  guard: EventStreamGuard,
  signal: AbortSignal,
): AsyncGenerator<ModelChunk> {
  let onAlive = () => {}
  const guarded: typeof fetch = async (url, init) => {
    const response = await guard.watch(await fetch(url, { ...init, redirect: 'manual' }))
    return response.ok && response.body
      ? new Response(
          withoutKeepAlive(response.body, () => onAlive()),
          response,
        )
      : response
  }
  const wire = create({ baseURL, apiKey, name: 'wire', includeUsage: shape.streamOptions, fetch: guarded }, model)
  const tools = request.tools.map(({ name, description, parameters }) => ({
    type: 'function' as const,
    name,
    description,
    inputSchema: parameters,
  }))
  const { stream } = await wire.doStream({
    prompt: promptOf(request, shape),
    ...(request.maxTokens !== undefined && { maxOutputTokens: request.maxTokens }),
    ...(shape.tools && tools.length > 0 && { tools }),
    includeRawChunks: true,
    abortSignal: signal,
  })
  const thinking = new ThinkingFilter()
  const redactor = new KeyRedactor(apiKey)
  const fields = new ProviderFields('wire')
  const calls: Part[] = []
  let hasText = false
  let finish: Part | undefined
  let error: unknown
  const reader = stream.getReader()
  try {
    for (;;) {
      const next = reader.read()
      let part: Awaited<typeof next> | 'alive' = 'alive'
      while (part === 'alive') {
        const alive = new Promise<'alive'>((resolve) => {
          onAlive = () => resolve('alive')
        })
        part = await Promise.race([next, alive])
        if (part === 'alive') yield { type: 'alive' }
      }
      if (part.done) break
      const { value } = part
      if (value.type === 'text-delta') {
        const text = redactor.add(thinking.add(value.delta ?? ''))
        hasText ||= text.trim() !== ''
        yield { type: 'text', text }
      } else if (value.type === 'reasoning-delta') {
        fields.add({ reasoning_content: value.delta } as never)
        yield { type: 'text', text: '' }
      } else if (value.type === 'tool-call') calls.push(value)
      else if (value.type === 'error') error ??= value.error
      else if (value.type === 'finish') finish = value
      else if (value.type === 'raw') {
        const choice = value.rawValue?.choices?.[0]
        if (choice?.finish_reason) guard.endWithin(choice.delta?.content ? 10_000 : 2_000)
        yield { type: 'alive' }
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
  signal.throwIfAborted()
  const rest = redactor.add(thinking.flush()) + redactor.flush()
  hasText ||= rest.trim() !== ''
  if (rest !== '') yield { type: 'text', text: rest }
  const input = finish?.usage?.inputTokens.total
  const output = finish?.usage?.outputTokens.total
  if (input !== undefined && output !== undefined) yield { type: 'usage', usage: { input_tokens: input, output_tokens: output } }
  const raw = finish?.finishReason?.raw
  // A provider may send `[DONE]` without a finish reason, which the packages report as an error.
  const isEndless = guard.isDone && /without a finish reason/.test(String(error))
  if (error !== undefined && !isEndless) throw streamError(error)
  if (raw === undefined && !guard.isDone) throw new ModelError('The answer broke off.', {})
  if (raw !== undefined && limitReasons.has(raw) && hasText && calls.length === 0) return yield { type: 'cut' }
  if (raw === 'length') throw new ModelError("The answer reached the model's length limit and was cut off.")
  if (raw === 'content_filter') throw new ModelError("The model provider's content filter stopped the answer.")
  if (raw !== undefined && !completeReasons.has(raw))
    throw new ModelError(`The model provider ended the answer with \`${excerpt(raw, apiKey, 60)}\`, so it is not complete.`)
  if (calls.length > 0 && !(shape.tools && tools.length > 0)) throw new ModelError('The model requested a tool, but it was offered none.')
  if (calls.some(({ toolName }) => !toolName) || (calls.length === 0 && raw === 'tool_calls'))
    throw new ModelError('The model requested a tool, but named none.', {})
  if (calls.length === 0 && !hasText) throw new ModelError('The model returned an empty answer.', {})
  for (const [index, { toolName = '', input = '', providerMetadata }] of calls.entries()) {
    const signature = Object.values(providerMetadata ?? {}).find((metadata) => metadata.thoughtSignature)?.thoughtSignature
    const extra = signature === undefined ? {} : { extra_content: { google: { thought_signature: signature } } }
    const recorded = fields.of(extra as never, index === 0)
    yield {
      type: 'call',
      name: redact(toolName, apiKey),
      arguments: redact(input, apiKey),
      ...(recorded && { provider_fields: redact(recorded, apiKey) }),
    }
  }
}

/** The recorded history as the AI SDK's prompt, by the same rules as ours. */
function promptOf(request: ModelRequest, shape: RequestShape): unknown[] {
  const names = new Map<string, string>()
  return providerMessages(request.messages, { ...shape, provider: 'wire' }).map((message) => {
    const { role, content = null } = message as { role: string; content: unknown }
    if (role === 'system') return { role, content }
    if (role === 'user') return { role, content: [{ type: 'text', text: content }] }
    if (role === 'tool') {
      const { tool_call_id: toolCallId } = message as { tool_call_id: string }
      const toolName = names.get(toolCallId) ?? ''
      return { role, content: [{ type: 'tool-result', toolCallId, toolName, output: { type: 'text', value: content } }] }
    }
    const { tool_calls = [], reasoning_content } = message as unknown as {
      tool_calls?: {
        id: string
        function: { name: string; arguments: string }
        extra_content?: { google?: { thought_signature?: string } }
      }[]
      reasoning_content?: string
    }
    const calls = tool_calls.map(({ id, function: { name, arguments: args }, extra_content }) => {
      names.set(id, name)
      const thoughtSignature = extra_content?.google?.thought_signature
      const options = thoughtSignature ? { providerOptions: { wire: { thoughtSignature }, google: { thoughtSignature } } } : {}
      return { type: 'tool-call', toolCallId: id, toolName: name, input: JSON.parse(args), ...options }
    })
    // The packages drop empty reasoning.
    const reasoning = reasoning_content === undefined ? [] : [{ type: 'reasoning', text: reasoning_content || ' ' }]
    return { role, content: [...reasoning, ...(content ? [{ type: 'text', text: content }] : []), ...calls] }
  })
}

/** The guard's events without its keep-alive signals, which the packages would reject. */
function withoutKeepAlive(body: ReadableStream<Uint8Array>, onAlive: () => void): ReadableStream<Uint8Array> {
  const signal = new TextEncoder().encode(`data: ${JSON.stringify({ object: aliveEvent })}\n\n`)
  return body.pipeThrough(
    new TransformStream({
      transform(bytes, controller) {
        if (bytes.length === signal.length && bytes.every((byte, index) => byte === signal[index])) onAlive()
        else controller.enqueue(bytes)
      },
    }),
  )
}

function streamError(error: unknown): Error {
  if (error instanceof ModelError) return error
  const value = error instanceof Error && 'value' in error ? error.value : error
  if (typeof value === 'object' && value !== null && !(value instanceof Error)) {
    const { error: inner, object, type } = value as { error?: unknown; object?: unknown; type?: unknown }
    if (inner || object === 'error' || type === 'error' || !(error instanceof Error)) return new ErrorEvent(inner ?? value)
  }
  if (typeof value === 'string' && !(error instanceof Error)) return new ErrorEvent(value)
  return new ModelError('The model endpoint sent something that is not part of an answer.')
}

function failure(thrown: unknown, guard: EventStreamGuard, key: string): { error: Error; reported?: ProviderError } {
  if (thrown instanceof ModelError) return { error: thrown }
  if (thrown instanceof ErrorEvent) {
    const reported = providerError(thrown.body, undefined)
    return { error: toModelError(reported, key, source), reported }
  }
  const { statusCode, responseHeaders, cause } = thrown as {
    statusCode?: number
    responseHeaders?: Record<string, string>
    cause?: unknown
  }
  if (cause instanceof ModelError) return { error: cause }
  if (statusCode !== undefined && statusCode >= 300) {
    const reported = providerError(guard.refusal, statusCode)
    return { error: toModelError(reported, key, source, new Headers(responseHeaders ?? {})), reported }
  }
  return { error: new ModelError('The model endpoint cannot be reached.', {}) }
}
