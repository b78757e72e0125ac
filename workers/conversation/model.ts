/** Which model answers, by configuration alone. */
import { builtin } from '../../shared/turn/builtin.ts'
import type { Model } from '../../shared/turn/model.ts'
import { type Patience, patience } from '../../shared/turn/run.ts'
import { openAICompatible } from './openai-compatible.ts'

/** The builtin responder, until somebody names an endpoint. */
export function modelFor(env: ConversationEnv): Model {
  if (env.SOMA_MODEL_BASE_URL === '') return builtin({ wordMs: milliseconds(env.SOMA_BUILTIN_WORD_MS, 20) })
  return openAICompatible({ baseURL: env.SOMA_MODEL_BASE_URL, model: env.SOMA_MODEL, apiKey: env.SOMA_MODEL_API_KEY })
}

/** What the policy and the trail call it. */
export const modelName = (env: ConversationEnv): string => (env.SOMA_MODEL_BASE_URL === '' ? 'builtin' : env.SOMA_MODEL || 'default')

export const patienceFor = (env: ConversationEnv): Patience => ({
  ...patience,
  firstTokenMs: milliseconds(env.SOMA_MODEL_FIRST_TOKEN_MS, patience.firstTokenMs),
  betweenTokensMs: milliseconds(env.SOMA_MODEL_BETWEEN_TOKENS_MS, patience.betweenTokensMs),
})

/** A setting in milliseconds; what is missing or no number is `otherwise`. */
function milliseconds(setting: string | undefined, otherwise: number): number {
  const ms = Number(setting || Number.NaN)
  return ms >= 0 ? ms : otherwise
}
