/**
 * Reads the events of one answer of an OpenAI-compatible provider, and decides whether it is complete. An unknown ending is a failure. A
 * complete answer has text or calls, and a known finish reason, or `[DONE]` without a reason.
 */
import { type ModelChunk, ModelError } from '../../../shared/model/model.ts'
import { ThinkingFilter } from '../../../shared/model/thinking.ts'
import { reportedUsage } from '../../../shared/model/usage.ts'
import { excerpt, KeyRedactor, redact } from '../../../shared/secrets/redact.ts'
import { CallPieces } from './call-pieces.ts'
import { type AnswerMessage, type Choice, Chunk, choiceOf, refusalOf, textOf } from './chunk.ts'
import type { EventReader } from './dialect.ts'
import { aliveEvent } from './event-stream-guard.ts'
import { notPartOfAnswer } from './provider-error.ts'
import { ProviderFields } from './provider-fields.ts'
import { ReasoningText, reasoningOf } from './reasoning-text.ts'

/** The finish reasons of a complete answer. */
const completeReasons = new Set(['stop', 'tool_calls', 'function_call', 'eos', 'end_turn'])
/** The finish reasons of an answer that reached a length limit, as OpenAI, Mistral and Anthropic name it. */
const limitReason = /^(length|model_length|max_tokens|max_output_tokens)$/
/** A character that a reader can see. Zero-width and control characters are none. */
const visible = /[^\s\p{Cc}\p{Cf}]/u
/** Whether a reader can see a part of `text`. */
export const hasVisibleText = (text: string): boolean => visible.test(text)

/** How long a finished answer waits for its usage. Milliseconds. */
export const usageWaitMs = 2_000
/** The same wait, for a provider that sends the finish reason before the end of the text, or before any text or call. */
const textWaitMs = 10_000

/** An error in place of an answer's event, as the provider sent it. */
export class ErrorEvent extends Error {
  readonly body: unknown

  constructor(body: unknown) {
    super('The provider sent an error.')
    this.body = body
  }
}

/** The state of one answer. Call `read` for each event, and then `end`. */
export class AnswerReader implements EventReader {
  readonly #key: string
  readonly #thinking = new ThinkingFilter()
  readonly #redactor: KeyRedactor
  readonly #reasoning: ReasoningText
  readonly #calls = new CallPieces()
  readonly #fields: ProviderFields
  /** All text so far, to distinguish a repeated whole text from the next piece. */
  #received = ''
  /** All reasoning so far, for the same reason. */
  #receivedReasoning = ''
  #refusal = ''
  #finish: string | undefined
  /** The first finish reason that means no complete answer. */
  #failure: string | undefined
  #hasLateText = false
  #hasText = false

  /** `key`: redacted from every chunk. `provider`: names the provider in the recorded fields. */
  constructor(key: string, provider: string) {
    this.#key = key
    this.#redactor = new KeyRedactor(key)
    this.#reasoning = new ReasoningText(key)
    this.#fields = new ProviderFields(provider)
  }

