/** What a model call received, for the log and for the next call. Pure. */
import type { MeasuredPrompt } from '../../shared/context/summary.ts'
import type { AnsweredBy, PromptFacts, Usage } from '../../shared/events/event.ts'
import type { PromptReport } from '../../shared/model/model.ts'

/** What a runner reported of a call. */
interface ReportedCall {
  readonly usage?: Usage
  readonly answered_by?: AnsweredBy
  readonly estimatedTokens?: number
  readonly omitted?: NonNullable<PromptReport['omitted']>
}

/** The prompt as the provider counted it. Undefined: it did not count, or the count is ours. */
export function measuredPrompt({ usage, answered_by, estimatedTokens }: ReportedCall): MeasuredPrompt | undefined {
  if (!usage || usage.estimated || !answered_by || estimatedTokens === undefined) return undefined
  return { model: answered_by.model, input_tokens: usage.input_tokens, estimated_tokens: estimatedTokens }
}

/** The part of it that is recorded. Undefined: nothing is worth it. */
export function promptFacts(call: ReportedCall): PromptFacts | undefined {
  const measured = measuredPrompt(call)
  if (!measured && !call.omitted) return undefined
  return {
    ...(measured && { input_tokens: measured.input_tokens, estimated_tokens: measured.estimated_tokens }),
    ...(call.omitted && { omitted_turns: call.omitted.turns, omission: call.omitted.reason }),
  }
}
