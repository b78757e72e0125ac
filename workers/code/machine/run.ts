/** Runs a program until it ends or waits for tools, and continues it from its snapshot. */
import { EvalFlags, type JSValueHandle } from 'quickjs-wasi'
import { programFuel, programTicks, snapshotBytes, waitingBytes } from '../../../shared/code/limits.ts'
import type { CallResults, Program, ProgramError, RunResult } from '../../../shared/code/program.ts'
import type { Engine } from './engine.ts'
import { failureOf, limitError, limitOf, type Observed, programName, reportedFailure } from './failure.ts'
import { type GuestText, Host } from './host.ts'
import { Machine } from './machine.ts'
import { readSnapshot, writeSnapshot } from './snapshot.ts'
import { stripTypes } from './strip.ts'

/** Name of the host's function. A snapshot holds it. */
const hostName = 'host'

/** A program in its machine. */
interface Running {
  readonly engine: Engine
  readonly machine: Machine
  readonly host: Host
  readonly program: Omit<Program, 'language' | 'code'>
  /** The guest's function that settles a call. */
  readonly settle: number
  /** Ids of calls without a result. */
  readonly waiting: Set<number>
}

export async function startProgram(engine: Engine, program: Program): Promise<RunResult> {
  const code = program.language === 'typescript' ? await stripTypes(engine, program.code) : { ok: true as const, value: program.code }
  if (!code.ok) return notStarted(code.error)
  const host = new Host(program.tools)
  const machine = await Machine.create(engine, { ...program, isStopped: () => host.exceeded !== undefined })
  try {
    const { vm } = machine
    const guest = vm.callFunction(
      machine.loadPrelude(engine).getProp('install'),
      vm.undefined,
      vm.newFunction(hostName, hostFunction(machine, host)),
      vm.newString(JSON.stringify(program.tools)),
    )
    const watch = guest.getProp('watch')
    const settle = vm.exportHandle(guest.getProp('settle'))
    const running: Running = { engine, machine, host, program, settle, waiting: new Set() }
    machine.fuel = BigInt(programFuel)
    return await proceed(running, () => {
      const ending = vm.evalCode(code.value, programName, EvalFlags.ASYNC | EvalFlags.STRICT)
      vm.callFunction(watch, vm.undefined, ending)
    })
  } finally {
    machine.dispose()
  }
}

/** Continues a program with results of calls that it waits for. Results of other calls are ignored. */
export async function resumeProgram(engine: Engine, snapshot: Uint8Array, results: CallResults): Promise<RunResult> {
  const read = await readSnapshot(snapshot, engine.hash)
  if (!read.ok) return notStarted(snapshotErrors[read.error])
  const { state, memory } = read.value
  const host = new Host(state.tools, state.counts)
  const machine = await Machine.restore(engine, memory, { ...state, isStopped: () => host.exceeded !== undefined })
  try {
    const { vm } = machine
    vm.registerHostCallback(hostName, hostFunction(machine, host))
    const running: Running = { engine, machine, host, program: state, settle: state.settle, waiting: new Set(state.waiting) }
    const settle = vm.importHandle(state.settle)
    machine.fuel = BigInt(state.fuel)
    return await proceed(running, () => {
      for (const { id, ok, text } of results) {
        if (!running.waiting.delete(id)) continue
        vm.callFunction(settle, vm.undefined, vm.newNumber(id), ok ? vm.true : vm.false, vm.newString(text))
      }
    })
  } finally {
    machine.dispose()
  }
}

const snapshotErrors: Readonly<Record<'malformed' | 'other_engine', ProgramError>> = {
  malformed: { name: 'SnapshotError', message: 'The program cannot continue: its snapshot cannot be read.' },
  other_engine: {
    name: 'SnapshotError',
    message: 'The program cannot continue: another version of the engine wrote its snapshot. Run it again.',
  },
}

const notStarted = (error: ProgramError): RunResult => ({
  state: 'failed',
  error,
  console: [],
  usage: { fuel: 0, host_calls: 0, output_units: 0, memory_bytes: 0 },
})

/** Work until the next check for interrupts, when a limit of the host is met. */
const lastFuel = 5_000_000n

/** The function that a program reaches. Nothing of the host crosses it except texts: an error of the host would bring its stack. */
export function hostFunction(machine: Machine, host: Host): (...texts: JSValueHandle[]) => JSValueHandle {
  return (...texts) => {
    const answer = host.answer(texts satisfies GuestText[])
    if (host.exceeded !== undefined) machine.reduceFuel(lastFuel)
    try {
      return machine.vm.newString(answer)
    } catch {
      throw 'The host has no memory for its answer.'
    }
  }
}

async function proceed(running: Running, step: () => void): Promise<RunResult> {
  const { machine, host } = running
  try {
    step()
    machine.vm.executePendingJobs()
  } catch (error) {
    return { state: 'failed', error: failureOf(error, observe(running)), ...ended(running) }
  }
  const { ending, calls } = host
  const limit = limitOf(observe(running))
  if (ending?.kind === 'failed') return { state: 'failed', error: reportedFailure(ending, observe(running)), ...ended(running) }
  if (limit !== undefined) return { state: 'failed', error: limitError(limit), ...ended(running) }
  if (ending !== undefined) return { state: 'completed', value: ending.value, ...ended(running) }
  for (const { id } of calls) running.waiting.add(id)
  if (running.waiting.size === 0) return { state: 'failed', error: neverSettles, ...ended(running) }
  const snapshot = machine.bytes > waitingBytes ? null : await takeSnapshot(running)
  if (snapshot === null || snapshot.length > snapshotBytes) return { state: 'failed', error: tooLargeToWait, ...ended(running) }
  return { state: 'waiting', calls, snapshot, engine: running.engine.hash, ...ended(running) }
}

const neverSettles: ProgramError = {
  name: 'Error',
  message: 'The program waits for a promise that nothing settles. It has no timers and no network.',
}

const tooLargeToWait: ProgramError = {
  name: 'LimitError',
  message: `The program holds too much while it waits for a tool: ${waitingBytes >> 20} MiB at most, compressible to ${snapshotBytes / 1e6} MB.`,
  limit: 'memory',
}

function takeSnapshot({ engine, machine, host, program, settle, waiting }: Running): Promise<Uint8Array> {
  const { now, seed, tools } = program
  const state = {
    engine: engine.hash,
    now,
    seed,
    tools,
    counts: host.counts,
    fuel: machine.unusedFuel,
    waiting: [...waiting],
    settle,
  }
  return writeSnapshot(state, machine.vm.snapshot())
}

const observe = ({ machine, host }: Running): Observed => ({
  isOutOfFuel: machine.isOutOfFuel,
  isOutOfTicks: machine.ticks > programTicks,
  exceeded: host.exceeded,
})

/** Console and usage of a run. The usage counts from the start of the program. */
function ended({ machine, host }: Running): Pick<RunResult, 'console' | 'usage'> {
  return {
    console: host.console,
    usage: {
      fuel: programFuel - machine.unusedFuel,
      host_calls: host.counts.calls,
      output_units: host.counts.outputUnits,
      memory_bytes: machine.bytes,
    },
  }
}
