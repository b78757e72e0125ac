/** The conversation for a model with a window that is larger than the default. */
import { defaultHistoryTokens } from '../../../shared/context/window.ts'
import { jobFields } from '../../../shared/log/fields.ts'
import type { ModelMessage } from '../../../shared/model/model.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'
import { logger } from '../logger.ts'
import type { ModelCandidate } from './candidates.ts'
import type { FittedHistory } from './fitted-history.ts'

/** The part of a session object that `wideContext` needs. */
interface WideSession {
  wideContext(turnId: string, token: number, tokens: number): Promise<readonly ModelMessage[] | null>
}

/** The larger context. Null: the messages of `job` are enough, or the session object cannot return more. */
export async function wideContext(
  session: WideSession,
  job: TurnJob,
  candidates: readonly Pick<ModelCandidate, 'historyTokens'>[],
): Promise<FittedHistory | null> {
  const tokens = Math.max(...candidates.map(({ historyTokens }) => historyTokens))
  if (tokens <= defaultHistoryTokens) return null
  try {
    const messages = await session.wideContext(job.turn_id, job.token, tokens)
    return messages && { messages, tokenFactor: 1, report: {} }
  } catch (error) {
    logger.write('context.unreachable', { error, ...jobFields(job) })
    return null
  }
}
