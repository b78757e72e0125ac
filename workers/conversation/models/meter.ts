/**
 * Enforces a tenant's budgets on model calls. The upper bound of a call is reserved before it and settled after it, however it ends.
 * A provider's usage report counts only where it can be true. If a runner stops, its reservation counts as used.
 */
import { limits } from '../../../shared/api/limits.ts'
import { documentShare } from '../../../shared/context/attached-files.ts'
import { messagesCost } from '../../../shared/context/cost.ts'
import { buildPrompt, memoryShare, toolTokens } from '../../../shared/context/prompt.ts'
import { promptTools } from '../../../shared/context/prompt-tools.ts'
import { defaultOutputTokens } from '../../../shared/context/window.ts'
import type { Usage } from '../../../shared/events/event.ts'
import { formatRequest } from '../../../shared/json-schema/response-format.ts'
import {
  accountsFor,
  budgetName,
  costOf,
  countedUsage,
  dayEnd,
  dearestPrice,
  defaultPrice,
  isLimited,
  noLimit,
  type PayingPersona,
  plausibleUsage,
  unpricedAccount,
  upperBoundTokens,
  userAccounts,
  zeroAmount,
} from '../../../shared/limits/budget.ts'
import { type QuotedMemories, quoteMemories, type Recall } from '../../../shared/memory/recall.ts'
import { isMemoryOff } from '../../../shared/memory/switches.ts'
import { type Model, type ModelChunk, ModelError, type ModelRequest, messageText } from '../../../shared/model/model.ts'
import { estimateContextTokens, estimateTokens, messageTokens } from '../../../shared/model/tokens.ts'
import { type Instruction, instructionText } from '../../../shared/persona/instructions.ts'
import type { StoredPersona } from '../../../shared/persona/persona.ts'
import type { Settings } from '../../../shared/settings/settings.ts'
import type { ToolSpec } from '../../../shared/tool/tool.ts'
import type { TurnFiles } from '../attachments/turn-files.ts'
import { logger } from '../logger.ts'
import { answererOf } from '../personas/instructed-request.ts'
import type { ModelCandidate } from './candidates.ts'
import type { FittedHistory } from './fitted-history.ts'
import { countAnswer, takeModelPermits } from './rate-limits.ts'
import { accountFields, type BudgetAccount, Settlement } from './settlement.ts'

type MeterEnv = Pick<ConversationEnv, 'LIMITER'>

/** Usage reports above this are implausible. More than any model's maximum output, reasoning included. */
const maxPlausibleOutputTokens = 200_000

/** The settings and models of a call. */
interface ModelChoice {
  readonly settings: Settings
  readonly candidates: readonly ModelCandidate[]
  readonly persona?: StoredPersona | null
  /** The personas of the turns above, which pay too. */
  readonly above?: readonly PayingPersona[]
  /** The parts of the system message. */
  readonly instructions?: readonly Instruction[]
  /** The memories for the newest message. Absent: the call recalls none. */
  readonly recall?: Recall
  /** Fits the conversation to the window of the first candidate, beside `ownTokens` of instructions and tools. Null: it fits as it is. */
  readonly fit?: (ownTokens: number) => Promise<FittedHistory | null>
  /** The files of the messages. Absent: there are none. */
  readonly files?: Pick<TurnFiles, 'withDocuments' | 'withImages' | 'withoutImages'>
  /** Tools that the caller runs. They come in place of those of the workspace. */
  readonly ownTools?: readonly ToolSpec[]
}

/**
 * A model that calls the candidates in order until one sends its first token. Each call is metered.
 * `choose` resolves the candidates at each call. `waitUntil` keeps the Worker running until a call is settled.
 */
