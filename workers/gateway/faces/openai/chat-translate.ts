/** Chat completions of OpenAI's API: the request in our terms, and the answer in theirs. Pure. */

import type { Overrides } from '../../../../shared/api/models.ts'
import type { ChatCompletion, ChatCompletionRequest, ChatMessage, ChatUsage } from '../../../../shared/api/openai-chat.ts'
import type { Usage } from '../../../../shared/events/event.ts'
import { ResponseFormat } from '../../../../shared/json-schema/response-format.ts'
import type { ModelImage, ModelMessage } from '../../../../shared/model/model.ts'
import type { Failure, InvalidField } from '../../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../../shared/result.ts'
import { clientTool, repeatedTool } from '../client-tool.ts'
import type { FaceEvent, FaceRequest, Finish } from '../face.ts'

/** The request in our terms. */
export function faceRequest(body: ChatCompletionRequest): Result<FaceRequest, Failure> {
  const unmatched = unmatchedResult(body.messages)
  if (unmatched) return fail({ kind: 'invalid', errors: [unmatched] })
  const format = formatOf(body.response_format)
  if (!format.ok) return format
  const tools =
    body.tool_choice === 'none'
      ? []
      : (body.tools ?? []).map(({ function: { name, description, parameters } }) => clientTool(name, description, parameters))
  const repeated = repeatedTool(tools)
  if (repeated >= 0)
    return fail({ kind: 'invalid', errors: [{ pointer: `/tools/${repeated}/function/name`, detail: 'must name each tool once' }] })
  return ok({
    model: body.model,
    prompt: body.messages.map(messageOf),
    tools,
    format: format.value,
    overrides: overridesOf(body),
    stop: typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []),
    session: body.session_id,
    files: filesOf(body.messages),
  })
}

/** The files of the last message of the user. The log has those of earlier ones. */
function filesOf(messages: readonly ChatMessage[]): readonly string[] {
  const content = messages.findLast(({ role }) => role === 'user')?.content
  return Array.isArray(content) ? content.flatMap((part) => (part.type === 'file' ? [part.file.file_id] : [])) : []
}

const textOf = (content: string | readonly { readonly text: string }[] | null | undefined): string =>
  typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join('')

function messageOf(message: ChatMessage): ModelMessage {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', text: textOf(message.content) }
    case 'user': {
      if (typeof message.content === 'string') return { role: 'user', text: message.content }
      const text = message.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')
      const images = message.content.flatMap((part) => (part.type === 'image_url' ? [imageOf(part.image_url.url)] : []))
      return { role: 'user', text, ...(images.length > 0 && { images }) }
    }
    case 'assistant': {
      const calls = (message.tool_calls ?? []).map(({ id, function: { name, arguments: args } }) => ({
        call_id: id,
        name,
        arguments: args,
      }))
      return { role: 'assistant', text: textOf(message.content), ...(calls.length > 0 && { calls }) }
    }
    case 'tool':
      return { role: 'tool', call_id: message.tool_call_id, text: textOf(message.content) }
  }
}

/** The image of a data URL. */
export function imageOf(url: string): ModelImage {
  const comma = url.indexOf(',')
  return { mime: url.slice('data:'.length, url.indexOf(';')), data: url.slice(comma + 1) }
}

/** A result without its call. Providers refuse such a conversation. */
function unmatchedResult(messages: readonly ChatMessage[]): InvalidField | undefined {
  const open = new Set<string>()
  for (const [index, message] of messages.entries()) {
    if (message.role === 'assistant') for (const { id } of message.tool_calls ?? []) open.add(id)
    if (message.role === 'tool' && !open.delete(message.tool_call_id))
      return { pointer: `/messages/${index}/tool_call_id`, detail: 'must be the id of a call before it, once' }
  }
  return undefined
}

/** The form of the answer. */
function formatOf(value: unknown): Result<ResponseFormat | undefined, Failure> {
  if (value === undefined || value === null) return ok(undefined)
  if (typeof value === 'object' && 'type' in value && value.type === 'text') return ok(undefined)
  const parsed = ResponseFormat.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  const errors = parsed.error.issues.map(({ path, message }) => ({ pointer: `/response_format/${path.join('/')}`, detail: message }))
  return fail({ kind: 'invalid', errors: errors.slice(0, 20) })
}

