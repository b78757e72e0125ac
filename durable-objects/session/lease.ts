/** The lease of a running turn, and what its runner has reported so far. It lives in memory only. */
import type { AnsweredBy, Usage } from '../../shared/events/event.ts'
import type { PromptReport } from '../../shared/model/model.ts'
import { estimateTokens } from '../../shared/model/tokens.ts'
import type { Ending } from '../../shared/session/command.ts'
import type { RunnerLine } from '../../shared/turn/runner.ts'
import { AttemptReasoning } from './attempt-reasoning.ts'
import type { RunnerStream } from './runner-stream.ts'
import type { SessionWriter } from './writer.ts'

/** The text of an answer so far, and what is known of its usage. */
export type PartialAnswer = Pick<Ending, 'text' | 'usage' | 'answered_by'>

/** The right to run a turn. It ends with this incarnation of the object. */
export class Lease {
  readonly turn_id: string
  readonly token: number
  /** The estimated tokens of the prompt. */
  inputTokens: number
  /** The runner's stream, once it is attached. */
  stream?: RunnerStream
  usage?: Usage
  /** Who answers, once the answer has begun. */
  answered_by?: AnsweredBy
  /** Our estimate of the whole prompt, and the turns that it leaves out. */
  estimatedTokens?: number
  omitted?: NonNullable<PromptReport['omitted']>
  /** The calls that the model has requested so far. */
  readonly calls: Extract<RunnerLine, { type: 'call' }>[] = []
  readonly reasoning: AttemptReasoning

  constructor(writer: SessionWriter, turn_id: string, token: number, inputTokens: number) {
    this.turn_id = turn_id
    this.token = token
    this.inputTokens = inputTokens
    this.reasoning = new AttemptReasoning(writer, turn_id)
  }

  /** The answer so far, with `text`. Without usage from the provider, its usage is our estimate. */
  partialAnswer(text: string): PartialAnswer {
    // Without a stream the model has not been called, and costs nothing.
    if (!this.stream) return { text }
    const output_tokens = this.reasoning.tokens + estimateTokens(text)
    const usage = this.usage ?? { input_tokens: this.inputTokens, output_tokens, estimated: true }
    return { text, usage, answered_by: this.answered_by }
  }
}