export function metered(
  env: MeterEnv,
  account: BudgetAccount,
  choose: () => Promise<ModelChoice>,
  waitUntil: (settled: Promise<unknown>) => void,
): Model {
  let calls = 0
  return {
    async *answer(original, signal) {
      const { settings, candidates, persona = null, above = [], instructions = [], recall, fit, files, ownTools } = await choose()
      const offered = settings.features.tools === 'disabled' ? [] : original.tools
      const room = Math.min(...candidates.map(({ historyTokens }) => historyTokens))
      const tools = ownTools ?? promptTools(persona?.persona.tools ?? null, offered, original.messages, room)
      const { followUp = [], responseFormat } = original
      const formatTokens = responseFormat ? estimateTokens(formatRequest(responseFormat)) : 0
      const ownTokens = messageTokens + estimateTokens(instructionText(instructions)) + toolTokens(tools) + formatTokens
      // More than their share would leave the fit no room for the conversation.
      const memoryRoom = Math.floor(Math.max(0, room - ownTokens) * memoryShare)
      const memories = recall ? quoteMemories(recall.memories, Math.min(settings.memory.recall_tokens, memoryRoom)) : null
      const memoryTokens = memories ? messagesCost([memories.message]) : 0
      const history = await fit?.(ownTokens + memoryTokens + messagesCost(followUp))
      if (history?.report.summary || history?.report.omitted) yield { type: 'context', context: history.report }
      const conversation = history?.messages ?? original.messages
      const withFiles = (await files?.withDocuments(conversation, Math.floor(room * documentShare))) ?? conversation
      const messages = [...withFiles, ...followUp]
      const request = { ...original, messages, tools, followUp: undefined }
      const by = answererOf(persona, instructions, isMemoryOff('remember', original, settings, persona?.persona))
      const failure = recall?.failure
      for (const [index, candidate] of candidates.entries()) {
        let hasOutput = false
        let hasBegun = false
        let hasReasoning = false
        try {
          const tokenFactor = index === 0 ? history?.tokenFactor : undefined
          const shown = files && !candidate.sees ? { ...request, messages: files.withoutImages(messages) } : request
          const prompted = fitted(shown, instructions, candidate, tokenFactor, memories)
          const seen = files && candidate.sees ? await files.withImages(prompted.request.messages) : prompted.request.messages
          calls += 1
          const key = `${account.attempt}/${calls}`
          const paid = { ...account, attempt: key, personaBudget: persona?.persona.budget ?? null, above }
          for await (const chunk of callCandidate(
            env,
            paid,
            settings,
            candidate,
            { ...prompted.request, messages: seen },
            signal,
            waitUntil,
          )) {
            const isOutput = chunk.type === 'call' || (chunk.type === 'text' && chunk.text !== '')
            const isReasoning = chunk.type === 'reasoning'
            if ((isOutput || isReasoning) && !hasBegun) {
              const { escalation } = candidate
              const answered_by = {
                model: candidate.name,
                ...by,
                ...(prompted.memories.length > 0 && { memories: [...prompted.memories] }),
                ...(failure && { recall: failure }),
                ...(escalation && { escalation }),
              }
              yield { type: 'answered_by', answered_by, estimated_tokens: prompted.estimatedTokens }
            }
            hasOutput ||= isOutput
            hasReasoning ||= isReasoning
            hasBegun ||= isOutput || isReasoning
            yield chunk
          }
          return
        } catch (error) {
          const isLast = index === candidates.length - 1
          if (hasOutput || isLast || signal.aborted || !(error instanceof ModelError) || error instanceof BudgetExceeded) throw error
          // The next model thinks for itself.
          if (hasReasoning) yield { type: 'reasoning_void' }
        }
      }
    },
  }
}

/**
 * The request with the prompt that fits the candidate, and our estimate of its tokens. Throws `ModelError` if its window is too small for the
 * instructions.
 */
function fitted(
  request: ModelRequest,
  instructions: readonly Instruction[],
  { name, historyTokens }: ModelCandidate,
  tokenFactor: number | undefined,
  memories: QuotedMemories | null,
): { readonly request: ModelRequest; readonly estimatedTokens: number; readonly memories: readonly string[] } {
  const { messages, tools, responseFormat } = request
  const formatTokens = responseFormat ? estimateTokens(formatRequest(responseFormat)) : 0
  const prompt = buildPrompt({ instructions, tools, messages, memories, formatTokens }, { name, promptTokens: historyTokens, tokenFactor })
  if (!prompt.ok) throw new ModelError(prompt.error)
  const estimatedTokens = messagesCost(prompt.value.messages) + toolTokens(tools) + formatTokens
  return { request: { ...request, messages: prompt.value.messages }, estimatedTokens, memories: prompt.value.memories }
}

/** The budget is used up. No other candidate is called. */
export class BudgetExceeded extends ModelError {}

/** Counts as one image. The tokens of an image depend on its size and on the provider: most have less than these. */
const imageText = 'x'.repeat(4 * 3_000)

