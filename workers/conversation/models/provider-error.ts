/** Reads a provider's error, of any shape and status, and converts it to a `ModelError` with our own text. */
import type { z } from 'zod'
import { ModelError, type Retry } from '../../../shared/model/model.ts'
import { excerpt } from '../../../shared/secrets/redact.ts'

/** An error as the provider reported it. */
export interface ProviderError {
  /** The HTTP status, or the status that an error within a stream names. */
  readonly status: number | undefined
  /** The provider's code or type; '' if it gives none. */
  readonly code: string
  /** The provider's own text. It may repeat the key, the prompt or an internal address. */
  readonly text: string
  /** The whole body as text. */
  readonly body: string
}

/** `body`: text of any kind, or a value that was JSON. `status`: undefined within a stream. */
export function providerError(body: unknown, status: number | undefined): ProviderError {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '')
  const value = typeof body === 'string' ? jsonOrText(body) : body
  const fields = fieldsOf(value)
  const statusInBody = Number(fields.code ?? fields.status)
  const code = [fields.code, fields.type].find((value) => typeof value === 'string' || typeof value === 'number')
  return {
    status: status ?? (statusInBody >= 400 && statusInBody < 600 ? statusInBody : undefined),
    code: code === undefined ? '' : String(code),
    // Written again, because the provider may have escaped a part of the key.
    text: messageOf(fields) || (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)),
    body: text,
  }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

type Fields = { readonly [name: string]: unknown }

/** The object that describes the error: the innermost of `[error]`, `{ error }` and the value itself. */
function fieldsOf(value: unknown): Fields {
  if (Array.isArray(value)) return fieldsOf(value[0])
  if (typeof value === 'string') return { message: value }
  if (typeof value !== 'object' || value === null) return {}
  const outer: Fields = { ...value }
  return outer.error ? { ...outer, ...fieldsOf(outer.error) } : outer
}

/** The text of an error; '' if it has none. OpenAI sends `message`, FastAPI `detail`, and others `msg` or `errors`. */
function messageOf({ message, detail, msg, errors, base_resp }: Fields): string {
  const found = [message, detail, msg, errors, base_resp].find((value) => value !== undefined && value !== null && value !== '')
  if (found === undefined) return ''
  return typeof found === 'string' ? found : JSON.stringify(found)
}

const tooLongPatterns = [
  /context_length_exceeded/i,
  /maximum context length/i,
  /prompt is too long/i,
  /input is too long/i,
  /context (size|window|length|limit)/i,
  /context.{0,20}too (long|large)/i,
  /input token count/i,
  /reduce the length/i,
  /max_model_len/i,
  // xAI, Zhipu and DashScope: "maximum prompt length", "Prompt exceeds max length", "Range of input length should be".
  /(prompt|input|inputs|context|messages?|conversation)\b.{0,40}\b(max(imum)? )?length\b/i,
  // Cohere, Moonshot, Copilot: "too many tokens", "exceeded model token limit", "prompt token count of … exceeds the limit".
  /too many (input |prompt )?tokens/i,
  /(model|input|prompt)\b.{0,20}tokens? (limit|count)/i,
  /tokens_limit_reached/i,
  // TGI: "`inputs` tokens + `max_new_tokens` must be <=".
  /inputs?\b.{0,10}\btokens.{0,40}must be <=?/i,
]

/** Whether the conversation exceeds the model's context, by the texts that providers use. */
export const isTooLong = ({ status, body }: ProviderError): boolean =>
  status === 413 || (status !== 429 && tooLongPatterns.some((pattern) => pattern.test(body)))

/** Where the address and the key of an endpoint are set, for error messages. */
export interface Source {
  readonly address: string
  readonly key: string
}

/** `error` with our own text, and a masked excerpt of the provider's text in its report. Neither contains `key`. */
export function toModelError(error: ProviderError, key: string, source: Source, headers?: Headers): ModelError {
  const [message, retry] = messageFor(error, source, headers)
  return new ModelError(message, retry, {
    status: error.status,
    provider_code: /^[\w.-]{1,60}$/.test(error.code) && !error.code.includes(key || ' ') ? error.code : undefined,
    said: excerpt(error.text, key),
  })
}

/** The delay that Google names in the body of an error. Seconds. */
const retryDelay = /"retryDelay":\s*"(\d+(?:\.\d+)?)s"/

function messageFor(error: ProviderError, source: Source, headers: Headers | undefined): readonly [string, Retry?] {
  const { status, code, body } = error
  if (status === 401 || status === 403)
    return [
      `The model provider refused our key (${status}). An administrator must check ${source.key.startsWith('SOMA_') ? 'the key of this server' : source.key}.`,
    ]
  if (status === 402 || code === 'insufficient_quota' || /exceeded your current quota/i.test(body))
    return [`The account with the model provider has no quota left${status === undefined ? '' : ` (${status})`}.`]
  if (isTooLong(error)) return ['The conversation has become too long for this model.']
  if (status === undefined) return ['The model endpoint reported an error during the answer.', {}]
  if (status === 404) return ['The model provider does not know this model or this address (404).']
  if (status === 429) return ['The model provider limits the request rate (429).', retryAfter(headers, body)]
  if (status === 408 || status === 409 || status === 425 || status >= 500)
    return [`The model provider has a problem at the moment (${status}).`, retryAfter(headers)]
  if (status < 400) return [`The model endpoint redirects (${status}). Its address may be wrong (${source.address}).`]
  return [`The model provider did not accept the request (${status}).`]
}

/** `Retry-After` (RFC 9110 §10.2.3): seconds or a date; also the `retry-after-ms` that some send. */
function retryAfter(headers: Headers | undefined, body = ''): Retry {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '')
  if (ms >= 0) return { afterMs: ms }
  const header = headers?.get('retry-after') ?? retryDelay.exec(body)?.[1] ?? ''
  const afterMs = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(afterMs) ? {} : { afterMs: Math.max(0, afterMs) }
}

/** The error for an event that is no part of an answer. The report holds names and types only, because an event may hold the answer's text. */
export const notPartOfAnswer = (issue: z.ZodError | string): ModelError =>
  new ModelError('The model endpoint sent something that is not part of an answer.', undefined, {
    status: undefined,
    provider_code: undefined,
    said: (typeof issue === 'string' ? issue : firstIssue(issue)).slice(0, 300),
  })

const firstIssue = ({ issues: [issue] }: z.ZodError): string => `${issue?.path.join('.') || 'an event'}: ${issue?.message ?? ''}`
