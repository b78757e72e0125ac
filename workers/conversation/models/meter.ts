/**
 * What a call of a model costs, held to the tenant's limits: set aside before the call, settled after it, however it ends. What a
 * provider says that it used is believed only within what the call can have used. If a runner dies, what it had set aside stays spent.
 */

import { truncateToTokens } from '../../../shared/context/truncate.ts'
import type { Usage } from '../../../shared/events/event.ts'
import type { TenantId } from '../../../shared/ids.ts'
import {
  type Amount,
  accountsFor,
  budgetName,
  costOf,
  dayEnds,
  isLimited,
  plausibleUsage,
  upperBoundTokens,
} from '../../../shared/limits/budget.ts'
import { logFault } from '../../../shared/log.ts'
import { type Model, type ModelChunk, ModelError, type ModelRequest, messageText } from '../../../shared/model/model.ts'
import { estimateContextTokens, estimateTokens } from '../../../shared/model/tokens.ts'
import type { Settings } from '../../../shared/settings/settings.ts'
import type { ModelCandidate } from './model.ts'

/** Who pays for a call, and what names it. */
export interface BudgetAccount {
  readonly tenant: TenantId
  readonly persona: string | undefined
  /** Of one attempt; calls within it are numbered. */
  readonly attempt: string
}

type MeterEnv = Pick<ConversationEnv, 'LIMITER'>

/** What one answer may have when its profile does not say and a budget must be held: as much as most models give at once. */
const defaultOutputTokens = 4_096
/** More output than any model gives at once, its thinking included: whoever reports more is not believed. */
const maxPlausibleOutputTokens = 200_000

/** Asks `candidates` in order, until one has said its first word. Resolves `settings` when the first call is made. */
export function metered(
  env: MeterEnv,
  payer: BudgetAccount,
  choose: () => Promise<{ readonly settings: Settings; readonly candidates: readonly ModelCandidate[] }>,
  waitUntil: (settled: Promise<unknown>) => void,
): Model {
  let calls = 0
  return {
    async *answer(asked, signal) {
      const { settings, candidates } = await choose()
      const request = settings.features.tools === 'disabled' ? { ...asked, tools: [] } : asked
      for (const [at, candidate] of candidates.entries()) {
        let spoken = false
        try {
          calls += 1
          const key = `${payer.attempt}/${calls}`
          for await (const chunk of one(env, { ...payer, attempt: key }, settings.budgets, candidate, request, signal, waitUntil)) {
            spoken ||= chunk.type === 'call' || (chunk.type === 'text' && chunk.text !== '')
            yield chunk
          }
          return
        } catch (error) {
          const last = at === candidates.length - 1
          if (spoken || last || signal.aborted || !(error instanceof ModelError) || error instanceof BudgetExceeded) throw error
        }
      }
    },
  }
}

/** The limits are used up. No other model is asked. */
export class BudgetExceeded extends ModelError {}

