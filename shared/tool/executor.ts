/** The border between a session object, which owns a call, and an executor, which runs the tool. */
import type { CallOutcome } from '../events/event.ts'
import type { Role } from '../identity/role.ts'

/** One attempt at one call. Whoever holds an older token is refused. */
export interface CallJob {
  readonly tenant: string
  readonly session: string
  /** Who asked: the tool acts with the rights of this user. */
  readonly subject: string
  /** But with no more than this role has. */
  readonly role_at_most?: Role | undefined
  readonly turn_id: string
  readonly call_id: string
  /** Fencing token: grows with every attempt. */
  readonly token: number
  readonly name: string
  /** JSON, as the model wrote it: it may not be valid. */
  readonly arguments: string
  /** Someone has approved it. */
  readonly approved: boolean
}

/** How a call ended, and what the model is told of it. */
export interface CallResult {
  readonly outcome: Exclude<CallOutcome, 'cancelled'>
  readonly text: string
}

/** Names an attempt. */
export interface Attempt {
  readonly turn_id: string
  readonly call_id: string
  readonly token: number
}

/**
 * Port: runs tools. An executor claims the call, and runs it only if the claim is granted: from then on it may have had its effect.
 * It stops when the call is released, and hands the result over. Resolves when the attempt is over, however it ended.
 */
export interface Executor {
  execute(job: CallJob): Promise<void>
}

/** What an executor asks of the session. Each answer comes after what it says is on disk. */
export interface CallOwner {
  /** The right to begin. False: somebody else has it, or nobody wants it any more. */
  claimCall(attempt: Attempt): Promise<boolean>
  /** Resolves when the result is not wanted any more. */
  callReleased(attempt: Attempt): Promise<void>
  /** It needs an approval by `until`, Unix ms; the attempt ends here. False: it is not wanted any more. */
  parkCall(attempt: Attempt, reason: string, until: number): Promise<boolean>
  /** False: it came too late. It is kept for the audit, and the turn does not hear of it. */
  endCall(attempt: Attempt, result: CallResult): Promise<boolean>
}

/** UTF-16 units of a result that the model is told; the rest is cut, and it is told that. */
export const resultUnits = 65_536
