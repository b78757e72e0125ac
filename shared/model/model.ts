/** The port to a language model. Two drivers: `builtin`, and any OpenAI-compatible endpoint. */
import type { AttachmentRef } from '../attachment/attachment-ref.ts'
import type { AnsweredBy, Metadata, Omission, Summary, Usage } from '../events/event.ts'
import type { ResponseFormat } from '../json-schema/response-format.ts'
import type { ToolSpec } from '../tool/tool.ts'

/** A message, a tool request, or a tool result. The results of a message's calls follow it. */
export type ModelMessage =
  | {
      readonly role: 'system' | 'user'
      readonly text: string
      /** Our record of earlier turns, in their place. */
      readonly summary?: true
      /** The files of the message. Its text names them. */
      readonly attachments?: readonly AttachmentRef[]
      /** The images among them, for a model that sees. */
      readonly images?: readonly ModelImage[]
      /** The text is that of a file. The message with the file follows. */
      readonly document?: true
      /** The text quotes memories. The message that they are for follows. */
      readonly memories?: true
    }
  | { readonly role: 'assistant'; readonly text: string; readonly calls?: readonly ModelCall[] }
  | { readonly role: 'tool'; readonly text: string; readonly call_id: string }

/** An image as a model receives it. */
export interface ModelImage {
  readonly mime: string
  /** Its bytes, as base64. */
  readonly data: string
}

/** A tool call that a model requested. */
export interface ModelCall {
  readonly call_id: string
  readonly name: string
  /** JSON as the model wrote it. */
  readonly arguments: string
  /** The provider's own fields of the call, as JSON. Only the provider that sent them gets them back. */
  readonly provider_fields?: string | undefined
}

/** All text of a message, for counting. */
export const messageText = (message: ModelMessage): string =>
  'calls' in message
    ? message.text + (message.calls ?? []).map((call) => call.name + call.arguments + (call.provider_fields ?? '')).join('')
    : message.text

/** The input of one model call. */
export interface ModelRequest {
  readonly messages: readonly ModelMessage[]
  readonly tools: readonly ToolSpec[]
  /** The client's metadata, such as `time_zone` (an IANA name). Untrusted. */
  readonly metadata: Metadata
  /** When the turn was requested, Unix ms. */
  readonly at: number
  /** Largest answer in tokens, if limited. */
  readonly maxTokens?: number
  /** The form of the answer. Drivers ask for it, and do not check it. */
  readonly responseFormat?: ResponseFormat | undefined
  /** Messages of this call alone, after the conversation. Drivers do not receive it. */
  readonly followUp?: readonly ModelMessage[] | undefined
}

/** What a model call receives, for the log: a new summary, the turns that are left out, and our estimate of the prompt. */
export interface PromptReport {
  readonly summary?: Omit<Summary, 'turn_id'> | undefined
  readonly omitted?: { readonly turns: number; readonly reason: Omission } | undefined
  readonly estimated_tokens?: number | undefined
}

/** An empty `text` chunk is a heartbeat of a model that thinks before it writes. */
export type ModelChunk =
  | { readonly type: 'text'; readonly text: string }
  /** The next text of what the model thinks before its answer. It ends with the first text or call. */
  | { readonly type: 'reasoning'; readonly text: string }
  /** The reasoning so far belongs to a call that failed. Another call follows. Drivers do not send it. */
  | { readonly type: 'reasoning_void' }
  /** The text so far is not an answer. Another one follows. Drivers do not send it. */
  | { readonly type: 'text_void' }
  /** A complete tool request. `arguments` is JSON if the model wrote it correctly. */
  | { readonly type: 'call'; readonly name: string; readonly arguments: string; readonly provider_fields?: string | undefined }
  /** `clamped`: the provider reported an impossible number. */
  | { readonly type: 'usage'; readonly usage: Usage; readonly clamped?: true }
  /** A model begins its answer. `estimated_tokens`: our estimate of its prompt. Drivers do not send it. */
  | { readonly type: 'answered_by'; readonly answered_by: AnsweredBy; readonly estimated_tokens?: number }
  /** What the prompt consists of. Drivers do not send it. */
  | { readonly type: 'context'; readonly context: PromptReport }
  /** The text ends here at a length limit, unfinished. Only usage may follow. */
  | { readonly type: 'cut' }
  /** The provider sent bytes without content, such as a keep-alive comment. */
  | { readonly type: 'alive' }

/**
 * Streams one answer. It ends normally only when the model finished. Otherwise it throws `ModelError`. Its message is for the user and
 * holds no secret. Aborting `signal` closes the request at once. A model without token counts sends no `usage`; the runner estimates.
 */
export interface Model {
  answer(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelChunk>
}

/** A retry may succeed, after `afterMs` if the provider named a time. */
export interface Retry {
  readonly afterMs?: number
}

/** What a provider said about a failure. It holds no key. */
export interface ProviderReport {
  /** The HTTP status; undefined: the provider named none. */
  readonly status: number | undefined
  /** The provider's code; undefined: it named none, or no simple one. */
  readonly provider_code: string | undefined
  /** A masked excerpt of its words, on one line. */
  readonly said: string
}

/** Statuses of a provider that has too many requests. 529 is Anthropic's. */
const busyStatuses = new Set([429, 503, 529])

/** Why a model did not answer, in words for the user. */
export class ModelError extends Error {
  override readonly name = 'ModelError'
  readonly retry: Retry | undefined
  /** For operators only. */
  readonly report: ProviderReport | undefined
  /** Too many requests at the moment, for the provider or for a rate limit of ours. */
  readonly busy: boolean

  constructor(message: string, retry?: Retry, report?: ProviderReport, busy = busyStatuses.has(report?.status ?? 0)) {
    super(message)
    this.retry = retry
    this.report = report
    this.busy = busy
  }
}
