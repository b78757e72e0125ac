import type { ModelMessage, PromptReport } from '../../../shared/model/model.ts'

/** The conversation as the first model of a call receives it. */
export interface FittedHistory {
  readonly messages: readonly ModelMessage[]
  /** The tokens that the provider counts for one of ours. */
  readonly tokenFactor: number
  readonly report: PromptReport
}
