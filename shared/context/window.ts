/** How much of a conversation a model receives. Pure. All counts are tokens, by our estimate. */

/** The history of a model without a configured window. */
export const defaultHistoryTokens = 24_000
/** The history in the largest window. It bounds what a session reads and sends for one call: about 800 kB of Latin text. */
export const maxHistoryTokens = 200_000
/** The room for the answer, if the profile sets no `max_tokens`. Most models' own limit. */
export const defaultOutputTokens = 4_096

/** The part of a model profile that decides it. */
export interface ContextSettings {
  readonly context_tokens?: number | undefined
  readonly max_tokens?: number | undefined
}

/** The most tokens of the conversation for a model: its window without the answer. The answer has at most half of the window. */
export function historyTokens({ context_tokens, max_tokens = defaultOutputTokens }: ContextSettings = {}): number {
  if (context_tokens === undefined) return defaultHistoryTokens
  return Math.min(context_tokens - Math.min(max_tokens, Math.floor(context_tokens / 2)), maxHistoryTokens)
}