  /** How long the stream may stay open from now on, ms; undefined: the answer is not finished. */
  get endsWithinMs(): number | undefined {
    if (this.#finish === undefined) return undefined
    const isEmpty = !this.#hasText && this.#refusal === '' && this.calls === 0
    return this.#hasLateText || isEmpty ? textWaitMs : usageWaitMs
  }

  /** The chunks of one event. Throws `ModelError`, or `ErrorEvent` if the event reports an error. */
  *read(event: unknown): Generator<ModelChunk> {
    const parsed = Chunk.safeParse(event)
    if (!parsed.success) throw notPartOfAnswer(parsed.error)
    const chunk = parsed.data
    if (chunk.object === aliveEvent || chunk.type === 'ping') return yield { type: 'alive' }
    if (chunk.error || chunk.object === 'error' || chunk.type === 'error') throw new ErrorEvent(chunk.error || chunk)
    if (!chunk.choices?.length && isErrorBody(chunk)) throw new ErrorEvent(chunk)
    if (!('choices' in chunk || 'usage' in chunk)) throw notPartOfAnswer(`an event with the fields ${fieldNames(chunk)}`)
    const choice = choiceOf(chunk)
    if (choice?.error) throw new ErrorEvent(choice.error)
    if (choice) yield* this.#readChoice(choice)
    const reported = reportedUsage(chunk.usage)
    if (reported) yield { type: 'usage', usage: reported.usage, ...(reported.clamped && { clamped: true }) }
  }

  /** The chunks that complete the answer. Throws `ModelError` if it is not complete. `isDone`: the provider sent `[DONE]`. */
  *end(isDone: boolean): Generator<ModelChunk> {
    const rest = this.#redactor.add(this.#thinking.flush()) + this.#redactor.flush()
    yield* this.#thoughtInText()
    yield* this.#reasoning.end()
    if (rest !== '') yield* this.#textChunk(rest)
    if (this.#failure !== undefined) {
      // A call that was cut must not run. An answer without text cannot be continued.
      const isCut = limitReason.test(this.#failure) && this.#hasText && this.#calls.calls.length === 0 && this.#refusal === ''
      if (!isCut) throw failedAnswer(this.#failure, this.#key)
      return yield { type: 'cut' }
    }
    if (this.#finish === undefined && !isDone)
      throw new ModelError('The answer broke off: the model endpoint closed the connection before it was finished.', {})
    if (this.#refusal !== '') throw new ModelError(`The model refused: ${redact(this.#refusal, this.#key).slice(0, 1_000).toWellFormed()}`)
    const calls = this.#calls.calls
    if (calls.some(({ name }) => name === '') || (calls.length === 0 && this.#finish === 'tool_calls'))
      throw new ModelError('The model requested a tool, but named none.', {})
    if (calls.length === 0 && !this.#hasText) throw new ModelError('The model returned an empty answer.', {})
    for (const [index, { name, arguments: args, extra }] of calls.entries()) {
      const fields = this.#fields.of(extra, index === 0)
      yield {
        type: 'call',
        name: redact(name, this.#key),
        arguments: redact(args, this.#key),
        ...(fields && { provider_fields: redact(fields, this.#key) }),
      }
    }
  }

  /** The number of calls so far. */
  get calls(): number {
    return this.#calls.calls.length
  }

  *#readChoice(choice: Choice): Generator<ModelChunk> {
    const delta = choice.delta ?? choice.message
    const text =
      delta && delta === choice.delta ? textOf(delta.content) : delta ? newPart(textOf(delta.content), this.#received) : (choice.text ?? '')
    const reason = reasonOf(choice)
    if (text !== '' && (reason !== undefined || this.#finish !== undefined)) this.#hasLateText = true
    if (delta) yield* this.#readDelta(delta, delta === choice.delta)
    if (text !== '') {
      this.#received += text
      const shown = this.#redactor.add(this.#thinking.add(text))
      yield* this.#thoughtInText()
      if (shown !== '') yield* this.#reasoning.end()
      yield* this.#textChunk(shown)
    }
    if (reason === undefined) return
    this.#finish = reason
    if (!completeReasons.has(reason)) this.#failure ??= reason
  }

  /** `isPiece`: false for a whole message. */
  *#readDelta(delta: AnswerMessage, isPiece: boolean): Generator<ModelChunk> {
    this.#refusal += refusalOf(delta)
    const hasFields = this.#fields.add(delta)
    const said = reasoningOf(delta)
    const reasoning = isPiece ? said : newPart(said, this.#receivedReasoning)
    this.#receivedReasoning += reasoning
    if (reasoning !== '') yield this.#reasoning.add(reasoning)
    else if (hasFields) yield { type: 'text', text: '' }
    const pieces = [...(delta.tool_calls ?? []), ...(delta.function_call ? [{ function: delta.function_call }] : [])]
    if (pieces.length === 0) return
    this.#calls.add(pieces)
    yield { type: 'text', text: '' }
  }

  /** The thoughts in tags at the start of the text. */
  *#thoughtInText(): Generator<ModelChunk> {
    const thought = this.#thinking.takeThought()
    if (thought !== '') yield this.#reasoning.add(thought)
  }

  /** `text` as a chunk. Text that is held back becomes a keep-alive signal. */
  *#textChunk(text: string): Generator<ModelChunk> {
    this.#hasText ||= hasVisibleText(text)
    yield { type: 'text', text }
  }
}

/** The new part of a whole message: what follows the text so far, if it begins with that. */
const newPart = (content: string, received: string): string => (content.startsWith(received) ? content.slice(received.length) : content)

const fieldNames = (event: object): string =>
  Object.keys(event)
    .filter((name) => /^\w{1,40}$/.test(name))
    .slice(0, 10)
    .join(', ') || '(none)'

/** Whether an event without choices and `error` reports one, as FastAPI (`detail`), AWS (`message`), MiniMax (`base_resp`) and others do. */
const isErrorBody = ({ detail, errors, message, msg, code, base_resp }: Readonly<Record<string, unknown>>): boolean =>
  // Some providers send `"code": 0, "message": "Success"` with every event.
  (Number(code ?? 1) !== 0 && [message, msg].some((text) => typeof text === 'string' && text !== '')) ||
  (detail !== undefined && detail !== null && detail !== '') ||
  Array.isArray(errors) ||
  isFailedStatus(base_resp)

/** Whether MiniMax's `base_resp` reports a failure. The last chunk of a good answer has the code 0. */
const isFailedStatus = (status: unknown): boolean =>
  typeof status === 'object' && status !== null && 'status_code' in status && Number(status.status_code) !== 0

/** The finish reason; undefined: the answer continues. Some providers then send '' or 'null'. */
function reasonOf({ finish_reason: reason }: Choice): string | undefined {
  if (reason === null || reason === undefined || reason === '' || reason === 'null') return undefined
  return String(reason)
}

function failedAnswer(reason: string, key: string): ModelError {
  if (limitReason.test(reason)) return new ModelError("The answer reached the model's length limit and was cut off.")
  if (reason === 'content_filter') return new ModelError("The model provider's content filter stopped the answer.")
  return new ModelError(`The model provider ended the answer with \`${excerpt(reason, key, 60)}\`, so it is not complete.`)
}
