/** What a turn needs from a language model, and nothing else. Two drivers: `builtin` and any OpenAI-compatible endpoint. */
import type { Metadata, Usage } from '../events/event.ts'
import type { ToolSpec } from '../tool/tool.ts'

/** What was said, asked of a tool, or returned by one. The calls of a message are followed by the result of each. */
export type ModelMessage =
  | { readonly role: 'system' | 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly calls?: readonly ModelCall[] }
  | { readonly role: 'tool'; readonly text: string; readonly call_id: string }

export interface ModelCall {
  readonly call_id: string
  readonly name: string
  /** JSON, as the model wrote it. */
  readonly arguments: string
}

/** All that a message holds, for counting. */
export const messageText = (message: ModelMessage): string =>
  'calls' in message ? message.text + (message.calls ?? []).map((call) => call.name + call.arguments).join('') : message.text

export interface ModelRequest {
  readonly messages: readonly ModelMessage[]
  readonly tools: readonly ToolSpec[]
  /** The client's metadata, e.g. `time_zone` (an IANA name). Untrusted. */
  readonly metadata: Metadata
  /** When the turn was asked to run, Unix ms. */
  readonly at: number
  /** Tokens that the answer may have, if that is limited. */
  readonly maxTokens?: number
}

/** A `text` chunk that is empty is a sign of life (a model that thinks before it speaks): it says nothing, and is not silence. */
export type ModelChunk =
  | { readonly type: 'text'; readonly text: string }
  /** It asks for a tool, whole. `arguments`: JSON, if the model got it right. */
  | { readonly type: 'call'; readonly name: string; readonly arguments: string }
  | { readonly type: 'usage'; readonly usage: Usage }

/**
 * Streams one answer. It ends normally only when the model said that it was done; else it throws `ModelError`, whose
 * message is in words that a user may read and holds no secret. Aborting `signal` closes the request to the provider at once.
 * A model that does not count its tokens sends no `usage`; the runner estimates.
 */
export interface Model {
  answer(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelChunk>
}

/** That the same request may succeed when it is made again, and after how long, if the provider said. */
export interface Retry {
  readonly afterMs?: number
}

/** Why a model did not answer, in words for the user. */
export class ModelError extends Error {
  override readonly name = 'ModelError'
  readonly retry: Retry | undefined

  constructor(message: string, retry?: Retry) {
    super(message)
    this.retry = retry
  }
}
