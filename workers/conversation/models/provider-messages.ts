/**
 * Writes a recorded history so that any OpenAI-compatible provider accepts it. Pure. The record does not change. The rules:
 * - Arguments are a JSON object, and `{}` if the model wrote something else.
 * - Ids are nine letters and digits (Mistral), derived from ours. Names are letters, digits, `_` and `-`.
 * - No text is empty. Messages of one role that follow each other are merged.
 * - The first message after the system's is a user's. An answer separates a tool's result and a user's message.
 * - The provider's own fields go back to the provider that sent them.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import type OpenAI from 'openai'
import type { ModelCall, ModelImage, ModelMessage } from '../../../shared/model/model.ts'
import { fieldsFor } from './provider-fields.ts'

/** How a provider wants the extra fields of calls. */
export interface FieldRules {
  /** Names the provider that gets its recorded fields back. */
  readonly provider: string
  /** Whether recorded fields go back at all. */
  readonly keepFields: boolean
  /** Whether each message with calls must have `reasoning_content` (DeepSeek). */
  readonly fillReasoning: boolean
  /** Whether each call must have a thought signature (Gemini). */
  readonly fillSignature: boolean
}

type Message = OpenAI.ChatCompletionMessageParam & { readonly content?: unknown }

/** What stands for a text that is missing. */
export const emptyMessage = '(empty message)'
export const emptyResult = '(no output)'
export const noAnswer = '(The answer was not finished.)'

/** Google documents this value for a history that another model wrote. */
const anySignature = { google: { thought_signature: 'skip_thought_signature_validator' } }

/** The messages of `history` as the provider accepts them. */
export function providerMessages(history: readonly ModelMessage[], rules: FieldRules): Message[] {
  const firstUser = history.findIndex(({ role }) => role === 'user')
  const messages: Message[] = []
  for (const [index, message] of history.entries()) {
    if (index < firstUser && message.role !== 'system') continue
    const last = messages.at(-1)
    if (isBlank(message) || (last && appendText(last, message))) continue
    if (message.role === 'user' && last?.role === 'tool') messages.push({ role: 'assistant', content: noAnswer })
    messages.push(toMessage(message, rules))
  }
  return messages
}

/** Whether `message` is an answer without text and calls. Providers refuse it. */
const isBlank = (message: ModelMessage): boolean =>
  message.role === 'assistant' && message.text.trim() === '' && (message.calls ?? []).length === 0

/** Appends `message` to `last`, if both are of one role and neither has calls. */
function appendText(last: Message, message: ModelMessage): boolean {
  if (message.role === 'tool' || message.role !== last.role) return false
  if (last.role === 'user' && message.role === 'user') return appendParts(last, message.text, message.images)
  if (last.role !== 'assistant' || typeof last.content !== 'string') return false
  if ('tool_calls' in last || (message.role === 'assistant' && (message.calls ?? []).length > 0)) return false
  last.content = `${last.content}\n\n${message.text}`
  return true
}

/** Appends a user's text and images. Images come after the texts. */
function appendParts(last: OpenAI.ChatCompletionUserMessageParam, text: string, images: readonly ModelImage[] = []): boolean {
  const [first, ...before] = typeof last.content === 'string' ? [{ type: 'text' as const, text: last.content }] : last.content
  const joined = `${first?.type === 'text' ? first.text : ''}\n\n${text}`
  const parts = [...before, ...contentOf(joined, images).slice(1)]
  last.content = parts.length > 0 ? [{ type: 'text', text: joined }, ...parts] : joined
  return true
}

function toMessage(message: ModelMessage, rules: FieldRules): Message {
  if (message.role === 'tool')
    return { role: 'tool', tool_call_id: providerCallId(message.call_id), content: message.text === '' ? emptyResult : message.text }
  if (message.role === 'user' && message.images) return { role: 'user', content: contentOf(message.text, message.images) }
  if (message.role !== 'assistant') return { role: message.role, content: message.text.trim() === '' ? emptyMessage : message.text }
  const calls = message.calls ?? []
  if (calls.length === 0) return { role: 'assistant', content: message.text }
  const fields = rules.keepFields ? calls.map((call) => fieldsFor(call, rules.provider).message ?? {}) : []
  const extra = Object.assign({}, rules.fillReasoning ? { reasoning_content: '' } : {}, ...fields)
  const content = message.text.trim() === '' ? null : message.text
  return { ...extra, role: 'assistant', content, tool_calls: calls.map((call) => toToolCall(call, rules)) }
}

/** A text with images. The text comes first, so a server that takes only texts reads it. */
const contentOf = (text: string, images: readonly ModelImage[]): OpenAI.ChatCompletionContentPart[] => [
  { type: 'text', text: text.trim() === '' ? emptyMessage : text },
  ...images.map((image) => ({ type: 'image_url' as const, image_url: { url: imageUrl(image) } })),
]

/** An image as an address that holds it (RFC 2397). */
export const imageUrl = ({ mime, data }: ModelImage): string => `data:${mime};base64,${data}`

function toToolCall(call: ModelCall, rules: FieldRules): OpenAI.ChatCompletionMessageFunctionToolCall {
  const fields = rules.keepFields ? fieldsFor(call, rules.provider).call : undefined
  return {
    ...(rules.fillSignature && { extra_content: anySignature }),
    ...fields,
    id: providerCallId(call.call_id),
    type: 'function',
    function: { name: providerName(call.name), arguments: objectText(call.arguments) },
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Nine letters and digits for one of our ids. The same id always gives the same text. */
export const providerCallId = (id: string): string =>
  [...sha256(new TextEncoder().encode(id)).slice(0, 9)].map((byte) => alphabet.charAt(byte % alphabet.length)).join('')

/** A name of a tool with only letters, digits, `_` and `-`. */
export const providerName = (name: string): string => name.replace(/[^\w-]/g, '_').slice(0, 64) || 'unknown'

function objectText(json: string): string {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? json : '{}'
  } catch {
    return '{}'
  }
}
