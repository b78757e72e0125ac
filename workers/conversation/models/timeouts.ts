import { readVariable } from '../../../shared/settings/variables.ts'
import { defaultTimeouts, type TurnTimeouts } from '../../../shared/turn/run.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'

/** The timeouts of a turn, from its lease and the environment. */
export const timeoutsFor = (env: ConversationEnv, { lease_ms }: Pick<TurnJob, 'lease_ms'>): TurnTimeouts => ({
  ...defaultTimeouts,
  aliveMs: lease_ms / 3,
  firstTokenMs: readVariable(env, 'SOMA_MODEL_FIRST_TOKEN_MS'),
  betweenTokensMs: readVariable(env, 'SOMA_MODEL_BETWEEN_TOKENS_MS'),
  keepAliveMs: readVariable(env, 'SOMA_MODEL_KEEP_ALIVE_MS'),
})
