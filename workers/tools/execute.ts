/** Executes one attempt at a tool call: claims the call, runs the tool, and delivers its result to the session. */
import { failpoint } from '../../shared/failpoints.ts'
import { timedOut, withTimeout } from '../../shared/lib/timeout.ts'
import { jobFields } from '../../shared/log/fields.ts'
import { timedOut as timeoutResult, unknownEffect } from '../../shared/session/call.ts'
import { type CatalogTool, withFixedArguments } from '../../shared/tool/catalog.ts'
import type { ToolContext, ToolServices } from '../../shared/tool/context.ts'
import { cutResult } from '../../shared/tool/cut-result.ts'
import type { Attempt, CallJob, CallOwner, CallResult } from '../../shared/tool/executor.ts'
import type { Tool } from '../../shared/tool/tool.ts'
import { logger } from './logger.ts'

/** Delays between deliveries of a result to an unreachable session. Milliseconds. */
const retryDelaysMs = [100, 500, 2_000]

/** The catalog, the policy and the audit trail of an executor, and what its tools may reach. */
export interface Dependencies {
  /** The tool as the workspace has it. Rejects while the catalog cannot be read: no tool runs without it. */
  catalogTool(declared: Tool): Promise<CatalogTool>
  /** The denial, as the call's result; null: the catalog and the policy allow the call. `job` has the arguments that run. */
  authorize(job: CallJob, tool: CatalogTool): Promise<CallResult | null>
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
  const declared = tools.find(({ name }) => name === job.name)
  const early = failpoint('claim-late') && declared ? run(declared, declared, context) : undefined
  if (!(await owner.claimCall(attempt))) return logEnd('unclaimed')
  // A failed request does not release the call: the session may only be unreachable.
  void owner.callReleased(attempt).then(
    () => stop.abort(),
    () => {},
  )
  const result = await (early ?? callTool(declared, context, dependencies))
  const delivered = await deliver(result, attempt, owner)
  if (!delivered) await dependencies.auditLateResult(job, result)
  logEnd(delivered ? result.outcome : 'late')
}

/** Decides about a claimed call, and runs it. */
async function callTool(declared: Tool | undefined, context: ToolContext, dependencies: Dependencies): Promise<CallResult> {
  const { job } = context
  if (!declared) return { outcome: 'failed', text: `There is no tool ${JSON.stringify(job.name)}.` }
  const invalid = invalidArguments(job)
  if (invalid) return invalid
  const tool = await dependencies.catalogTool(declared).catch((error) => {
    logger.write('catalog.unreachable', { error, ...jobFields(job), tool: declared.name })
    return null
  })
  if (!tool) return { outcome: 'denied', text: 'The tool catalog of the workspace cannot be read, so no tool runs. Try again later.' }
  const judged = { ...job, arguments: withFixedArguments(job.arguments, tool) }
  const denial = await dependencies.authorize(judged, tool)
  if (denial) return denial
  // Released while it was judged: the result is not needed, so the tool does not start.
  if (context.signal.aborted) return { outcome: 'failed', text: 'It was stopped before it ran.' }
  return run(declared, tool, { ...context, job: judged })
}

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

/** Runs the tool within the limits of the catalog. */
async function run(declared: Tool, { timeout_ms, output_units }: Pick<CatalogTool, 'timeout_ms' | 'output_units'>, context: ToolContext) {
  const { job, signal } = context
  const limitMs = Math.min(timeout_ms, job.timeout_ms ?? timeout_ms)
  const timeout = new AbortController()
  const running = declared.run(job.arguments, { ...context, signal: AbortSignal.any([signal, timeout.signal]) })
  const result = running.then(
    (ended): CallResult =>
      ended.ok ? { outcome: 'completed', text: cutResult(ended.value, output_units) } : { outcome: 'failed', text: ended.error },
    (error): CallResult => {
      if (!signal.aborted && !timeout.signal.aborted) logger.write('tool.failed', { error, ...jobFields(job), tool: declared.name })
      // The tool may have taken effect before it failed.
      return declared.effect === 'once' ? unknownEffect : { outcome: 'failed', text: 'The tool failed.' }
    },
  )
  const ended = await withTimeout(result, limitMs)
  if (ended !== timedOut) return ended
  timeout.abort()
  return timeoutResult(declared.effect, limitMs)
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
