/** Untrusted programs, and how they end: the port between who wants one run and the Worker that runs it. Pure. */
import { z } from 'zod'
import { codeUnits, toolCalls, valueUnits } from './limits.ts'

/** The languages that the engine runs. */
export const Language = z.enum(['javascript', 'typescript'])
export type Language = z.infer<typeof Language>

/** A program. Equal programs end equally: its clock and its randomness are part of it. */
export const Program = z.strictObject({
  language: Language,
  code: z.string().max(codeUnits),
  /** What its clock shows, from start to end. Unix ms. */
  now: z.int().min(0),
  /** Where `Math.random` starts. */
  seed: z.int().min(0),
  /** The tools that it may name. */
  tools: z.array(z.string().min(1).max(200)).max(2_000),
})
export type Program = z.infer<typeof Program>

/** The limit that ended a program. */
export type LimitName = 'ticks' | 'fuel' | 'memory' | 'stack' | 'output' | 'host_calls' | 'tool_calls'

/** One line of the console. */
export interface ConsoleLine {
  readonly level: 'log' | 'info' | 'warn' | 'error' | 'debug'
  readonly text: string
}

/** Why a program failed. The program wrote name and message. */
export interface ProgramError {
  readonly name: string
  readonly message: string
  /** Where, counted from 1. Absent: unknown. */
  readonly line?: number
  readonly column?: number
  /** The limit that it met. Absent: an error of its own. */
  readonly limit?: LimitName
}

/** What a program has used so far. */
export interface Usage {
  readonly fuel: number
  readonly host_calls: number
  readonly output_units: number
  readonly memory_bytes: number
}

/** A call of a tool that a program waits for. */
export interface ProgramCall {
  /** Counts the calls of the program from 1. */
  readonly id: number
  readonly name: string
  /** JSON that the program wrote. */
  readonly arguments: string
}

/** Results of calls, for a program that waits. */
export const CallResults = z
  .array(z.strictObject({ id: z.int().min(1).max(toolCalls), ok: z.boolean(), text: z.string().max(valueUnits) }))
  .min(1)
  .max(toolCalls)
export type CallResults = z.infer<typeof CallResults>

interface Ended {
  readonly console: readonly ConsoleLine[]
  readonly usage: Usage
}

/** How a run ended. `console` has the lines of this run, in order. */
export type RunResult =
  | ({ readonly state: 'completed'; readonly value: string | null } & Ended)
  | ({ readonly state: 'failed'; readonly error: ProgramError } & Ended)
  /** The program waits for these calls. `snapshot` continues it, in the engine of this hash. A code Worker of an earlier release sends no hash. */
  | ({ readonly state: 'waiting'; readonly calls: readonly ProgramCall[]; readonly snapshot: Uint8Array; readonly engine?: string } & Ended)

/** Port: runs untrusted programs. It holds nothing between two calls. */
export interface CodeRunnerPort {
  /** Starts a program. `program` is JSON text of a `Program`. */
  start(program: string): Promise<RunResult>
  /** Continues a program. `snapshot` must come from this engine: the caller keeps it sealed. `results` is JSON text of `CallResults`. */
  resume(snapshot: Uint8Array, results: string): Promise<RunResult>
}