/** What the request changes in the profile of its model. */
function overridesOf(body: ChatCompletionRequest): Overrides {
  const { temperature, top_p, frequency_penalty, presence_penalty, seed } = body
  const max_tokens = body.max_completion_tokens ?? body.max_tokens
  const kwargs = withoutNulls({ top_p, frequency_penalty, presence_penalty, seed })
  return {
    ...(temperature !== undefined && temperature !== null && { temperature }),
    ...(max_tokens !== undefined && max_tokens !== null && { max_tokens }),
    ...(Object.keys(kwargs).length > 0 && { kwargs }),
  }
}

/** The fields that have a value. */
export const withoutNulls = (fields: Readonly<Record<string, number | null | undefined>>): Record<string, number> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name, value]])))

/** Our usage in OpenAI's shape. */
export const chatUsage = ({ input_tokens, output_tokens, cached_tokens = 0, reasoning_tokens = 0 }: Usage): ChatUsage => ({
  prompt_tokens: input_tokens,
  completion_tokens: output_tokens,
  total_tokens: input_tokens + output_tokens,
  prompt_tokens_details: { cached_tokens },
  completion_tokens_details: { reasoning_tokens },
})

const finishReasons = { stop: 'stop', length: 'length', calls: 'tool_calls', cancelled: 'stop' } as const satisfies Record<Finish, string>

/** The start of an answer. `created`: Unix seconds. */
export interface ChatHead {
  readonly id: string
  readonly created: number
  readonly model: string
  readonly session_id?: string | undefined
}

const noUsage: Usage = { input_tokens: 0, output_tokens: 0, estimated: true }

/** The whole answer, or why there is none. */
export async function chatCompletion(events: AsyncIterable<FaceEvent>, head: ChatHead): Promise<Result<ChatCompletion, Failure>> {
  let { model } = head
  let content = ''
  let reasoning = ''
  let usage = noUsage
  const calls: NonNullable<ChatCompletion['choices'][number]['message']['tool_calls']> = []
  for await (const event of events) {
    if (event.type === 'text') content += event.text
    else if (event.type === 'reasoning') reasoning += event.text
    else if (event.type === 'model') model = event.model
    else if (event.type === 'usage') usage = event.usage
    else if (event.type === 'call')
      calls.push({ id: event.id, type: 'function', function: { name: event.name, arguments: event.arguments } })
    else if (event.type === 'failed') return fail(event.failure)
    else if (event.type === 'end') {
      const message = {
        role: 'assistant' as const,
        content: content === '' && calls.length > 0 ? null : content,
        refusal: null,
        ...(reasoning !== '' && { reasoning_content: reasoning }),
        ...(calls.length > 0 && { tool_calls: calls }),
      }
      const choice = { index: 0, message, finish_reason: finishReasons[event.finish], logprobs: null }
      return ok({ ...head, object: 'chat.completion', model, choices: [choice], usage: chatUsage(usage) })
    }
  }
  return fail({ kind: 'internal' })
}

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`

/** The events as OpenAI's chunks. `errorBody`: the shape of an error, which is the last event. */
export async function* chatChunks(
  events: AsyncIterable<FaceEvent>,
  head: ChatHead,
  includeUsage: boolean,
  errorBody: (failure: Failure) => object,
): AsyncGenerator<string> {
  let { model } = head
  let usage = noUsage
  let calls = 0
  let isOpen = false
  const chunk = (fields: object) => data({ ...head, object: 'chat.completion.chunk', model, ...fields })
  const delta = (delta: object, finish_reason: string | null = null) =>
    chunk({ choices: [{ index: 0, delta, finish_reason, logprobs: null }], ...(includeUsage && { usage: null }) })
  const opened = () => {
    if (isOpen) return ''
    isOpen = true
    return delta({ role: 'assistant', content: '', refusal: null })
  }
  for await (const event of events) {
    if (event.type === 'model') model = event.model
    else if (event.type === 'text') yield opened() + delta({ content: event.text })
    else if (event.type === 'reasoning') yield opened() + delta({ reasoning_content: event.text })
    else if (event.type === 'call') {
      const call = { index: calls, id: event.id, type: 'function', function: { name: event.name, arguments: event.arguments } }
      calls += 1
      yield opened() + delta({ tool_calls: [call] })
    } else if (event.type === 'usage') usage = event.usage
    else if (event.type === 'failed') return yield data(errorBody(event.failure))
    else if (event.type === 'end') {
      yield opened() + delta({}, finishReasons[event.finish])
      if (includeUsage) yield chunk({ choices: [], usage: chatUsage(usage) })
      return yield 'data: [DONE]\n\n'
    } else yield ': alive\n\n'
  }
}
