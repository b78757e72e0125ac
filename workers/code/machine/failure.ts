/** How a run failed, in words. A limit is named by what the host saw, not by what the program says. Pure. */
import { JSException } from 'quickjs-wasi'
import { programBytes, programFuel, programStackBytes, programTicks } from '../../../shared/code/limits.ts'
import type { LimitName, ProgramError } from '../../../shared/code/program.ts'
import type { Ending } from './host.ts'

/** Name of the program in its stack traces. */
export const programName = 'program.js'

/** What the host saw. */
export interface Observed {
  readonly isOutOfFuel: boolean
  readonly isOutOfTicks: boolean
  /** The limit of the host that the program met. */
  readonly exceeded: LimitName | undefined
}

const words: Readonly<Record<LimitName, string>> = {
  fuel: `The program did more than ${programFuel.toLocaleString('en')} units of work.`,
  ticks: `The program ran for more than ${programTicks.toLocaleString('en')} checks of the engine. It may have an endless loop.`,
  memory: `The program needs more than ${programBytes >> 20} MiB of memory.`,
  stack: `The program nests calls too deeply. The stack has ${programStackBytes >> 10} KiB.`,
  output: 'The program wrote too much. Its console and its value may have 65,536 characters each.',
  host_calls: 'The program called the host too often: 10,000 times, console lines included.',
  tool_calls: 'The program called tools more than 64 times.',
}

export const limitError = (limit: LimitName): ProgramError => ({ name: 'LimitError', message: words[limit], limit })

/** The failure that left the engine as an exception: the engine's own ones, not those that a program throws. */
export function failureOf(error: unknown, observed: Observed): ProgramError {
  const limit = limitOf(observed)
  if (limit !== undefined) return { ...limitError(limit), ...placeOf(error instanceof JSException ? (error.stack ?? '') : '') }
  if (error instanceof JSException) return guestFailure({ name: error.name, message: error.message, stack: error.stack ?? '' })
  // The stack of the runtime ended before that of the engine.
  if (error instanceof RangeError) return limitError('stack')
  if (error instanceof Error && error.message === 'wasm_malloc failed') return limitError('memory')
  return { name: 'EngineError', message: 'The engine stopped.' }
}

/** The failure that the program reported. */
export function reportedFailure(ending: Ending & { readonly kind: 'failed' }, observed: Observed): ProgramError {
  const limit = limitOf(observed)
  return limit === undefined ? guestFailure(ending) : { ...limitError(limit), ...placeOf(ending.stack) }
}

export function limitOf({ isOutOfFuel, isOutOfTicks, exceeded }: Observed): LimitName | undefined {
  return exceeded ?? (isOutOfFuel ? 'fuel' : isOutOfTicks ? 'ticks' : undefined)
}

/** An error with a name and a message that the engine gives to exhausted memory or stack, or another one. */
function guestFailure({ name, message, stack }: { name: string; message: string; stack: string }): ProgramError {
  const place = placeOf(stack)
  if (name === 'InternalError' && (message === 'out of memory' || message === 'string too long'))
    return { ...limitError('memory'), ...place }
  if (message === 'stack overflow' || (name === 'RangeError' && message === 'Maximum call stack size exceeded'))
    return { ...limitError('stack'), ...place }
  return { name, message: explain(name, message), ...place }
}

/** What people write in modules and functions, and what a program does instead. */
function explain(name: string, message: string): string {
  if (name === 'SyntaxError' && message === 'return not in a function') return `${message}. The value of the last expression is the result.`
  if (name === 'ReferenceError' && message.startsWith('could not load module')) return `${message}. A program cannot load modules.`
  return message
}

/** The first line of the program in a stack trace. */
function placeOf(stack: string): { line: number; column: number } | undefined {
  const [, line, column] = /\bprogram\.js:(\d{1,9}):(\d{1,9})/.exec(stack) ?? []
  return line === undefined ? undefined : { line: Number(line), column: Number(column) }
}
