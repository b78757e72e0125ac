/** Executes one attempt at a tool call: claims the call, runs the tool, and delivers its result to the session. */
import { failpoint } from '../../shared/failpoints.ts'
import { jobFields } from '../../shared/log/fields.ts'
import { unknownEffect } from '../../shared/session/call.ts'
import type { ToolContext, ToolServices } from '../../shared/tool/context.ts'
import type { Attempt, CallJob, CallOwner, CallResult } from '../../shared/tool/executor.ts'
import type { Tool } from '../../shared/tool/tool.ts'
import { logger } from './logger.ts'

/** Delays between deliveries of a result to an unreachable session. Milliseconds. */
const retryDelaysMs = [100, 500, 2_000]

/** The policy and the audit trail of an executor, and what its tools may reach. */
export interface Dependencies {
  /** The denial, as the call's result; null: the policy allows the call. */
  authorize(job: CallJob): Promise<CallResult | null>
  /** Audits a result that the session no longer accepts. */
  auditLateResult(job: CallJob, result: CallResult): Promise<void>
  readonly services: ToolServices
}

/** Resolves when the session has the result. Does nothing if the session refuses the claim. Rejects if it stays unreachable. */
export async function execute(job: CallJob, owner: CallOwner, tools: readonly Tool[], dependencies: Dependencies): Promise<void> {
  const { turn_id, call_id, token } = job
  const attempt = { turn_id, call_id, token }
  const stop = new AbortController()
  const startedAt = Date.now()
  const logEnd = (outcome: CallResult['outcome'] | 'unclaimed' | 'late') => {
    const tool = tools.find(({ name }) => name === job.name)?.name
    logger.write('call.ended', { ...jobFields(job), token, tool, outcome, ms: Date.now() - startedAt })
  }
  const context = { signal: stop.signal, job, services: dependencies.services }
  const early = failpoint('claim-late') ? run(tools, context) : undefined
  if (!(await owner.claimCall(attempt))) return logEnd('unclaimed')
  // A failed request does not release the call: the session may only be unreachable.
  void owner.callReleased(attempt).then(
    () => stop.abort(),
    () => {},
  )
  const result =
    unknownTool(job, tools) ?? invalidArguments(job) ?? (await dependencies.authorize(job)) ?? (await (early ?? run(tools, context)))
  const delivered = await deliver(result, attempt, owner)
  if (!delivered) await dependencies.auditLateResult(job, result)
  logEnd(delivered ? result.outcome : 'late')
}

/** The result of a call of a tool that is not in the catalog. */
const unknownTool = ({ name }: CallJob, tools: readonly Tool[]): CallResult | null =>
  tools.some((tool) => tool.name === name) ? null : { outcome: 'failed', text: `There is no tool ${JSON.stringify(name)}.` }

/** The result of a call with arguments that no tool can read. Empty arguments count as `{}`. */
function invalidArguments({ arguments: args }: CallJob): CallResult | null {
  if (args.trim() === '') return null
  try {
    const value: unknown = JSON.parse(args)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? null : { outcome: 'failed', text: 'The arguments are not a JSON object. Send the call again with a JSON object.' }
  } catch {
    return { outcome: 'failed', text: 'The arguments are not valid JSON. Send the call again with a complete JSON object.' }
  }
}

async function run(tools: readonly Tool[], context: ToolContext): Promise<CallResult> {
  const { job, signal } = context
  const { name, arguments: args } = job
  const tool = tools.find((candidate) => candidate.name === name)
  if (!tool) throw new Error('the tool was not looked up')
  try {
    const result = await tool.run(args, context)
    return result.ok ? { outcome: 'completed', text: result.value } : { outcome: 'failed', text: result.error }
  } catch (error) {
    if (!signal.aborted) logger.write('tool.failed', { error, ...jobFields(job), tool: tool.name })
    // The tool may have taken effect before it failed.
    return tool.effect === 'once' ? unknownEffect : { outcome: 'failed', text: 'The tool failed.' }
  }
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
