/** Runs a program that calls tools: from one snapshot to the next, until it ends. Pure: the runner and the calls are ports. */
import { toolCalls, valueUnits } from './limits.ts'
import type { CodeRunnerPort, ConsoleLine, Program, ProgramCall, RunResult } from './program.ts'

/** The result of one call, for the program. */
export interface ProgramCallResult {
  readonly ok: boolean
  readonly text: string
}

/** Calls of one program that run at the same time. */
const callsAtOnce = 4

/**
 * The end of the program, with the console of all its runs. Calls that it makes together run together, and it continues when all have ended:
 * so equal results give an equal program. Throws the signal's reason between two runs.
 */
export async function runWithTools(
  runner: Pick<CodeRunnerPort, 'start' | 'resume'>,
  program: Program,
  call: (call: ProgramCall) => Promise<ProgramCallResult>,
  signal: AbortSignal,
): Promise<RunResult & { readonly state: 'completed' | 'failed' }> {
  const console: ConsoleLine[] = []
  let result = await runner.start(JSON.stringify(program))
  for (let runs = 0; runs <= toolCalls; runs += 1) {
    console.push(...result.console)
    if (result.state !== 'waiting') return { ...result, console }
    signal.throwIfAborted()
    const results = await inGroups(result.calls, callsAtOnce, async ({ id, name, arguments: args }) => {
      const { ok, text } = await call({ id, name, arguments: args })
      return { id, ok, text: text.slice(0, valueUnits) }
    })
    signal.throwIfAborted()
    result = await runner.resume(result.snapshot, JSON.stringify(results))
  }
  throw new Error('a program made more runs than calls')
}

async function inGroups<T, R>(items: readonly T[], size: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let index = 0; index < items.length; index += size) results.push(...(await Promise.all(items.slice(index, index + size).map(run))))
  return results
}
