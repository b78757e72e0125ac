/** The session's side of a program that calls tools: what survives when its executor dies. Types only. */
import type { ConsoleLine, ProgramCall } from '../code/program.ts'
import type { ApprovalNeed, Attempt, CallResult } from './attempt.ts'

/** A call of a program, as its session recorded it. `isClaimed`: it may have run. */
export interface RecordedProgramCall extends ProgramCall {
  readonly isClaimed: boolean
  /** Null: it has not ended. */
  readonly result: CallResult | null
}

/** A program as its session has it. */
export interface StoredProgram {
  /** What its clock shows, from start to end. Unix ms. */
  readonly now: number
  /** Where it continues. Null: at its start. Then it makes the same calls again, and each has the result that it had. */
  readonly step: { readonly snapshot: Uint8Array; readonly console: readonly ConsoleLine[] } | null
  /** The calls that it waits for; without a step, all of them. */
  readonly calls: readonly RecordedProgramCall[]
}

/** A program that waits. */
export interface WaitingProgram {
  readonly snapshot: Uint8Array
  /** The hash of the engine that wrote the snapshot. */
  readonly engine: string
  /** A number for the tools that it may call. */
  readonly catalog: number
  /** Every line so far. */
  readonly console: readonly ConsoleLine[]
  readonly calls: readonly ProgramCall[]
}

/** On which terms a call of a program runs. */
export interface ProgramCallTerms {
  /** It must not run twice. */
  readonly once: boolean
  readonly approval?: ApprovalNeed | undefined
}

/** `unapproved`: a user must approve it first. `cut_off`: an earlier attempt claimed it, and it must not run twice. */
export type ProgramClaim = 'granted' | 'unapproved' | 'cut_off'

/** Port: the session that keeps a program. Null in an answer: the call is not needed, or another attempt has it. */
export interface ProgramOwner {
  openProgram(attempt: Attempt, catalog: number): Promise<StoredProgram | null>
  /** False: the program makes other calls than it made before. Nothing is kept then. */
  keepProgram(attempt: Attempt, program: WaitingProgram): Promise<boolean | null>
  claimProgramCall(attempt: Attempt, id: number, terms: ProgramCallTerms): Promise<ProgramClaim | null>
  /** The first result of a call stays. */
  endProgramCall(attempt: Attempt, id: number, result: CallResult): Promise<true | null>
}

/** A call of a program that waits for an approval, as `call.parked` names it. */
export type AskingProgramCall = Pick<ProgramCall, 'id' | 'name'>
