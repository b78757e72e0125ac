/**
 * Fits the history of a turn to the window of its model. When it no longer fits, as measured by the provider's own counts, the utility
 * model summarises the oldest turns. Without a summary the oldest turns are left out, and the log says why. It never fails a turn.
 */
import { messagesCost } from '../../../shared/context/cost.ts'
import {
  cleanSummary,
  fitsWhole,
  historyMessages,
  measuredFactor,
  mostTokensPerEstimate,
  newestTurns,
  splitForSummary,
  summaryInput,
  summaryInstructions,
  summaryTokens,
  type TurnHistory,
} from '../../../shared/context/summary.ts'
import { maxHistoryTokens } from '../../../shared/context/window.ts'
import type { Omission } from '../../../shared/events/event.ts'
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import { jobFields } from '../../../shared/log/fields.ts'
import type { PromptReport } from '../../../shared/model/model.ts'
import { estimateTokens } from '../../../shared/model/tokens.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import type { TurnJob } from '../../../shared/turn/runner.ts'
import { logger } from '../logger.ts'
import type { ModelCandidate } from '../models/candidates.ts'
import type { FittedHistory } from '../models/fitted-history.ts'
import type { UtilityModel } from './utility-model.ts'

/** The time of all calls of one compaction. Milliseconds. */
const compactionMs = 20_000
/** The most calls of one compaction. Each reads what fits into the utility model's window. */
const maxCalls = 4
/** After a failure, the session is not summarised again for this long. Milliseconds. */
const restMs = 60_000
/** The share of the utility model's window that is filled by our estimate, because its tokens are not measured. */
const filledShare = 0.7
/** Output for what a model thinks before it writes. Tokens. */
const thinkingTokens = 512

/** What a compaction needs. */
export interface Compaction {
  readonly session: { turnHistory(turnId: string, token: number, tokens: number): Promise<TurnHistory | null> }
  readonly job: TurnJob
  /** The model that is called first. */
  readonly candidate: Pick<ModelCandidate, 'name' | 'historyTokens'> | undefined
  /** The estimated tokens of instructions and tools. */
  readonly ownTokens: number
  /** Null: the workspace has none. */
  readonly utility: UtilityModel | null
  /** Default: 20 s. */
  readonly ms?: number
}

/** The last failure of each session, in this isolate. */
const failures = new BoundedMap<string, { readonly at: number; readonly reason: Omission }>(1_000)

/** The fitted history. Null: the messages of the job are far from the window, or the session cannot return its history. */
export async function fitHistory(compaction: Compaction): Promise<FittedHistory | null> {
  const { session, job, candidate, ownTokens, utility } = compaction
  if (!candidate) return null
  const estimate = ownTokens + messagesCost(job.messages)
  if (!job.partial && estimate * mostTokensPerEstimate <= candidate.historyTokens) return null
  const tokens = Math.min(
    utility ? Math.max(2 * candidate.historyTokens, maxCalls * utility.inputTokens) : candidate.historyTokens,
    maxHistoryTokens,
  )
  const history = await historyOf(session, job, tokens)
  if (!history) return null
  const tokenFactor = measuredFactor(history.measured, candidate.name)
  const room = Math.floor(candidate.historyTokens / tokenFactor) - ownTokens
  // The instructions alone do not fit. The prompt says so.
  if (room <= 0) return null
  if (fitsWhole(history, room)) return { messages: historyMessages(history), tokenFactor, report: {} }
  const { history: fitted, report } = await shortened(history, room, compaction)
  return { messages: historyMessages(fitted), tokenFactor, report }
}

async function historyOf(session: Compaction['session'], job: TurnJob, tokens: number): Promise<TurnHistory | null> {
  try {
    return await unlessOlder(() => session.turnHistory(job.turn_id, job.token, tokens))
  } catch (error) {
    logger.write('context.unreachable', { error, ...jobFields(job) })
    return null
  }
}

/** The history with a new summary, or without its oldest turns. */
async function shortened(
  history: TurnHistory,
  room: number,
  { job, utility, ms = compactionMs }: Compaction,
): Promise<{ history: TurnHistory; report: PromptReport }> {
  const key = `${job.tenant}/${job.session}`
  const failure = failures.get(key)
  const isResting = failure !== undefined && Date.now() < failure.at + restMs
  const reason = utility === null ? 'no_utility_model' : isResting ? failure.reason : null
  const summarized = utility === null || isResting ? null : await summarize(history, room, utility, ms)
  if (summarized?.failure) failures.set(key, { at: Date.now(), reason: summarized.failure })
  const { history: fitted, omitted } = newestTurns(summarized?.history ?? history, room)
  const omission = reason ?? summarized?.failure ?? 'failed'
  return {
    history: fitted,
    report: {
      ...(summarized?.summary && { summary: summarized.summary }),
      // Turns before the first one of a summary are named by it.
      ...(omitted > 0 && !summarized?.summary && { omitted: { turns: omitted, reason: omission } }),
    },
  }
}

interface Summarized {
  readonly history: TurnHistory
  readonly summary: PromptReport['summary']
  readonly failure: Omission | null
}

/** Summarises the oldest turns, in calls that each read what fits. If a later call fails, the turns of the earlier ones are summarised. */
async function summarize(history: TurnHistory, room: number, utility: UtilityModel, ms: number): Promise<Summarized> {
  const endsAt = Date.now() + ms
  const { older, kept } = splitForSummary(history, room)
  const tokens = summaryTokens(room)
  const instructions = summaryInstructions(tokens)
  const maxTokens = Math.min(2 * tokens + thinkingTokens, Math.ceil(utility.inputTokens / 2))
  const inputTokens = Math.floor((utility.inputTokens - maxTokens) * filledShare) - estimateTokens(instructions)
  const firstTurn = history.summary?.first_turn ?? history.first_turn
  let record = history.summary?.text ?? null
  let done = 0
  let failure: Omission | null = null
  for (let call = 0; call < maxCalls && done < older.length && !failure; call++) {
    const { text: input, count } = summaryInput(record, older.slice(done), history.first_turn + done, inputTokens)
    const written = await utility.run({ name: 'summary', instructions, input, maxTokens }, Math.max(0, endsAt - Date.now()))
    const text = written.ok ? cleanSummary(written.text, tokens) : ''
    if (text === '') failure = written.ok ? 'empty' : written.reason
    else {
      record = text
      done += count
    }
  }
  const through_turn_id = older[done - 1]?.turn_id
  if (record === null || through_turn_id === undefined) return { history, summary: undefined, failure }
  const summary = { through_turn_id, first_turn: firstTurn, last_turn: history.first_turn + done - 1, text: record, model: utility.name }
  const turns = [...older.slice(done), ...kept]
  return { history: { ...history, summary, turns, first_turn: summary.last_turn + 1 }, summary, failure }
}
