/**
 * The state of one answer, whatever dialect it came in. It decides whether the answer is complete. An unknown ending is a failure.
 */
import { type ModelChunk, ModelError } from '../../../../shared/model/model.ts'
import { ThinkingFilter } from '../../../../shared/model/thinking.ts'
import { reportedUsage } from '../../../../shared/model/usage.ts'
import { excerpt, KeyRedactor, redact } from '../../../../shared/secrets/redact.ts'
import { hasVisibleText, usageWaitMs } from '../answer-reader.ts'
import { CallPieces } from '../call-pieces.ts'
import { ProviderFields } from '../provider-fields.ts'
import { ReasoningText } from '../reasoning-text.ts'

/** What a provider's word for an ending means. Another word means that the answer is not complete. */
export type Ending = 'complete' | 'limit' | 'filter'

/** A call, or a piece of one. Pieces with one `index` belong together. Other fields are the provider's own. */
export interface AnswerCall {
  readonly index: number
  readonly name?: string
  /** JSON text, or an object. */
  readonly arguments?: unknown
  readonly [field: string]: unknown
}

export class Answer {
  readonly #key: string
  readonly #endings: Readonly<Record<string, Ending>>
  readonly #redactor: KeyRedactor
  readonly #thinking: ThinkingFilter | undefined
  readonly #reasoning: ReasoningText
  readonly #calls = new CallPieces()
  readonly #fields: ProviderFields
  #finish: string | undefined
  #refusal = ''
  #hasText = false

  /**
   * `key`: redacted from every chunk. `provider`: names the provider in the recorded fields. `tags`: the text may begin with a thought in
   * tags.
   */
  constructor(key: string, provider: string, endings: Readonly<Record<string, Ending>>, { tags = false } = {}) {
    this.#key = key
    this.#endings = endings
    this.#redactor = new KeyRedactor(key)
    this.#reasoning = new ReasoningText(key)
    this.#thinking = tags ? new ThinkingFilter() : undefined
    this.#fields = new ProviderFields(provider)
  }

  get calls(): number {
    return this.#calls.calls.length
  }

  get isFinished(): boolean {
    return this.#finish !== undefined
  }

  /** How long the stream may stay open, ms. */
  get endsWithinMs(): number | undefined {
    return this.isFinished ? usageWaitMs : undefined
  }

  /** A piece of the text. */
  *text(text: string): Generator<ModelChunk> {
    if (text === '') return
    const shown = this.#redactor.add(this.#thinking?.add(text) ?? text)
    const thought = this.#thinking?.takeThought() ?? ''
    if (thought !== '') yield* this.thought(thought)
    if (shown !== '') yield* this.#reasoning.end()
    yield this.#textChunk(shown)
  }

  /** A piece of what the model thinks. Empty: it thinks, and does not say what. */
  *thought(text = ''): Generator<ModelChunk> {
    yield text === '' ? { type: 'text', text: '' } : this.#reasoning.add(text)
  }

  /** A piece of a call. */
  *call({ index, name, arguments: args, ...extra }: AnswerCall): Generator<ModelChunk> {
    this.#calls.add([{ ...extra, index, id: `call-${index}`, function: { name, arguments: args } }])
    yield { type: 'text', text: '' }
  }

  /** The usage in a report of the provider, if it holds one. */
  *usage(report: unknown): Generator<ModelChunk> {
    const reported = reportedUsage(report)
    if (reported) yield { type: 'usage', usage: reported.usage, ...(reported.clamped && { clamped: true }) }
  }

  /** Fields of the message that its calls need when they go back to the provider. */
  addFields(fields: Readonly<Record<string, unknown>>): void {
    this.#fields.add(fields)
  }

  /** A piece of the text with which the model refuses to answer. */
  refuse(text: string): void {
    this.#refusal += text.slice(0, 2_000)
  }

  /** The provider's word for the ending. The last one counts. */
  finish(reason: string): void {
    this.#finish = reason
  }

  /** The chunks that complete the answer. Throws `ModelError` if it is not complete. */
  *end(): Generator<ModelChunk> {
    const rest = this.#redactor.add(this.#thinking?.flush() ?? '') + this.#redactor.flush()
    const thought = this.#thinking?.takeThought() ?? ''
    if (thought !== '') yield* this.thought(thought)
    yield* this.#reasoning.end()
    if (rest !== '') yield this.#textChunk(rest)
    if (this.#finish === undefined)
      throw new ModelError('The answer broke off: the model endpoint closed the connection before it was finished.', {})
    if (this.#refusal !== '') throw new ModelError(`The model refused: ${redact(this.#refusal, this.#key).slice(0, 1_000).toWellFormed()}`)
    const ending = Object.hasOwn(this.#endings, this.#finish) ? this.#endings[this.#finish] : undefined
    const calls = this.#calls.calls
    if (ending === 'limit') {
      // A call that was cut must not run. An answer without text cannot be continued.
      if (this.#hasText && calls.length === 0) return yield { type: 'cut' }
      throw new ModelError("The answer reached the model's length limit and was cut off.")
    }
    if (ending === 'filter') throw new ModelError("The model provider's content filter stopped the answer.")
    if (ending !== 'complete')
      throw new ModelError(`The model provider ended the answer with \`${excerpt(this.#finish, this.#key, 60)}\`, so it is not complete.`)
    if (calls.some(({ name }) => name === '')) throw new ModelError('The model requested a tool, but named none.', {})
    if (calls.length === 0 && !this.#hasText) throw new ModelError('The model returned an empty answer.', {})
    for (const [index, { name, arguments: args, extra }] of calls.entries()) {
      const fields = this.#fields.of(extra, index === 0)
      yield {
        type: 'call',
        name: redact(name, this.#key),
        arguments: redact(args === '' ? '{}' : args, this.#key),
        ...(fields && { provider_fields: redact(fields, this.#key) }),
      }
    }
  }

  #textChunk(text: string): ModelChunk {
    this.#hasText ||= hasVisibleText(text)
    return { type: 'text', text }
  }
}