async function* callCandidate(
  env: MeterEnv,
  account: BudgetAccount,
  { budgets, user_budgets, models }: Settings,
  candidate: ModelCandidate,
  original: ModelRequest,
  signal: AbortSignal,
  waitUntil: (settled: Promise<unknown>) => void,
): AsyncGenerator<ModelChunk> {
  let request = original
  // The descriptions of tools count as input.
  const texts = [
    ...request.messages.map(messageText),
    ...request.messages.flatMap((message) => ('images' in message ? (message.images ?? []) : [])).map(() => imageText),
    ...request.tools.map((tool) => JSON.stringify(tool)),
    ...(request.responseFormat ? [formatRequest(request.responseFormat)] : []),
  ]
  await takeModelPermits(env, account.tenant, candidate, estimateContextTokens(texts))
  signal.throwIfAborted()
  const bound = { inputTokens: upperBoundTokens(texts), outputTokens: candidate.maxTokens ?? maxPlausibleOutputTokens }
  // A call of unknown price counts as the dearest one, and on an account of its own.
  const knownPrice = candidate.price ?? dearestPrice(Object.values(models))
  const price = knownPrice ?? defaultPrice
  const accounts = [
    ...accountsFor(budgets, account.persona, account.personaBudget, account.above),
    ...userAccounts(user_budgets, account.user),
    ...(candidate.price ? [] : [{ name: unpricedAccount, limit: noLimit }]),
  ]
  if (!knownPrice && accounts.some(({ limit }) => limit.money_per_day > 0)) throw unpriced(candidate.name)
  const limiter = env.LIMITER.getByName(budgetName(account.tenant))
  const hasLimit = accounts.some(({ limit }) => isLimited(limit))
  const settlement = new Settlement(limiter, account, hasLimit, accounts)
  waitUntil(settlement.done)
  if (hasLimit) {
    const plan = { inputTokens: bound.inputTokens, outputTokens: candidate.maxTokens ?? defaultOutputTokens, price }
    const granted = await limiter.reserve({ key: account.attempt, accounts, plan }).catch((error: unknown) => {
      logger.write('budget.unreachable', { error, ...accountFields(account) })
      // The reservation may exist although its response was lost.
      settlement.settle(zeroAmount)
      // Fails closed: without a budget check, no call.
      throw new ModelError('The budget cannot be checked at the moment.', {})
    })
    if (!granted.ok) {
      settlement.cancel()
      throw budgetExceeded(granted.account, granted.of)
    }
    bound.outputTokens = granted.outputTokens
    request = { ...request, maxTokens: granted.outputTokens }
  }

  let output = ''
  let textUnits = 0
  let reported: Usage | null = null
  let isRefused = false
  let hasImplausibleUsage = false
  // The turn shows the same usage as the budget is charged.
  const usage = (): Usage => {
    const output_tokens = Math.min(estimateTokens(output), bound.outputTokens)
    return countedUsage(reported, { input_tokens: estimateContextTokens(texts), output_tokens })
  }
  let isCounted = false
  const countTokens = () => {
    if (isCounted) return
    isCounted = true
    const used = usage().output_tokens
    if (candidate.tokensPerMinute !== undefined && used > 0 && !reported?.from_cache) waitUntil(countAnswer(env, account, candidate, used))
  }
  const settle = () => {
    countTokens()
    const isEmpty = output === '' && reported === null
    // Providers do not charge for refused requests, but may charge for interrupted ones.
    const isFree = (isEmpty && isRefused) || reported?.from_cache === true
    settlement.settle(isFree ? zeroAmount : costOf(usage(), price))
  }
  if (signal.aborted) {
    // The provider was not called.
    settlement.settle(zeroAmount)
    signal.throwIfAborted()
  }
  // A model that ignores the abort does not delay the settlement.
  signal.addEventListener('abort', settle)
  try {
    for await (const chunk of candidate.model.answer(request, signal)) {
      if (chunk.type === 'usage') {
        reported = plausibleUsage(chunk.usage, bound)
        if (chunk.clamped || !reported) hasImplausibleUsage = true
        continue
      }
      if (chunk.type === 'text' || chunk.type === 'reasoning') output += chunk.text
      else if (chunk.type === 'call') output += chunk.name + chunk.arguments
      if (output.length > bound.outputTokens && estimateTokens(output) > 2 * bound.outputTokens + 64)
        throw new ModelError('The model exceeded its output limit and was stopped.')
      const text = chunk.type === 'text' ? chunk.text : ''
      const remainingUnits = limits.itemUnits - textUnits
      if (text.length > remainingUnits) {
        yield { type: 'text', text: text.slice(0, remainingUnits).replace(/[\ud800-\udbff]$/, '') }
        yield { type: 'cut' }
        break
      }
      textUnits += text.length
      yield chunk
    }
    yield { type: 'usage', usage: usage() }
  } catch (error) {
    isRefused = error instanceof ModelError && !signal.aborted
    if (error instanceof ModelError && isRefused) {
      logger.write('model_call.failed', { ...error.report, ...accountFields(account) })
      if (output !== '' || reported) yield { type: 'usage', usage: usage() }
    }
    throw error
  } finally {
    signal.removeEventListener('abort', settle)
    if (hasImplausibleUsage) logger.write('model_usage.implausible', accountFields(account))
    settle()
  }
}

/** A budget of money cannot count what has no price. */
const unpriced = (name: string): BudgetExceeded =>
  new BudgetExceeded(
    `The model \`${name}\` has no price, and no other model of this workspace has one, so the daily budget of money cannot count its answer. Set the price of a model profile, or remove the budget of money.`,
  )

/** The message starts with SomaAgent01's own sentence. */
function budgetExceeded(account: string, resource: 'tokens' | 'money'): BudgetExceeded {
  const [kind, name] = [account.split(':', 1)[0], account.slice(account.indexOf(':') + 1)]
  const holder = kind === 'persona' || kind === 'user' ? `The ${kind} \`${name}\` has` : 'This tenant has'
  const resetDay = new Date(dayEnd(Date.now())).toISOString().slice(0, 10)
  return new BudgetExceeded(
    `Token budget exceeded for this persona/tenant. ${holder} too little left of today's ${resource === 'tokens' ? 'tokens' : 'money'} for this answer. The budget resets on ${resetDay} at 00:00 UTC.`,
  )
}
