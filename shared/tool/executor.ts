/** The port between a session object, which owns a call, and an executor, which runs the tool. Types only. */
import type { Caller, DelegateRequest } from '../agent/delegation.ts'
import type { Role } from '../identity/role.ts'
import type { Ask } from './ask.ts'
import type { ApprovalNeed, Attempt, CallResult } from './attempt.ts'
import type { ProgramOwner } from './program-owner.ts'

export type { ApprovalNeed, Attempt, CallResult }

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
  /** A user has approved the call, or edited `arguments`. */
  readonly approved: boolean
  /** The persona of the turn, else of the session, if either has one. */
  readonly persona_id?: string | undefined
  /** The turns above, if the turn answers a call of another one. The tool may do no more than they may. */
  readonly callers?: readonly Caller[] | undefined
  /** An earlier attempt was cut off, and the tool can check what became of its effect. */
  readonly cut_off?: true | undefined
  /** The gateway's request that started the turn, for log lines. */
  readonly request?: string | undefined
}

/** On which terms an executor claims a call. */
export interface ClaimTerms {
  /** The call needs an approval. */
  readonly approval?: ApprovalNeed
  /** The executor first checks what became of the effect of an attempt that was cut off. */
  readonly checks?: true
}

/** What an executor would do with a call now. `arguments`: the canonical text, which runs. */
export type Verdict =
  /** `reasons`: of a denial. */
  | { readonly kind: 'end'; readonly result: CallResult; readonly reasons?: readonly string[] }
  | { readonly kind: 'run'; readonly arguments: string }
  | AskVerdict

/** The call waits for a user first. */
export interface AskVerdict {
  readonly kind: 'ask'
  readonly arguments: string
  readonly need: ApprovalNeed | null
  readonly reason: string
  readonly ask: Ask
}

/** How long a call waits for a user. Milliseconds: 7 days. */
export const askMs = 604_800_000

/**
 * Port: runs tools. An executor claims the call, and runs it only if the claim is granted. From then on, the call may have had its effect.
 * It stops when the call is released. Resolves when the attempt is over, however it ended.
 */
export interface Executor {
  execute(job: CallJob): Promise<void>
  /** What `execute` would do with the call now. Nothing runs. */
  judge(job: CallJob): Promise<Verdict>
}

/** The session's side of the port. Each method resolves after its change is on disk. */
export interface CallOwner extends ProgramOwner {
  /** Claims the call. False: another executor holds it, it is no longer needed, or the terms do not hold. */
  claimCall(attempt: Attempt, terms?: ClaimTerms): Promise<boolean>
  /** Resolves when the result is no longer needed. */
  callReleased(attempt: Attempt): Promise<void>
  /** Waits for a user until `until`, Unix ms; this attempt ends. False: the call is no longer needed. */
  parkCall(attempt: Attempt, reason: string, until: number, ask?: Ask): Promise<boolean>
  /** Hands the call to a sub-agent; this attempt ends. False: the call is no longer needed. */
  delegateCall(attempt: Attempt, request: DelegateRequest): Promise<boolean>
  /** Reports the result. False: too late. It is kept for the audit, and the turn does not use it. */
  endCall(attempt: Attempt, result: CallResult): Promise<boolean>
}

/** Longest result for the model, in UTF-16 units. A longer one is truncated, with a note. */
export const resultUnits = 65_536
