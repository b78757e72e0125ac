/** A request of OpenAI's Responses API in our terms. Pure. */
import type { InputItem, ResponseRequest } from '../../../../shared/api/openai-responses.ts'
import { ResponseFormat } from '../../../../shared/json-schema/response-format.ts'
import type { ModelImage, ModelMessage } from '../../../../shared/model/model.ts'
import type { Failure } from '../../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../../shared/result.ts'
import { clientTool, repeatedTool } from '../client-tool.ts'
import { type FaceRequest, ownSetting } from '../face.ts'
import { imageOf, withoutNulls } from './chat-translate.ts'

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })

/** The request in our terms, without its session. */
export function faceRequest(body: ResponseRequest): Result<FaceRequest, Failure> {
  const items = typeof body.input === 'string' ? [] : body.input
  const unmatched = unmatchedResult(items)
  if (unmatched >= 0) return invalid(`/input/${unmatched}/call_id`, 'must be the id of a call before it, once')
  const tools = (body.tools ?? []).map(({ name, description, parameters }) => clientTool(name, description, parameters))
  const repeated = repeatedTool(tools)
  if (repeated >= 0) return invalid(`/tools/${repeated}/name`, 'must name each tool once')
  const format = formatOf(body)
  if (!format.ok) return format
  const { temperature, max_output_tokens: max_tokens, top_p } = body
  const kwargs = withoutNulls({ top_p })
  return ok({
    model: body.model,
    prompt: [
      ...(body.instructions ? [{ role: 'system' as const, text: body.instructions }] : []),
      ...(typeof body.input === 'string' ? [{ role: 'user' as const, text: body.input }] : messagesOf(items)),
    ],
    tools: body.tool_choice === 'none' ? [] : tools,
    format: format.value,
    overrides: { ...withoutNulls({ temperature, max_tokens }), ...(Object.keys(kwargs).length > 0 && { kwargs }) },
  })
}

/** Whether the request can be a turn of a session: one text of the user, and nothing that a session decides itself. */
export function canBeTurn(request: FaceRequest): boolean {
  const { prompt, tools } = request
  if (ownSetting(request) !== undefined) return false
  const [only, ...others] = prompt
  return others.length === 0 && only?.role === 'user' && !only.images?.length && tools.length === 0 && only.text.trim() !== ''
}

type TextPart = { readonly text: string }

const textOf = (content: string | readonly (TextPart | object)[]): string =>
  typeof content === 'string' ? content : content.map((part) => ('text' in part ? part.text : '')).join('')

/** Calls follow the text of the assistant that requested them, in one message. */
function messagesOf(items: readonly InputItem[]): ModelMessage[] {
  const messages: ModelMessage[] = []
  for (const item of items) {
    if (item.type === 'reasoning') continue
    if (item.type === 'function_call') {
      const { call_id, name, arguments: args } = item
      const call = { call_id, name, arguments: args }
      const last = messages.at(-1)
      if (last?.role === 'assistant') messages[messages.length - 1] = { ...last, calls: [...(last.calls ?? []), call] }
      else messages.push({ role: 'assistant', text: '', calls: [call] })
    } else if (item.type === 'function_call_output') messages.push({ role: 'tool', call_id: item.call_id, text: textOf(item.output) })
    else if (item.role === 'assistant') messages.push({ role: 'assistant', text: textOf(item.content) })
    else {
      const role = item.role === 'user' ? 'user' : 'system'
      const images = typeof item.content === 'string' ? [] : item.content.flatMap(imagesIn)
      messages.push({ role, text: textOf(item.content), ...(role === 'user' && images.length > 0 && { images }) })
    }
  }
  return messages
}

const imagesIn = (part: TextPart | { readonly image_url: string }): ModelImage[] => ('image_url' in part ? [imageOf(part.image_url)] : [])

/** The position of the first result without its call; -1: there is none. */
function unmatchedResult(items: readonly InputItem[]): number {
  const open = new Set<string>()
  return items.findIndex((item) => {
    if (item.type === 'function_call') open.add(item.call_id)
    return item.type === 'function_call_output' && !open.delete(item.call_id)
  })
}

function formatOf({ text }: ResponseRequest): Result<ResponseFormat | undefined, Failure> {
  const format = text?.format
  if (!format || format.type === 'text') return ok(undefined)
  const { type, name, schema, description, strict } = format
  const json_schema = { name, schema, ...(description && { description }), ...(strict !== null && strict !== undefined && { strict }) }
  const parsed = ResponseFormat.safeParse({ type, json_schema })
  if (parsed.success) return ok(parsed.data)
  const errors = parsed.error.issues.map(({ path, message }) => ({
    pointer: `/text/format/${path.filter((part) => part !== 'json_schema').join('/')}`,
    detail: message,
  }))
  return fail({ kind: 'invalid', errors: errors.slice(0, 20) })
}
