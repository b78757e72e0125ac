/** Messages of Anthropic's API: the request in our terms, and the answer in theirs. Pure. */
import type {
  AnthropicBlock,
  AnthropicMessage,
  AnthropicUsage,
  Message,
  MessagesRequest,
} from '../../../../shared/api/anthropic-messages.ts'
import type { Usage } from '../../../../shared/events/event.ts'
import type { ModelImage, ModelMessage } from '../../../../shared/model/model.ts'
import type { Failure, InvalidField } from '../../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../../shared/result.ts'
import { clientTool, repeatedTool } from '../client-tool.ts'
import type { FaceEvent, FaceRequest, Finish } from '../face.ts'

/** The request in our terms. */
export function faceRequest(body: MessagesRequest): Result<FaceRequest, Failure> {
  const unmatched = unmatchedResult(body.messages)
  if (unmatched) return fail({ kind: 'invalid', errors: [unmatched] })
  const offered = (body.tools ?? []).map(({ name, description, input_schema }) => clientTool(name, description, input_schema))
  const tools = body.tool_choice?.type === 'none' ? [] : offered
  const repeated = repeatedTool(tools)
  if (repeated >= 0) return fail({ kind: 'invalid', errors: [{ pointer: `/tools/${repeated}/name`, detail: 'must name each tool once' }] })
  const { temperature, top_p, max_tokens } = body
  return ok({
    model: body.model,
    prompt: [...systemOf(body.system), ...body.messages.flatMap(messagesOf)],
    tools,
    overrides: {
      // The protocol demands it. In a session the model profile decides.
      ...(body.session_id === undefined && { max_tokens }),
      ...(temperature !== undefined && { temperature }),
      ...(top_p !== undefined && { kwargs: { top_p } }),
    },
    stop: body.stop_sequences ?? [],
    session: body.session_id,
  })
}

const textOf = (content: string | readonly { readonly text: string }[] = ''): string =>
  typeof content === 'string' ? content : content.map(({ text }) => text).join('')

const systemOf = (system: MessagesRequest['system']): ModelMessage[] =>
  system === undefined ? [] : [{ role: 'system', text: textOf(system) }]

/** One message of theirs may hold several results and a text: several messages of ours. */
function messagesOf(message: AnthropicMessage): ModelMessage[] {
  if (typeof message.content === 'string') return [{ role: message.role, text: message.content }]
  if (message.role === 'assistant') {
    const text = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('')
    const calls = message.content.flatMap((block) =>
      block.type === 'tool_use' ? [{ call_id: block.id, name: block.name, arguments: JSON.stringify(block.input) }] : [],
    )
    return [{ role: 'assistant', text, ...(calls.length > 0 && { calls }) }]
  }
  const results = message.content.flatMap((block): ModelMessage[] =>
    block.type === 'tool_result'
      ? [{ role: 'tool', call_id: block.tool_use_id, text: (block.is_error ? 'Failed: ' : '') + textOf(block.content) }]
      : [],
  )
  const text = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('')
  const images = message.content.flatMap((block): ModelImage[] =>
    block.type === 'image' ? [{ mime: block.source.media_type, data: block.source.data }] : [],
  )
  if (text === '' && images.length === 0) return results
  return [...results, { role: 'user', text, ...(images.length > 0 && { images }) }]
}

/** A result without its call. Providers refuse such a conversation. */
function unmatchedResult(messages: readonly AnthropicMessage[]): InvalidField | undefined {
  const open = new Set<string>()
  for (const [index, { content }] of messages.entries()) {
    if (typeof content === 'string') continue
    for (const [position, block] of content.entries()) {
      if (block.type === 'tool_use') open.add(block.id)
      if (block.type === 'tool_result' && !open.delete(block.tool_use_id))
        return { pointer: `/messages/${index}/content/${position}/tool_use_id`, detail: 'must be the id of a call before it, once' }
    }
  }
  return undefined
}

const usageOf = ({ input_tokens, output_tokens, cached_tokens = 0 }: Usage): AnthropicUsage => ({
  input_tokens: input_tokens - cached_tokens,
  cache_read_input_tokens: cached_tokens,
  cache_creation_input_tokens: 0,
  output_tokens,
})

