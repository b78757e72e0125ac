/** The RPC interface of a session, one port per kind of caller. The class `Session` implements all three. */
import type { SubTurn } from '../../shared/agent/delegation.ts'
import type { Branches } from '../../shared/api/branches.ts'
import type { CallDecision, CallResolution, DecideCall, PendingCall, SessionApprovals } from '../../shared/api/calls.ts'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import type { EventText, SessionSummary } from '../../shared/api/sessions.ts'
import type { Cancelled, ContextWindow, History, TurnView } from '../../shared/api/turns.ts'
import type { TurnHistory } from '../../shared/context/summary.ts'
import type { Event, Resolution } from '../../shared/events/event.ts'
import type { SessionId, Subject, TenantId } from '../../shared/ids.ts'
import type { SessionMessage } from '../../shared/memory/extract-memory.ts'
import type { ModelMessage } from '../../shared/model/model.ts'
import type { Failure } from '../../shared/problem.ts'
import type { Result } from '../../shared/result.ts'
import type { RestoreOutcome, SnapshotLine } from '../../shared/session/backup.ts'
import type { CallOwner } from '../../shared/tool/executor.ts'
import type { Async, MaybeAsync } from '../maybe-async.ts'
import type { EventPage } from './outbox.ts'
import type { NewRecording } from './recordings.ts'
import type { FramePage } from './replay.ts'
import type { SendMessageInput } from './send-message-input.ts'

/** A part of an import: at most `limits.importStepEvents` events, which bounds the wait of other requests. */
export interface ImportPart {
  readonly tenant: TenantId
  readonly session: SessionId
  readonly subject: Subject
  /** Names the import. */
  readonly id: string
  readonly events: Event[]
  readonly first: boolean
  readonly last: boolean
}

/**
 * For clients, through the gateway. For any subject but its owner, a session does not exist: the result is `not_found`. A change is on
 * disk when its method returns.
 */
export interface ClientPort {
  /** Accepts a message once per `event_id`. Sending the same message again returns the same result. */
  send(input: SendMessageInput): Promise<Result<AcceptedMessage, Failure>>
  /**
   * The events of the branch that ends with `turnId`, in one message. Fails with `turn_in_progress` if a turn on it has not ended. For a fork
   * by a gateway of an older release. Others read pages of `branches` and `events`.
   */
  branch(subject: string, turnId: string): Result<{ title: string; events: Event[] }, Failure>
  /** Creates the session from `events`, for a fork or an import. If it exists, returns it unchanged. Fails with `session_deleted`. */
  restore(tenant: TenantId, session: SessionId, subject: Subject, events: Event[]): Promise<Result<SessionSummary, Failure>>
  /**
   * Creates the session from parts of its log, in order. Null: more parts must follow; the session exists after the last one. If it exists,
   * returns it unchanged. Fails with `unavailable` if the earlier parts are lost, and with `session_deleted`.
   */
  importPart(part: ImportPart): Promise<Result<SessionSummary | null, Failure>>
  /** A page of frames after `cursor`: empty is the beginning, `latest` the end. `first`: a short page, for a fast first byte. */
  read(subject: string, cursor: string, first?: boolean): Result<FramePage, Failure>
  /** The frames of a deleted session after `cursor`: `session.deleted` or `session.trashed`, unless it was seen. Null: not deleted, or of another subject. */
  deletion(subject: string, cursor: string): FramePage | null
  /**
   * A hibernatable socket after the cursor `?after=`, for the subject `?reader=` in the session of the owner `?subject=`. Sends one page,
   * then each new frame. The object closes the socket after the page if more is left. Status 101: accepted. 400: a wrong cursor. 404: a wrong owner.
   * 429: a reader with too many sockets. 503: a full session. Without `reader` only the limit of the session holds.
   */
  fetch(request: Request): Response
  /** At most `limit` events after `after`. */
  events(subject: string, after: string, limit: number): Result<EventText, Failure>
  summary(subject: string): Result<SessionSummary, Failure>
  /** One turn. Returns when it has ended, or after `waitMs`. Fails with `session_deleted` if the session is deleted meanwhile. */
  turn(subject: string, turnId: string, waitMs?: number): Promise<Result<TurnView, Failure>>
  /** The items of the active branch, by turn: the newest turns, or those before the turn `before`. Fails with `invalid_cursor`. */
  history(subject: string, before?: string | null): Result<History & { title: string }, Failure>
  rename(subject: string, title: string): Promise<Result<SessionSummary, Failure>>
  /** Pauses or resumes. A paused session finishes the running step and starts no other. */
  pause(subject: string, paused: boolean): Promise<Result<SessionSummary, Failure>>
  /** Starts an empty branch in the same log. The other branches stay. */
  reset(subject: string): Promise<Result<SessionSummary, Failure>>
  /** Makes the branch of `turnId` active, at its newest turn. */
  switchBranch(subject: string, turnId: string, expectedSeq?: number): Promise<Result<Branches, Failure>>
  /**
   * The newest turns, or those before the turn `before`. Fails with `invalid_cursor`. Without `before`, every turn: a gateway of an older
   * release does not ask for the rest.
   */
  branches(subject: string, before?: string | null): Result<Branches, Failure>
  /** The messages that the next model call would receive in at most `limitTokens`, and their tokens. Default: without a model profile. */
  contextWindow(subject: string, limitTokens?: number): Result<ContextWindow, Failure>
  /**
   * Deletes the session, and its content after `limits.trashMs`. Until then no method but `untrash`, `remove` and `owner` finds it.
   * Cancels its turns. Idempotent.
   */
  trash(subject: string): Promise<Result<null, Failure>>
  /** Restores a session that `trash` deleted. Idempotent. Fails with `session_deleted` after its content is deleted. */
  untrash(subject: string): Promise<Result<null, Failure>>
  /** Deletes the content at once and keeps a tombstone. Idempotent. */
  remove(subject: string): Promise<Result<null, Failure>>
  cancel(subject: string, turnId: string): Result<Cancelled, Failure>
  /** The owner of the session, deleted or not. Null: there never was such a session. An owner never changes. */
  owner(): Subject | null
  /** A call that waits for a user. Fails with `not_found` if the call does not wait. */
  pendingCall(subject: string, call_id: string): Result<PendingCall, Failure>
  /**
   * Decides about a call that waits, after the policy has allowed `by` to do so. Without `options`: for a gateway of an older release, which
   * does not ask it. Fails with `not_found` if the call does not wait, and with `call_changed` if it asks something else now.
   */
  decide(
    subject: string,
    call_id: string,
    approved: boolean,
    by: Subject,
    request?: string,
    options?: DecideOptions,
  ): Promise<Result<CallDecision, Failure>>
  /** Says what became of a call that was cut off. Fails with `not_found` if no user was asked. */
  resolveCall(subject: string, call_id: string, outcome: Resolution, by: Subject): Result<CallResolution, Failure>
  /** The approvals for later calls. */
  approvals(subject: string): Result<SessionApprovals, Failure>
  /** Revokes the approvals of a tool. Fails with `not_found` if there are none. */
  revokeApproval(subject: string, tool: string, by: Subject): Promise<Result<null, Failure>>
}

