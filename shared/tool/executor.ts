/** The port between a session object, which owns a call, and an executor, which runs the tool. Types only. */
import type { CallOutcome } from '../events/event.ts'
import type { Role } from '../identity/role.ts'

/** One attempt at one call. An older token is refused. */
export interface CallJob {
  readonly tenant: string
  readonly session: string
  /** The tool acts with the rights of this user. */
  readonly subject: string
  /** The highest role that the tool may act with. */
  readonly role_at_most?: Role | undefined
  readonly turn_id: string
  readonly call_id: string
  /** Fencing token: grows with every attempt. */
  readonly token: number
  readonly name: string
  /** JSON as the model wrote it. It may be invalid. */
  readonly arguments: string
  /** The longest run, ms, as it was requested. A session object of an earlier release does not send it. */
  readonly timeout_ms?: number | undefined
  /** A user has approved the call. */
  readonly approved: boolean
  /** The gateway's request that started the turn, for log lines. */
  readonly request?: string | undefined
}

/** How a call ended, and the result for the model. */
export interface CallResult {
  readonly outcome: Exclude<CallOutcome, 'cancelled'>
  readonly text: string
}

/** Identifies an attempt. */
export interface Attempt {
  readonly turn_id: string
  readonly call_id: string
  readonly token: number
}

/**
 * Port: runs tools. An executor claims the call, and runs it only if the claim is granted. From then on, the call may have had its effect.
 * It stops when the call is released. Resolves when the attempt is over, however it ended.
 */
export interface Executor {
  execute(job: CallJob): Promise<void>
}

/** The session's side of the port. Each method resolves after its change is on disk. */
export interface CallOwner {
  /** Claims the call. False: another executor holds it, or it is no longer needed. */
  claimCall(attempt: Attempt): Promise<boolean>
  /** Resolves when the result is no longer needed. */
  callReleased(attempt: Attempt): Promise<void>
  /** Waits for an approval until `until`, Unix ms; this attempt ends. False: the call is no longer needed. */
  parkCall(attempt: Attempt, reason: string, until: number): Promise<boolean>
  /** Reports the result. False: too late. It is kept for the audit, and the turn does not use it. */
  endCall(attempt: Attempt, result: CallResult): Promise<boolean>
}

/** Longest result for the model, in UTF-16 units. A longer one is truncated, with a note. */
export const resultUnits = 65_536
