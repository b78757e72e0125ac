/** Executes one attempt at a tool call: judges and claims the call, runs the tool, and delivers its result to the session. */
import type { DelegateRequest } from '../../shared/agent/delegation.ts'
import { failpoint } from '../../shared/failpoints.ts'
import { jobFields } from '../../shared/log/fields.ts'
import { unlessOlder } from '../../shared/older-release.ts'
import { breakerText, isOpen, type ToolBreaker } from '../../shared/tool/breaker.ts'
import type { ToolContext, ToolServices } from '../../shared/tool/context.ts'
import { type Attempt, askMs, type CallJob, type CallOwner, type CallResult, type Verdict } from '../../shared/tool/executor.ts'
import type { Tool } from '../../shared/tool/tool.ts'
import { delegateRequest } from './delegate.ts'
import { type Judgement, type Judges, judge } from './judge.ts'
import { logger } from './logger.ts'
import { nestedTools } from './nested-tools.ts'
import { type EndedRun, run, runOrCheck } from './run.ts'

/** Delays between deliveries of a result to an unreachable session. Milliseconds. */
const retryDelaysMs = [100, 500, 2_000]
/** How old a judgement may be when the tool starts. Milliseconds. As long as a policy stays cached. */
const maxJudgementMs = 1_000

/** The catalog, the policy and the audit trail of an executor, and what its tools may reach. */
export interface Dependencies extends Judges {
  /** Audits a result that the session no longer accepts. */
  auditLateResult(job: CallJob, result: CallResult): Promise<void>
  /** Why the user may not choose the persona, in words for the model. Null: the user may. */
  personaProblem(job: CallJob, persona_id: string): Promise<string | null>
  readonly services: ToolServices
  /** Pauses a tool that fails again and again. */
  readonly breaker: ToolBreaker
}

/** How an attempt ended, for the log. */
type Ending = CallResult['outcome'] | 'unclaimed' | 'late' | 'parked' | 'delegated'

/** Resolves when the session has the result. Does nothing if the session refuses the claim. Rejects if it stays unreachable. */
export async function execute(job: CallJob, owner: CallOwner, tools: readonly Tool[], dependencies: Dependencies): Promise<void> {
  const startedAt = Date.now()
  const outcome = await attemptCall(job, owner, tools, dependencies)
  const tool = tools.find(({ name }) => name === job.name)?.name
  logger.write('call.ended', { ...jobFields(job), token: job.token, tool, outcome, ms: Date.now() - startedAt })
}

async function attemptCall(job: CallJob, owner: CallOwner, tools: readonly Tool[], dependencies: Dependencies): Promise<Ending> {
  const { turn_id, call_id, token } = job
  const attempt = { turn_id, call_id, token }
  const stop = new AbortController()
  const own = { signal: stop.signal, job, services: dependencies.services }
  const context = { ...own, nested: nestedTools(own, tools, dependencies, owner) }
  const tool = failpoint('claim-late') ? tools.find(({ name }) => name === job.name) : undefined
  const early = tool && run(tool, tool, context)
  const first = await judge(job, tools, dependencies)
  const { verdict } = first
  const judgedAt = Date.now()
  if (verdict.kind === 'ask' && verdict.need === null) return park(verdict, attempt, owner)
  const approval = verdict.kind === 'ask' && verdict.need ? { approval: verdict.need } : {}
  const isClaimed = await owner.claimCall(attempt, job.cut_off ? { checks: true } : approval)
  if (!isClaimed) return verdict.kind === 'ask' ? park(verdict, attempt, owner) : 'unclaimed'
  // A failed request does not release the call: the session may only be unreachable.
  void owner.callReleased(attempt).then(
    () => stop.abort(),
    () => {},
  )
  const current = Date.now() - judgedAt <= maxJudgementMs ? first : await judge(job, tools, dependencies)
  if (isNewAsk(verdict, current.verdict)) return park(current.verdict, attempt, owner)
  const task = taskOf(current)
  if (task) return delegate(task, job, attempt, owner, dependencies)
  const { waits, asks, ...result } = await (early ??
    resultOf(current, { ...context, job: { ...job, arguments: argumentsOf(current.verdict) ?? job.arguments } }, dependencies.breaker))
  if (waits && current.verdict.kind !== 'end' && (await park(asks ?? waiting(current.verdict, result.text), attempt, owner)) === 'parked')
    return 'parked'
  if (await deliver(result, attempt, owner)) return result.outcome
  await dependencies.auditLateResult(job, result)
  return 'late'
}