async function* one(
  env: MeterEnv,
  payer: BudgetAccount,
  budgets: Settings['budgets'],
  candidate: ModelCandidate,
  asked: ModelRequest,
  signal: AbortSignal,
  waitUntil: (settled: Promise<unknown>) => void,
): AsyncGenerator<ModelChunk> {
  await takeModelPermit(env, payer.tenant, candidate)
  let request = within(asked, candidate)
  // What tools cost to describe is input too.
  const texts = [...request.messages.map(messageText), ...request.tools.map((tool) => JSON.stringify(tool))]
  const most = { inputTokens: upperBoundTokens(texts), outputTokens: candidate.maxTokens ?? maxPlausibleOutputTokens }
  const accounts = accountsFor(budgets, payer.persona)
  const limiter = env.LIMITER.getByName(budgetName(payer.tenant))
  const limited = accounts.some(({ limit }) => isLimited(limit))
  if (limited) {
    const plan = { inputTokens: most.inputTokens, outputTokens: candidate.maxTokens ?? defaultOutputTokens, price: candidate.price }
    const granted = await limiter.reserve({ key: payer.attempt, accounts, plan }).catch((error: unknown) => {
      logFault('budget.unreachable', error, { tenant: payer.tenant })
      // Not open: what cannot be checked is not spent.
      throw new ModelError('The budget cannot be checked at the moment.', {})
    })
    if (!granted.ok) throw overBudget(granted.account, granted.of)
    most.outputTokens = granted.outputTokens
    request = { ...request, maxTokens: granted.outputTokens }
  }

  let said = ''
  let reported: Usage | null = null
  let refused = false
  try {
    for await (const chunk of candidate.model.answer(request, signal)) {
      if (chunk.type === 'usage') {
        reported = plausibleUsage(chunk.usage, most)
        if (reported) yield { type: 'usage', usage: reported }
        continue
      }
      if (chunk.type === 'text') said += chunk.text
      else if (chunk.type === 'call') said += chunk.name + chunk.arguments
      if (said.length > most.outputTokens && estimateTokens(said) > 2 * most.outputTokens + 64)
        throw new ModelError('The model says more than it was allowed to, so it was stopped.')
      yield chunk
    }
  } catch (error) {
    refused = error instanceof ModelError && !signal.aborted
    throw error
  } finally {
    const nothingSaid = said === '' && reported === null
    const output_tokens = Math.min(estimateTokens(said), most.outputTokens)
    const estimate = { input_tokens: estimateContextTokens(texts), output_tokens }
    // Whoever refuses a request does not charge for it; whoever was interrupted may.
    const cost = nothingSaid && refused ? { tokens: 0, micros: 0 } : costOf(reported ?? estimate, candidate.price)
    waitUntil(
      settle(
        limiter,
        payer,
        limited,
        accounts.map(({ name }) => name),
        cost,
      ),
    )
  }
}

type Book = ReturnType<MeterEnv['LIMITER']['getByName']>

async function settle(book: Book, { attempt, tenant }: BudgetAccount, limited: boolean, accounts: string[], cost: Amount): Promise<void> {
  for (const delayMs of [0, 200, 2_000]) {
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    try {
      // Settling is idempotent; recording is not, so it is tried once.
      if (limited) await book.settle(attempt, cost)
      else if (cost.tokens > 0) await book.record(accounts, cost)
      return
    } catch (error) {
      logFault('budget.unsettled', error, { tenant })
      if (!limited) return
    }
  }
}

/** What the model takes in: the latest of the conversation that leaves room for the answer. */
function within(request: ModelRequest, { contextTokens, maxTokens }: ModelCandidate): ModelRequest {
  if (contextTokens === undefined) return request
  const answer = Math.min(maxTokens ?? defaultOutputTokens, Math.floor(contextTokens / 2))
  return { ...request, messages: truncateToTokens(request.messages, contextTokens - answer) }
}

/** Waits for nothing: says how long to wait, and the attempt does. */
async function takeModelPermit({ LIMITER }: MeterEnv, tenant: TenantId, { name, requestsPerMinute }: ModelCandidate): Promise<void> {
  if (requestsPerMinute === undefined) return
  const rule = { kind: 'token_bucket', limit: requestsPerMinute, window_seconds: 60 } as const
  const taken = await LIMITER.getByName(`${tenant}/model/${name}`).take(rule)
  if (!taken.allowed)
    throw new ModelError(`The model profile \`${name}\` may be called ${requestsPerMinute} times a minute.`, { afterMs: taken.retryMs })
}

/** The originals' sentence first, then what it means. */
function overBudget(account: string, of: 'tokens' | 'money'): BudgetExceeded {
  const whose = account === 'tenant' ? 'This tenant has' : `The persona \`${account.slice('persona:'.length)}\` has`
  const again = new Date(dayEnds(Date.now())).toISOString().slice(0, 10)
  return new BudgetExceeded(
    `Token budget exceeded for this persona/tenant. ${whose} too little left of today's ${of === 'tokens' ? 'tokens' : 'money'} for this answer; the budget begins anew on ${again} at 00:00 UTC.`,
  )
}
