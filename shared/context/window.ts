/** How much of a conversation a model receives. Pure. All counts are tokens, by our estimate. */
import { type KnownModel, knownModel } from '../model/known-models.ts'

/** The prompt of a model with an unknown window. Small enough for most models of the last years. */
export const defaultHistoryTokens = 24_000
/** The largest prompt. It bounds what a session reads and sends for one call: about 800 kB of Latin text. */
export const maxHistoryTokens = 200_000
/** The room for the answer, if neither the profile nor the table of known models names its maximum. */
export const defaultOutputTokens = 4_096

/** The part of a model profile that decides it. */
export interface ContextSettings {
  /** The provider's name of the model. */
  readonly model?: string | undefined
  readonly context_tokens?: number | undefined
  readonly max_tokens?: number | undefined
}

/** Where the size of a window comes from. `default`: the model is unknown, and the size is a safe guess. */
export type WindowOrigin = 'profile' | 'known' | 'default'

/** The window of a model. */
export interface ModelWindow {
  readonly origin: WindowOrigin
  /** The whole window. Null: unknown. */
  readonly windowTokens: number | null
  /** The room for the answer. */
  readonly answerTokens: number
  /** The room for the prompt: the window without the answer, at most `maxHistoryTokens`. */
  readonly promptTokens: number
}

/** The window of the model that `settings` describe. The answer has at most half of it. */
export function windowOf({ model, context_tokens, max_tokens }: ContextSettings = {}): ModelWindow {
  const known: KnownModel | undefined = knownModel(model)
  const windowTokens = context_tokens ?? known?.windowTokens ?? null
  const wanted = max_tokens ?? known?.outputTokens ?? defaultOutputTokens
  if (windowTokens === null) return { origin: 'default', windowTokens, answerTokens: wanted, promptTokens: defaultHistoryTokens }
  const answerTokens = Math.min(wanted, Math.floor(windowTokens / 2))
  // A window of the profile stands above what is known of the model.
  const inputTokens = context_tokens === undefined ? known?.inputTokens : undefined
  const promptTokens = Math.min(windowTokens - answerTokens, inputTokens ?? Number.POSITIVE_INFINITY, maxHistoryTokens)
  return { origin: context_tokens === undefined ? 'known' : 'profile', windowTokens, answerTokens, promptTokens }
}

/** The most tokens of the prompt for a model. */
export const historyTokens = (settings?: ContextSettings): number => windowOf(settings).promptTokens
