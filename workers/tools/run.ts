/** Runs a judged call within the limits of the catalog. After an attempt that was cut off, checks its effect first. */
import { timedOut, withTimeout } from '../../shared/lib/timeout.ts'
import { jobFields } from '../../shared/log/fields.ts'
import { timedOut as timeoutResult, unknownEffect } from '../../shared/session/call.ts'
import type { CatalogTool } from '../../shared/tool/catalog.ts'
import type { ToolContext } from '../../shared/tool/context.ts'
import { cutResult } from '../../shared/tool/cut-result.ts'
import type { AskVerdict, CallResult } from '../../shared/tool/executor.ts'
import { type Checked, type Tool, ToolWaits } from '../../shared/tool/tool.ts'
import type { Judged } from './judge.ts'
import { logger } from './logger.ts'

type Limits = Pick<CatalogTool, 'timeout_ms' | 'output_units'>

/** How a run ended. `waits`: it had no effect, and runs again after a user has done what the text says. */
export type EndedRun = CallResult & { readonly waits?: true; readonly asks?: AskVerdict | undefined }

/** Runs the call. After an attempt that was cut off, the tool first checks what became of its effect. The job has the judged arguments. */
export async function runOrCheck({ declared, tool, verdict }: Judged, context: ToolContext, onBroken: () => void): Promise<EndedRun> {
  const { job } = context
  if (!job.cut_off) return run(declared, tool, context, onBroken)
  const checked = await within(declared, tool, context, onBroken, async (context): Promise<Checked | EndedRun> => {
    return (await declared.check?.(job.arguments, context)) ?? 'unknown'
  })
  if (typeof checked === 'object') return 'happened' in checked ? { outcome: 'completed', text: checked.happened } : checked
  // The approval was for the attempt that was cut off. A user decides about another one.
  return checked === 'not_happened' && verdict.kind === 'run' ? run(declared, tool, context, onBroken) : unknownEffect
}

/** Runs the tool with the arguments of the job. `onBroken`: called if it throws or takes too long, and nobody has stopped it. */
export const run = (declared: Tool, limits: Limits, context: ToolContext, onBroken: () => void = () => {}): Promise<EndedRun> =>
  within(declared, limits, context, onBroken, async (context): Promise<EndedRun> => {
    const ended = await declared.run(context.job.arguments, context)
    if (!ended.ok) return { outcome: 'failed', text: ended.error }
    return { outcome: 'completed', text: cutResult(ended.value, limits.output_units) }
  })

/** What `act` returns in time. Else the result of a call that failed or ran too long, without the error. */
async function within<T>(
  { name, effect }: Tool,
  { timeout_ms }: Limits,
  context: ToolContext,
  onBroken: () => void,
  act: (context: ToolContext) => Promise<T>,
): Promise<T | EndedRun> {
  const { job, signal } = context
  const limitMs = Math.min(timeout_ms, job.timeout_ms ?? timeout_ms)
  const timeout = new AbortController()
  const result = act({ ...context, signal: AbortSignal.any([signal, timeout.signal]) }).catch((error): EndedRun => {
    if (error instanceof ToolWaits) return { outcome: 'failed', text: error.message, waits: true, asks: error.asks }
    if (!signal.aborted && !timeout.signal.aborted) logger.write('tool.failed', { error, ...jobFields(job), tool: name })
    if (!signal.aborted) onBroken()
    // The tool may have taken effect before it failed.
    return effect === 'once' ? unknownEffect : { outcome: 'failed', text: 'The tool failed.' }
  })
  const ended = await withTimeout(result, limitMs)
  if (ended !== timedOut) return ended
  timeout.abort()
  onBroken()
  return timeoutResult(effect, limitMs)
}
