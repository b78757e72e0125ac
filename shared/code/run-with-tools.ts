/** Runs a program that calls tools: from one snapshot to the next, until it ends. Pure: the runner, the calls and the store are ports. */
import { toolCalls, valueUnits } from './limits.ts'
import type { CodeRunnerPort, ConsoleLine, Program, ProgramCall, RunResult } from './program.ts'

/** The result of one call, for the program. */
export interface ProgramCallResult {
  readonly ok: boolean
  readonly text: string
}

/** Keeps the program whenever it waits. */
export interface ProgramKeeper {
  /** Where an interrupted program continues. Null: at its start. */
  readonly step: { readonly snapshot: Uint8Array; readonly console: readonly ConsoleLine[]; readonly calls: readonly ProgramCall[] } | null
  keep(program: {
    readonly snapshot: Uint8Array
    readonly engine: string
    readonly console: readonly ConsoleLine[]
    readonly calls: readonly ProgramCall[]
  }): Promise<void>
}

type Ended = Exclude<RunResult, { state: 'waiting' }>
type Waiting = Pick<Extract<RunResult, { state: 'waiting' }>, 'snapshot' | 'calls'>

/** Calls of one program that run at the same time. */
const callsAtOnce = 4

/**
 * The end of the program, with the console of all its runs. Calls that it makes together run together, and it continues when all have ended:
 * so equal results give an equal program. Throws the signal's reason between two runs, and what a call throws when its group has ended.
 */
export async function runWithTools(
  runner: Pick<CodeRunnerPort, 'start' | 'resume'>,
  program: Program,
  call: (call: ProgramCall) => Promise<ProgramCallResult>,
  signal: AbortSignal,
  keeper?: ProgramKeeper,
): Promise<Ended> {
  const console: ConsoleLine[] = []

  /** The calls of the waiting program, and its next run. */
  async function proceed({ snapshot, calls }: Waiting): Promise<RunResult> {
    signal.throwIfAborted()
    const results = await inGroups(calls, callsAtOnce, async ({ id, name, arguments: args }) => {
      const { ok, text } = await call({ id, name, arguments: args })
      return { id, ok, text: text.slice(0, valueUnits) }
    })
    signal.throwIfAborted()
    return runner.resume(snapshot, JSON.stringify(results))
  }

  const start = () => runner.start(JSON.stringify(program))
  const before = keeper?.step ?? null
  let result = before ? await proceed(before) : await start()
  // Another engine cannot read the snapshot. The program starts again, and its calls have the results that they had.
  if (before && result.state === 'failed' && result.error.name === 'SnapshotError') result = await start()
  else if (before) console.push(...before.console)
  for (let runs = 0; runs <= toolCalls; runs += 1) {
    console.push(...result.console)
    if (result.state !== 'waiting') return { ...result, console }
    const { snapshot, engine = '', calls } = result
    await keeper?.keep({ snapshot, engine, console, calls })
    result = await proceed(result)
  }
  throw new Error('a program made more runs than calls')
}

/** Runs the items in groups. A rejection ends it after its group. */
async function inGroups<T, R>(items: readonly T[], size: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let index = 0; index < items.length; index += size) {
    const settled = await Promise.allSettled(items.slice(index, index + size).map(run))
    for (const one of settled) {
      if (one.status === 'rejected') throw one.reason
      results.push(one.value)
    }
  }
  return results
}
