/** The shape of a case, and the parts that cases are written with. */

/** What a provider sends, in order: an event, raw text, or a pause in ms. */
export type Step = object | string | number

export interface ProviderCase {
  readonly kind: string
  readonly sends?: readonly Step[]
  /** Refuses a request that has the field `when`, or every request; at most `times` times. */
  readonly refuses?: {
    readonly when?: string
    readonly status: number
    readonly body: string
    readonly type?: string
    readonly times?: number
  }
  readonly contentType?: string
  /** What happens to the connection after the last step. By default the body ends. */
  readonly ending?: 'stays open'
  readonly outcome: 'completed' | 'failed'
  /** The text is recorded as cut at a length limit. */
  readonly truncated?: true
  /** The recorded text. By default `Hello world.` if the turn completes, else none. */
  readonly text?: string
  /** The reason for the user. */
  readonly reason?: RegExp
  /** The excerpt of the provider's text that the operator sees. */
  readonly detail?: RegExp
  /** The calls that the session records. */
  readonly calls?: readonly (readonly [name: string, args: string])[]
  /** The results that the model receives. */
  readonly results?: readonly RegExp[]
  /** Model name and limit of the profile. */
  readonly model?: string
  readonly maxTokens?: number
}

export const chunk = (delta: object, finish_reason: unknown = null, overrides: object = {}) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason }],
  ...overrides,
})
export const textChunk = (content: unknown, finish: unknown = null) => chunk({ content }, finish)
export const stop = chunk({}, 'stop')
export const done = 'data: [DONE]\n\n'
export const hello = textChunk('Hello ')
export const world = textChunk('world.', 'stop')
export const helloWorld = textChunk('Hello world.')

export const completed = (kind: string, sends: readonly Step[], overrides: Partial<ProviderCase> = {}): ProviderCase => ({
  kind,
  sends,
  outcome: 'completed',
  ...overrides,
})
export const failed = (kind: string, sends: readonly Step[], reason: RegExp, overrides: Partial<ProviderCase> = {}): ProviderCase => ({
  kind,
  sends,
  outcome: 'failed',
  reason,
  ...overrides,
})
export const refused = (
  kind: string,
  outcome: ProviderCase['outcome'],
  refuses: NonNullable<ProviderCase['refuses']>,
  overrides: Partial<ProviderCase> = {},
): ProviderCase => ({ kind, outcome, refuses, ...overrides })

/** A turn that ends with each of these reasons, after a part of its text. */
export const endsWith = (reason: unknown, words: RegExp) =>
  failed('K1', [textChunk('Hello wor'), chunk({}, reason), done], words, { text: 'Hello wor' })

/** A turn that is cut at the model's length limit, after a part of its text. */
export const cutBy = (reason: string) =>
  completed('K1', [textChunk('Hello wor'), chunk({}, reason), done], { text: 'Hello wor', truncated: true })

export interface Piece {
  readonly index?: unknown
  readonly id?: unknown
  readonly name?: unknown
  readonly args?: unknown
  readonly [extra: string]: unknown
}
export const piece = ({ index, id, name, args, ...extra }: Piece) => ({
  ...(index !== undefined && { index }),
  ...(id !== undefined && { id, type: 'function' }),
  function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
  ...extra,
})
export const pieces = (...all: Piece[]) => chunk({ tool_calls: all.map(piece) })
export const asksForTools = (...sends: Step[]): Step[] => [...sends, chunk({}, 'tool_calls'), done]
export const echoed = [['echo', '{"text":"hi"}']] as const
export const tools = (kind: string, sends: readonly Step[], calls: ProviderCase['calls'] = echoed, overrides: Partial<ProviderCase> = {}) =>
  completed(kind, asksForTools(...sends), { calls, ...overrides })

export const hi = '{"text":"hi"}'
export const echo: Piece = { index: 0, id: 'call_a', name: 'echo' }
export const json = 'application/json'
export const openAI = (message: string, overrides: object = {}) =>
  JSON.stringify({ error: { message, type: 'invalid_request_error', ...overrides } })
export const vLLM = (message: string) => JSON.stringify({ object: 'error', message, type: 'BadRequestError', param: null, code: 400 })

/** Refusals because of the length of the conversation, by provider. */
export const tooLong = (texts: Readonly<Record<string, string>>): Record<string, ProviderCase> =>
  Object.fromEntries(
    Object.entries(texts).map(([provider, text]) => [
      `tooLong_${provider}`,
      refused('K6', 'failed', { status: 400, body: openAI(text) }, { reason: /too long for this model/ }),
    ]),
  )
