/** One attempt at a tool call, its approval and its result. Types only. */
import type { CallOutcome } from '../events/event.ts'

/** Identifies an attempt. */
export interface Attempt {
  readonly turn_id: string
  readonly call_id: string
  readonly token: number
}

/** How a call ended, and the result for the model. */
export interface CallResult {
  readonly outcome: Exclude<CallOutcome, 'cancelled'>
  readonly text: string
}

/** What a call needs before it may run: an approval of exactly this call, or one for later calls of the tool. SHA-256 in hex. */
export interface ApprovalNeed {
  readonly binding: string
  /** Null: each call needs its own. */
  readonly grant: string | null
}