/** The judged call as a task, with the persona that calls. */
function taskOf(judgement: Judgement): DelegateRequest | null {
  if (!('declared' in judgement)) return null
  const task = judgement.declared.delegates?.(judgement.verdict.arguments)
  return task ? delegateRequest(task, judgement.persona) : null
}

/** The session's object is of an earlier release. */
const olderSession = 'Sub-agents are not available yet: the conversation is being updated. Try again in some minutes.'

/** Hands the call to a sub-agent. Its answer ends the call later. */
async function delegate(
  request: DelegateRequest,
  job: CallJob,
  attempt: Attempt,
  owner: CallOwner,
  { personaProblem }: Pick<Dependencies, 'personaProblem'>,
): Promise<Ending> {
  const problem = await personaProblem(job, request.persona_id)
  const isDelegated = problem === null ? await unlessOlder(() => owner.delegateCall(attempt, request)) : null
  if (isDelegated !== null) return isDelegated ? 'delegated' : 'unclaimed'
  return (await deliver({ outcome: 'failed', text: problem ?? olderSession }, attempt, owner)) ? 'failed' : 'late'
}

async function resultOf(judgement: Judgement, context: ToolContext, breaker: ToolBreaker): Promise<EndedRun> {
  if (!('declared' in judgement)) return judgement.verdict.result
  const state = await breaker.state()
  const now = context.services.now()
  if (state && isOpen(state, now)) return { outcome: 'failed', text: breakerText(judgement.tool.name, state, now) }
  // Released while it was judged: the result is not needed, so the tool does not start.
  if (context.signal.aborted) return { outcome: 'failed', text: 'It was stopped before it ran.' }
  let isBroken = false
  const result = await runOrCheck(judgement, context, () => {
    isBroken = true
  })
  if (isBroken || (state && state.failures > 0)) await breaker.report(isBroken)
  return result
}

const argumentsOf = (verdict: Verdict): string | null => (verdict.kind === 'end' ? null : verdict.arguments)

type Asking = Extract<Verdict, { kind: 'ask' }>

/** Asks for an approval to run the call again: the same one that it had, if it needed one. */
const waiting = (verdict: Exclude<Verdict, { kind: 'end' }>, reason: string): Asking =>
  verdict.kind === 'ask'
    ? { ...verdict, reason }
    : {
        kind: 'ask',
        arguments: verdict.arguments,
        need: null,
        reason,
        ask: { arguments: verdict.arguments, asked: [{ source: 'catalog', reason }], rule: 'always' },
      }

/** Whether the call needs another approval than the one that it was claimed with. */
const isNewAsk = (claimed: Verdict, current: Verdict): current is Asking =>
  current.kind === 'ask' && (claimed.kind !== 'ask' || claimed.need?.binding !== current.need?.binding)

async function park({ reason, ask }: Asking, attempt: Attempt, owner: CallOwner): Promise<Ending> {
  return (await owner.parkCall(attempt, reason, Date.now() + askMs, ask)) ? 'parked' : 'unclaimed'
}

async function deliver(result: CallResult, attempt: Attempt, owner: CallOwner): Promise<boolean> {
  for (const waitMs of retryDelaysMs) {
    try {
      return await owner.endCall(attempt, result)
    } catch {
      await new Promise((done) => setTimeout(done, waitMs))
    }
  }
  return owner.endCall(attempt, result)
}
