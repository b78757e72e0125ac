/**
 * Requests and tokens per minute of a model profile, counted for the whole tenant. The input counts before a call, by our estimate. The
 * answer counts after it, so one long answer can exceed the limit. Later calls wait until the count has fallen.
 */
import type { TenantId } from '../../../shared/ids.ts'
import type { RateRule } from '../../../shared/limits/rate.ts'
import { ModelError } from '../../../shared/model/model.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { logger } from '../logger.ts'
import type { ModelCandidate } from './candidates.ts'
import { accountFields, type BudgetAccount } from './settlement.ts'

type LimitEnv = Pick<ConversationEnv, 'LIMITER'>
type Limited = Pick<ModelCandidate, 'name' | 'requestsPerMinute' | 'tokensPerMinute'>

const perMinute = (limit: number): RateRule => ({ kind: 'token_bucket', limit, window_seconds: 60 })
const tokensName = (tenant: string, name: string): string => `${tenant}/model-tokens/${name}`

/** Takes the permits of the profile. Throws with the delay; the attempt waits and retries. `inputTokens`: an estimate. */
export async function takeModelPermits(
  { LIMITER }: LimitEnv,
  tenant: TenantId,
  { name, requestsPerMinute, tokensPerMinute }: Limited,
  inputTokens: number,
): Promise<void> {
  const take = async (object: string, limit: number, weight: number, unit: string) => {
    const { allowed, retryMs } = await LIMITER.getByName(object).take(perMinute(limit), weight)
    if (allowed) return
    const text = `The model profile \`${name}\` is limited to ${limit} ${unit} per minute.`
    throw new ModelError(text, { afterMs: retryMs }, undefined, true)
  }
  if (requestsPerMinute !== undefined) await take(`${tenant}/model/${name}`, requestsPerMinute, 1, 'requests')
  if (tokensPerMinute !== undefined) await take(tokensName(tenant, name), tokensPerMinute, Math.max(1, inputTokens), 'tokens')
}

/** Counts the tokens of an answer. Never rejects. */
export async function countAnswer(
  { LIMITER }: LimitEnv,
  account: BudgetAccount,
  { name, tokensPerMinute = 0 }: Limited,
  outputTokens: number,
): Promise<void> {
  try {
    // A limiter of an earlier release counts the input alone.
    await unlessOlder(async () => LIMITER.getByName(tokensName(account.tenant, name)).charge(perMinute(tokensPerMinute), outputTokens))
  } catch (error) {
    logger.write('limiter.unreachable', { error, ...accountFields(account) })
  }
}
