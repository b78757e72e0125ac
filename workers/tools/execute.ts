/** One attempt at one call: claimed before it is begun, stopped when nobody wants it any more, and its result handed over. */

import { failpoint } from '../../shared/failpoints.ts'
import { logFault } from '../../shared/log.ts'
import { unknownEffect } from '../../shared/session/call.ts'
import type { Attempt, CallJob, CallOwner, CallResult } from '../../shared/tool/executor.ts'
import type { Tool } from '../../shared/tool/tool.ts'

/** How often a result is handed over again when its session could not be reached, and how long after. Milliseconds. */
const againMs = [100, 500, 2_000]

/** What an executor needs besides the tools: who allows a call, and who keeps a result that came too late. */
export interface Dependencies {
  /** Why the call may not be, as its result; null: it may. */
  refusal(job: CallJob): Promise<CallResult | null>
  late(job: CallJob, result: CallResult): Promise<void>
}

export async function execute(job: CallJob, owner: CallOwner, tools: readonly Tool[], around: Dependencies): Promise<void> {
  const { turn_id, call_id, token } = job
  const attempt = { turn_id, call_id, token }
  const stop = new AbortController()
  const early = failpoint('claim-late') ? run(job, tools, stop.signal) : undefined
  if (!(await owner.claimCall(attempt))) return
  // A session that cannot be reached at the moment has not said that it does not want it.
  void owner.callReleased(attempt).then(
    () => stop.abort(),
    () => {},
  )
  const result = notJson(job) ?? (await around.refusal(job)) ?? (await (early ?? run(job, tools, stop.signal)))
  if (!(await handOver(result, attempt, owner))) await around.late(job, result)
}

/** The result of a call whose arguments no tool can read. Empty arguments count as `{}`. */
function notJson({ arguments: args }: CallJob): CallResult | null {
  if (args.trim() === '') return null
  try {
    const value: unknown = JSON.parse(args)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? null : { outcome: 'failed', text: 'The arguments are not a JSON object. Send the call again with a JSON object.' }
  } catch {
    return { outcome: 'failed', text: 'The arguments are not valid JSON. Send the call again with a complete JSON object.' }
  }
}

async function run({ name, arguments: args }: CallJob, tools: readonly Tool[], signal: AbortSignal): Promise<CallResult> {
  const tool = tools.find((one) => one.name === name)
  if (!tool) return { outcome: 'failed', text: `There is no tool ${JSON.stringify(name)}.` }
  try {
    const done = await tool.run(args, signal)
    return done.ok ? { outcome: 'completed', text: done.value } : { outcome: 'failed', text: done.error }
  } catch (error) {
    if (!signal.aborted) logFault('tool.failed', error, { name })
    // It may have had its effect before it broke.
    return tool.effect === 'once' ? unknownEffect : { outcome: 'failed', text: 'The tool broke.' }
  }
}

async function handOver(result: CallResult, attempt: Attempt, owner: CallOwner): Promise<boolean> {
  for (const waitMs of againMs) {
    try {
      return await owner.endCall(attempt, result)
    } catch {
      await new Promise((done) => setTimeout(done, waitMs))
    }
  }
  return owner.endCall(attempt, result)
}