const stopReasons = { stop: 'end_turn', length: 'max_tokens', calls: 'tool_use', cancelled: 'end_turn' } as const satisfies Record<
  Finish,
  string
>

const noUsage: Usage = { input_tokens: 0, output_tokens: 0, estimated: true }

/** The start of an answer. */
export interface MessageHead {
  readonly id: string
  readonly model: string
  readonly session_id?: string | undefined
}

/** The arguments that a model wrote. Broken JSON is the client's to refuse, so it gets the text. */
function inputOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Below.
  }
  return { arguments: text }
}

/** The whole answer, or why there is none. */
export async function wholeMessage(events: AsyncIterable<FaceEvent>, head: MessageHead): Promise<Result<Message, Failure>> {
  let { model } = head
  let usage = noUsage
  const content: AnthropicBlock[] = []
  const last = () => content.at(-1)
  for await (const event of events) {
    if (event.type === 'text') {
      const block = last()
      if (block?.type === 'text') block.text += event.text
      else content.push({ type: 'text', text: event.text, citations: null })
    } else if (event.type === 'reasoning') {
      const block = last()
      if (block?.type === 'thinking') block.thinking += event.text
      else content.push({ type: 'thinking', thinking: event.text, signature: '' })
    } else if (event.type === 'call') content.push({ type: 'tool_use', id: event.id, name: event.name, input: inputOf(event.arguments) })
    else if (event.type === 'model') model = event.model
    else if (event.type === 'usage') usage = event.usage
    else if (event.type === 'failed') return fail(event.failure)
    else if (event.type === 'end')
      return ok({
        ...head,
        type: 'message',
        role: 'assistant',
        model,
        content,
        stop_reason: event.stop === undefined ? stopReasons[event.finish] : 'stop_sequence',
        stop_sequence: event.stop ?? null,
        usage: usageOf(usage),
      })
  }
  return fail({ kind: 'internal' })
}

const sse = (type: string, fields: object = {}): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

/** The events as those of Anthropic's stream. `errorBody`: the shape of an error, which is the last event. */
export async function* messageEvents(
  events: AsyncIterable<FaceEvent>,
  head: MessageHead,
  errorBody: (failure: Failure) => object,
): AsyncGenerator<string> {
  let { model } = head
  let usage = noUsage
  let index = -1
  let open: 'text' | 'thinking' | null = null
  let isStarted = false
  const started = () => {
    if (isStarted) return ''
    isStarted = true
    const message = { ...head, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null }
    return sse('message_start', { message: { ...message, usage: usageOf(usage) } })
  }
  const closed = () => {
    if (open === null) return ''
    open = null
    return sse('content_block_stop', { index })
  }
  /** Opens a block of this type, unless it is open. */
  const block = (type: 'text' | 'thinking') => {
    if (open === type) return ''
    const before = closed()
    open = type
    index += 1
    const content_block = type === 'text' ? { type, text: '' } : { type, thinking: '', signature: '' }
    return before + sse('content_block_start', { index, content_block })
  }
  for await (const event of events) {
    if (event.type === 'model') model = event.model
    else if (event.type === 'text')
      yield started() + block('text') + sse('content_block_delta', { index, delta: { type: 'text_delta', text: event.text } })
    else if (event.type === 'reasoning')
      yield started() + block('thinking') + sse('content_block_delta', { index, delta: { type: 'thinking_delta', thinking: event.text } })
    else if (event.type === 'call') {
      const before = started() + closed()
      index += 1
      const content_block = { type: 'tool_use', id: event.id, name: event.name, input: {} }
      const delta = { type: 'input_json_delta', partial_json: JSON.stringify(inputOf(event.arguments)) }
      yield before +
        sse('content_block_start', { index, content_block }) +
        sse('content_block_delta', { index, delta }) +
        sse('content_block_stop', { index })
    } else if (event.type === 'usage') usage = event.usage
    else if (event.type === 'failed') return yield `event: error\ndata: ${JSON.stringify(errorBody(event.failure))}\n\n`
    else if (event.type === 'end') {
      const stop_reason = event.stop === undefined ? stopReasons[event.finish] : 'stop_sequence'
      const delta = { stop_reason, stop_sequence: event.stop ?? null }
      return yield started() + closed() + sse('message_delta', { delta, usage: usageOf(usage) }) + sse('message_stop')
    } else yield sse('ping')
  }
}