/** The details of a decision. */
export type DecideOptions = Omit<DecideCall, 'approved'>

/** For runners, executors and consumers: our own Workers, which no client reaches. */
export interface WorkerPort extends MaybeAsync<CallOwner> {
  /** Starts the oldest accepted turn, if none runs. */
  dispatch(): void
  /** Consumes the NDJSON lines of the runner that holds `token`. Resolves when the session needs no more of them. */
  attach(turnId: string, token: number, stream: ReadableStream<Uint8Array>): Promise<void>
  /** The prompt of the turn that the runner with `token` answers, in at most `tokens`. Null: the token is stale. */
  wideContext(turnId: string, token: number, tokens: number): readonly ModelMessage[] | null
  /** The newest turns of the branch of the turn, in about `tokens`, and the summary before them. Null: the token is stale. */
  turnHistory(turnId: string, token: number, tokens: number): TurnHistory | null
  /** Records the title that a model wrote after the answer of the turn, unless the session has a title. */
  titleFromModel(turnId: string, text: string): Promise<void>
  /** Stores what a model sent in one attempt, for replays. */
  record(recording: NewRecording): void
  /** The events that consumer `name` has not acknowledged, at most `limit`. Null: no such session. */
  unacknowledged(name: string, limit: number): EventPage | null
  /** Records that consumer `name` has applied every event up to `seq`. */
  acknowledge(name: string, seq: number): void
  /** The user messages of the turns `turnIds`. Unknown turns are left out. */
  messages(turnIds: readonly string[]): SessionMessage[]
  /**
   * Records that memory refused the message of a turn, and shows it to readers. `seq` is the turn's end. The same transaction moves
   * memory's cursor to `seq`, so repeating the call changes nothing.
   */
  refuseMemory(turnId: string, seq: number, reasons: readonly string[]): Promise<void>
}

/** For the sessions above and below of the same user. For any other subject, a session does not exist. */
export interface SubSessionPort extends Pick<Async<ClientPort>, 'send' | 'trash' | 'untrash' | 'remove'> {
  /** The turn that answers a call. Null: there is no such turn. */
  subTurn(subject: string, turnId: string): Promise<SubTurn | null>
  /** Cancels the turn that answers the call, if it has not ended. */
  stopSubTurn(subject: string, callId: string): Promise<void>
  /** A turn below has changed. False: its answer is not needed. `isNews`: it has something to read. */
  subSessionChanged(callId: string, isNews: boolean): Promise<boolean>
}

/** For backups: operators, through the gateway's admin routes. */
export interface BackupPort {
  /**
   * The tables at one instant, as NDJSON. The session may change while the stream is read. Null: no such session. `withRecordings`: also what
   * a replay needs. A restore refuses these lines.
   */
  snapshot(withRecordings?: boolean): ReadableStream<Uint8Array> | null
  /**
   * Restores a session from lines of a snapshot, in as many calls as the lines need. `staged`: more lines must follow. `restored`: the
   * session exists. `already`: this backup is restored already. Fails with `session_exists` or `invalid`.
   */
  adopt(tenant: TenantId, session: SessionId, backup: string, lines: SnapshotLine[]): Promise<Result<RestoreOutcome, Failure>>
}
