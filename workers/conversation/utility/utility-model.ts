/**
 * Calls of the utility model: short tasks beside the turns. A call is bounded in tokens and time, asks the policy, and counts towards the
 * budgets. It never throws: the caller continues without the text.
 */
import type { TenantId } from '../../../shared/ids.ts'
import { sleep, timedOut, withTimeout } from '../../../shared/lib/timeout.ts'
import { jobFields } from '../../../shared/log/fields.ts'
import { type Model, ModelError, type ModelRequest } from '../../../shared/model/model.ts'
import { mayCall } from '../../../shared/settings/model-access.ts'
import type { Settings } from '../../../shared/settings/settings.ts'
import { utilityProfile } from '../../../shared/settings/settings-update.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'
import { logger } from '../logger.ts'
import { candidateOf, type ModelCandidate } from '../models/candidates.ts'
import { guardedModel } from '../models/guarded-model.ts'
import { BudgetExceeded, metered } from '../models/meter.ts'
import { personaOf } from '../personas/turn-persona.ts'

/** The time of all attempts at a task. Milliseconds. */
const taskMs = 20_000
/** The pause before the second attempt, if the provider names none. Milliseconds. */
const retryMs = 500
/** UTF-16 units of an answer that are read for each token that was asked for. The rest is cut. */
const unitsPerToken = 8

/** What the utility model has to write. */
export interface UtilityTask {
  readonly name: 'title' | 'summary'
  /** The system message. It holds no text of the conversation. */
  readonly instructions: string
  /** The user message: the data. */
  readonly input: string
  /** The most tokens of the answer. */
  readonly maxTokens: number
}

/** The text, or why there is none. `slow`: it took more than 20 s. */
export type UtilityResult =
  | { readonly ok: true; readonly text: string; readonly model: string }
  | { readonly ok: false; readonly reason: 'failed' | 'empty' | 'slow' }

/** The utility model of a workspace, for the tasks of one turn. */
export interface UtilityModel {
  /** The name of its profile. */
  readonly name: string
  /** The most tokens that it reads. */
  readonly inputTokens: number
  run(task: UtilityTask, ms?: number): Promise<UtilityResult>
}

/** The utility model for the tasks of `job`. Null: the workspace has none, or does not allow it. */
export function utilityModel(
  env: ConversationEnv,
  tenant: TenantId,
  settings: Settings,
  job: TurnJob,
  waitUntil: (work: Promise<unknown>) => void,
): UtilityModel | null {
  const chosen = utilityProfile(settings)
  if (!chosen) return null
  const { name, profile } = chosen
  if (!mayCall(settings.router, { name, providerModel: profile.model })) return null
  const candidateFor = (maxTokens: number): ModelCandidate => {
    const candidate = candidateOf(env, tenant, name, { ...profile, max_tokens: Math.min(profile.max_tokens ?? maxTokens, maxTokens) })
    return { ...candidate, model: guardedModel(candidate.model, name, job, env, waitUntil) }
  }
  const run = async (task: UtilityTask, ms = taskMs): Promise<UtilityResult> => {
    const account = {
      tenant,
      persona: job.persona_id,
      user: job.subject,
      job,
      attempt: `${job.session}/${job.turn_id}/${job.token}/${task.name}/${crypto.randomUUID()}`,
    }
    const instructions = [{ kind: 'preamble', source: task.name, text: task.instructions }] as const
    // The task counts on the budget of the persona, too.
    const choose = async () => {
      const persona = await personaOf(env, job)
      return { settings, candidates: [candidateFor(task.maxTokens)], instructions, persona }
    }
    const result = await runTask(metered(env, account, choose, waitUntil), name, task, ms)
    if (!result.ok) logger.write('utility_model.failed', { ...jobFields(job), task: task.name, reason: result.reason })
    return result
  }
  return { name, inputTokens: candidateFor(1).historyTokens, run }
}

/** One try and one retry, in at most `ms` together. */
export async function runTask(model: Model, name: string, task: UtilityTask, ms: number): Promise<UtilityResult> {
  const stop = new AbortController()
  const text = oneRetry(() => textOf(model, task, stop.signal), stop.signal)
  // A call that is still pending after the time is over fails later.
  text.catch(() => {})
  try {
    const settled = await withTimeout(text, ms)
    if (settled === timedOut) return { ok: false, reason: 'slow' }
    return settled === '' ? { ok: false, reason: 'empty' } : { ok: true, text: settled, model: name }
  } catch {
    return { ok: false, reason: 'failed' }
  } finally {
    stop.abort()
  }
}

/** The result of `attempt`, or of its repetition after a failure that may pass or an empty text. */
async function oneRetry(attempt: () => Promise<string>, signal: AbortSignal): Promise<string> {
  let pauseMs = 0
  try {
    const text = await attempt()
    if (text !== '') return text
  } catch (error) {
    if (!(error instanceof ModelError) || error instanceof BudgetExceeded || error.retry === undefined) throw error
    pauseMs = error.retry.afterMs ?? retryMs
  }
  await sleep(pauseMs, signal)
  return attempt()
}

/** The whole text of one answer, trimmed. What exceeds the task's tokens is cut. */
async function textOf(model: Model, { instructions: _, input, maxTokens }: UtilityTask, signal: AbortSignal): Promise<string> {
  const request: ModelRequest = { messages: [{ role: 'user', text: input }], tools: [], metadata: {}, at: Date.now() }
  let text = ''
  for await (const chunk of model.answer(request, signal)) {
    if (chunk.type === 'text') text += chunk.text
    if (text.length > unitsPerToken * maxTokens) break
  }
  return text
    .slice(0, unitsPerToken * maxTokens)
    .toWellFormed()
    .trim()
}
