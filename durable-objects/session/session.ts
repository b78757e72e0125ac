/**
 * The Durable Object of one session: the only writer of its log, and the fan-out to its readers. `ports.ts` has its RPC interface.
 * The work is done in `writer.ts` (record and broadcast), `turns.ts` (leases and attempts), `outbox.ts` and `list-notifier.ts`.
 * The file is long because each RPC method is here, with the check of its caller.
 */
import { DurableObject } from 'cloudflare:workers'
import type { DelegateRequest, SubTurn } from '../../shared/agent/delegation.ts'
import type { Branches } from '../../shared/api/branches.ts'
import type { CallResolution, PendingCall, SessionApprovals } from '../../shared/api/calls.ts'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import type { EventText, SessionSummary } from '../../shared/api/sessions.ts'
import type { Cancelled, ContextWindow, History, TurnView } from '../../shared/api/turns.ts'
import type { TurnHistory } from '../../shared/context/summary.ts'
import type { Event, Resolution } from '../../shared/events/event.ts'
import { failpoint } from '../../shared/failpoints.ts'
import { NewerSchema } from '../../shared/faults.ts'
import type { SessionId, Subject, TenantId } from '../../shared/ids.ts'
import type { SessionMessage } from '../../shared/memory/extract-memory.ts'
import type { ModelMessage } from '../../shared/model/model.ts'
import type { Failure } from '../../shared/problem.ts'
import { withResidency } from '../../shared/residency.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { RestoreOutcome, SnapshotLine } from '../../shared/session/backup.ts'
import type { Command } from '../../shared/session/command.ts'
import { isGone, type SessionState as State } from '../../shared/session/session.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import type { Ask } from '../../shared/tool/ask.ts'
import type { Attempt, CallResult, ClaimTerms, Executor } from '../../shared/tool/executor.ts'
import type { ProgramCallTerms, ProgramClaim, ProgramOwner, StoredProgram, WaitingProgram } from '../../shared/tool/program-owner.ts'
import type { Runner } from '../../shared/turn/runner.ts'
import { logger } from '../logger.ts'
import type { MaybeAsync } from '../maybe-async.ts'
import { backUp, restoreLines } from './backup.ts'
import { consumersOf } from './consumers.ts'
import { eraseSession, trashSession, untrashSession } from './deletion.ts'
import { SessionFiles } from './files.ts'
import type { Grant } from './grants.ts'
import { GroupCommit } from './group-commit.ts'
import { SessionImport } from './import.ts'
import { ListNotifier } from './list-notifier.ts'
import { recordMemoryRefusal } from './memory-refusal.ts'
import { recordModelTitle } from './model-title.ts'
import { type EventPage, Outbox } from './outbox.ts'
import type { BackupPort, ClientPort, DecideOptions, ImportPart, SubSessionPort, WorkerPort } from './ports.ts'
import { recordMessage } from './record-message.ts'
import { eraseExpired, type NewRecording, storeRecording } from './recordings.ts'
import { type FramePage, Replay } from './replay.ts'
import type { SendMessageInput } from './send-message-input.ts'
import { sessionMigrations } from './session-schema.ts'
import { SubSessions } from './sub-sessions.ts'
import type { Timer } from './timers.ts'
import { Turns } from './turns.ts'
import { UnfinishedTables } from './unfinished-tables.ts'
import { readBranch, readBranches, readContextWindow, readHistory, readTurn, requesterOf } from './views.ts'
import { SessionWriter } from './writer.ts'

/** UTF-16 units of a reader's first page: it is built and sent in a fraction of a millisecond. */
const firstPageUnits = 8_192
/** How often an object with a newer schema checks whether newer code has arrived. Milliseconds. */
const newerAlarmMs = 3_600_000

export class Session extends DurableObject<StateEnv> implements ClientPort, WorkerPort, MaybeAsync<SubSessionPort>, BackupPort {
  readonly #uncheckedWriter = new SessionWriter(this.ctx, consumersOf(this.env))
  readonly #list = new ListNotifier(this.env, this.#uncheckedWriter)
  readonly #files = new SessionFiles(this.env, this.#uncheckedWriter)
  readonly #outbox = new Outbox(this.ctx, this.env, this.#uncheckedWriter, this.#list)
  // The entrypoints belong to other Workers, so the generated bindings lack their methods. The ports have them.
  readonly #turns = new Turns(
    this.ctx,
    this.#uncheckedWriter,
    this.env.RUNNER as unknown as Runner,
    this.env.EXECUTOR as unknown as Executor,
    readVariable(this.env, 'SOMA_LEASE_MS'),
    () => void this.#outbox.flush(),
  )
  readonly #subSessions = new SubSessions(
    this.ctx,
    this.env,
    this.#uncheckedWriter,
    this.#turns.calls,
    (turnId) => void this.#turns.cancel(turnId),
  )
  readonly #groupCommit = new GroupCommit()
  readonly #import = new SessionImport()
  readonly #unfinished = new UnfinishedTables(this.ctx.storage)

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, withResidency(env))
    if (!this.#uncheckedWriter.log.exists || this.#uncheckedWriter.log.isNewer) return
    this.#turns.recover()
    this.#outbox.recover()
    ctx.blockConcurrencyWhile(async () => {
      this.#writer.timers.setKnownAlarm(await ctx.storage.getAlarm())
      this.#writer.timers.arm()
    })
  }

  /** The writer for every request. Throws `NewerSchema` if newer code has made the tables. */
  get #writer(): SessionWriter {
    const { log } = this.#uncheckedWriter
    if (log.isNewer) throw new NewerSchema(log.schema, sessionMigrations.length)
    return this.#uncheckedWriter
  }

  get #replay(): Replay {
    return new Replay(this.#writer)
  }

  async send(input: SendMessageInput): Promise<Result<AcceptedMessage, Failure>> {
    const sent = await this.#groupCommit.run(this.#outbox.isFlushing, () => recordMessage(this.#writer, this.#turns, this.#outbox, input))
    if (sent.ok && input.attachments?.length) await this.#files.claim(sent.value.turn_id)
    return sent
  }

  branch(subject: string, turnId: string): Result<{ title: string; events: Event[] }, Failure> {
    return this.#belongsTo(subject) ? readBranch(this.#writer, turnId) : fail({ kind: 'not_found' })
  }

  async restore(tenant: TenantId, session: SessionId, subject: Subject, events: Event[]): Promise<Result<SessionSummary, Failure>> {
    const existing = this.#existing(subject)
    if (existing) return existing
    this.#writer.restore(tenant, session, events)
    await this.#outbox.flush()
    return this.summary(subject)
  }

  async importPart(part: ImportPart): Promise<Result<SessionSummary | null, Failure>> {
    const { subject } = part
    const existing = this.#existing(subject)
    if (existing) return existing
    const added = this.#import.add(this.#writer, part)
    if (!added.ok) return added
    if (!added.value) {
      this.#unfinished.keep()
      return ok(null)
    }
    await this.#outbox.flush()
    return this.summary(subject)
  }

  /** The result for a session that may not be created: it exists, or was deleted. Null: it may. */
  #existing(subject: string): Result<SessionSummary, Failure> | null {
    const { state } = this.#writer
    if (isGone(state) && state.subject === subject) return fail({ kind: 'session_deleted' })
    return state.subject ? this.summary(subject) : null
  }

  read(subject: string, cursor: string, first = false): Result<FramePage, Failure> {
    if (!this.#belongsTo(subject)) return fail({ kind: 'not_found' })
    const position = this.#replay.resolveCursor(cursor)
    return position.ok ? ok(this.#replay.page(position.value, first ? firstPageUnits : undefined)) : position
  }

  deletion(subject: string, cursor: string): FramePage | null {
    const { state } = this.#writer
    return isGone(state) && state.subject === subject ? this.#replay.deletion(cursor) : null
  }

  override fetch(request: Request): Response {
    const query = new URL(request.url).searchParams
    if (!this.#belongsTo(query.get('subject') ?? '')) return new Response(null, { status: 404 })
    const position = this.#replay.resolveCursor(query.get('after') ?? '')
    if (!position.ok) return new Response(null, { status: 400 })
    const reader = query.get('reader')
    const refusal = this.#replay.refusal(reader)
    if (refusal) return new Response(null, { status: refusal === 'session' ? 503 : 429 })
    return new Response(null, { status: 101, webSocket: this.#replay.subscribe(position.value, reader) })
  }

  /** Frees the slots of broken connections. */
  probeReaders(subject: string): void {
    if (this.#belongsTo(subject)) this.#replay.probe()
  }

  override webSocketClose(): void {
    this.#writer.readers.invalidate()
  }

  override webSocketError(): void {
    this.#writer.readers.invalidate()
  }

  events(subject: string, after: string, limit: number): Result<EventText, Failure> {
    if (!this.#belongsTo(subject)) return fail({ kind: 'not_found' })
    const position = this.#replay.resolveCursor(after)
    return position.ok ? ok(this.#replay.events(position.value.seq, limit)) : position
  }

  summary(subject: string): Result<SessionSummary, Failure> {
    const { log, state } = this.#writer
    return this.#belongsTo(subject) ? ok(log.summary(state)) : fail({ kind: 'not_found' })
  }

  history(subject: string, before: string | null = null): Result<History & { title: string }, Failure> {
    if (!this.#belongsTo(subject)) return fail({ kind: 'not_found' })
    const { log, state } = this.#writer
    const read = readHistory(this.#writer, before)
    return read.ok ? ok({ title: log.summary(state).title, ...read.value }) : read
  }

  async turn(subject: string, turnId: string, waitMs = 0): Promise<Result<TurnView, Failure>> {
    return this.#belongsTo(subject) ? readTurn(this.#writer, turnId, waitMs) : fail({ kind: 'not_found' })
  }

  rename(subject: string, title: string): Promise<Result<SessionSummary, Failure>> {
    return this.#change(subject, { kind: 'title', title })
  }

  pause(subject: string, paused: boolean, request?: string): Promise<Result<SessionSummary, Failure>> {
    this.#linkRequest(subject, request)
    return this.#change(subject, { kind: paused ? 'pause' : 'resume' }, (state) => this.#turns.setPauseTimer(paused, state))
  }

  reset(subject: string): Promise<Result<SessionSummary, Failure>> {
    return this.#change(subject, { kind: 'reset' })
  }

  async switchBranch(subject: string, turnId: string, expectedSeq?: number): Promise<Result<Branches, Failure>> {
    const { log } = this.#writer
    if (!this.#belongsTo(subject) || !log.turn(turnId)) return fail({ kind: 'not_found' })
    const switched = await this.#change(subject, { kind: 'switch', turn_id: log.branches.branchTip(turnId), expected_seq: expectedSeq })
    return switched.ok ? this.branches(subject, null) : switched
  }

  branches(subject: string, before?: string | null): Result<Branches, Failure> {
    return this.#belongsTo(subject) ? readBranches(this.#writer, before) : fail({ kind: 'not_found' })
  }

  contextWindow(subject: string, limitTokens?: number): Result<ContextWindow, Failure> {
    return this.#belongsTo(subject) ? ok(readContextWindow(this.#writer, limitTokens)) : fail({ kind: 'not_found' })
  }

  #change(subject: string, command: Command, afterEvents?: (state: State) => void): Promise<Result<SessionSummary, Failure>> {
    return this.#groupCommit.run(this.#outbox.isFlushing, () => this.#changeNow(subject, command, afterEvents))
  }

  async #changeNow(subject: string, command: Command, afterEvents?: (state: State) => void): Promise<Result<SessionSummary, Failure>> {
    if (!this.#belongsTo(subject)) return fail({ kind: 'not_found' })
    const { seq } = this.#writer.state
    const changed = this.#writer.execute(command, { afterEvents })
    if (!changed.ok) return changed
    if (this.#writer.state.seq > seq) await this.#outbox.flushSoon()
    this.#turns.dispatchSoon()
    return this.summary(subject)
  }

  async remove(subject: string): Promise<Result<null, Failure>> {
    if (this.#writer.state.subject === subject) await this.#subSessions.removeAll()
    return this.#delete(subject, eraseSession)
  }

  trash(subject: string): Promise<Result<null, Failure>> {
    return this.#delete(subject, trashSession)
  }

  untrash(subject: string): Promise<Result<null, Failure>> {
    return this.#delete(subject, untrashSession)
  }

  async #delete(subject: string, step: typeof eraseSession): Promise<Result<null, Failure>> {
    const { state } = this.#writer
    if (state.subject !== subject) return fail({ kind: 'not_found' })
    const done = step(this.#writer, this.#turns)
    if (this.#writer.state !== state) await this.#outbox.flush()
    if (this.#writer.state.deleted) await this.#files.release()
    return done
  }

  cancel(subject: string, turnId: string, request?: string): Result<Cancelled, Failure> {
    this.#linkRequest(subject, request)
    return this.#belongsTo(subject) ? this.#turns.cancel(turnId) : fail({ kind: 'not_found' })
  }

  owner(): Subject | null {
    return this.#writer.state.subject as Subject | null
  }

  pendingCall(subject: string, call_id: string): Result<PendingCall, Failure> {
    const pending = this.#belongsTo(subject) ? this.#turns.calls.decisions.pending(call_id) : null
    return pending ? ok(pending) : fail({ kind: 'not_found' })
  }

  async decide(
    subject: string,
    call_id: string,
    approved: boolean,
    by: Subject,
    request?: string,
    options?: DecideOptions,
  ): Promise<Result<{ call_id: string; approved: boolean }, Failure>> {
    if (!this.#belongsTo(subject)) return fail({ kind: 'not_found' })
    this.#linkRequest(subject, request)
    // A gateway of an older release does not ask the policy who may decide.
    const mayDecide = options !== undefined || by === subject || by === requesterOf(this.#writer, this.#writer.state.running)
    if (!mayDecide) return fail({ kind: 'denied', action: 'session.steer', reasons: ['not_requester'] })
    return this.#turns.calls.decisions.decide(call_id, { ...options, approved }, by)
  }

  resolveCall(subject: string, call_id: string, outcome: Resolution, by: Subject, request?: string): Result<CallResolution, Failure> {
    this.#linkRequest(subject, request)
    const resolved = this.#belongsTo(subject) && this.#turns.calls.resolve(call_id, outcome, by)
    return resolved ? ok({ call_id, outcome }) : fail({ kind: 'not_found' })
  }

  get #grants(): Grant[] {
    const { grants, importedTo } = this.#writer.log
    return grants.list(importedTo)
  }

  approvals(subject: string): Result<SessionApprovals, Failure> {
    return this.#belongsTo(subject) ? ok({ approvals: this.#grants }) : fail({ kind: 'not_found' })
  }

  async revokeApproval(subject: string, tool: string, by: Subject): Promise<Result<null, Failure>> {
    if (!this.#belongsTo(subject) || !this.#grants.some((grant) => grant.tool === tool)) return fail({ kind: 'not_found' })
    const revoked = await this.#change(subject, { kind: 'revoke_approval', tool, by })
    return revoked.ok ? ok(null) : revoked
  }

  dispatch(): void {
    this.#turns.dispatch()
  }

  attach(turnId: string, token: number, stream: ReadableStream<Uint8Array>): Promise<void> {
    return this.#turns.attach(turnId, token, stream)
  }

  wideContext(turnId: string, token: number, tokens: number): readonly ModelMessage[] | null {
    return this.#turns.wideContext(turnId, token, tokens)
  }

  turnHistory(turnId: string, token: number, tokens: number): TurnHistory | null {
    return this.#turns.turnHistory(turnId, token, tokens)
  }

  claimCall(attempt: Attempt, terms?: ClaimTerms): boolean {
    return this.#writer.log.exists && this.#turns.calls.claim(attempt, terms)
  }

  async callReleased(attempt: Attempt): Promise<void> {
    if (this.#writer.log.exists) await this.#turns.calls.released(attempt)
  }

  parkCall(attempt: Attempt, reason: string, until: number, ask?: Ask): boolean {
    return this.#writer.log.exists && this.#turns.calls.awaitUser(attempt, reason, until, ask)
  }

  delegateCall(attempt: Attempt, request: DelegateRequest): boolean {
    return this.#writer.log.exists && this.#turns.calls.delegate(attempt, request)
  }

  openProgram(attempt: Attempt, catalog: number): Promise<StoredProgram | null> {
    return this.#programs((programs) => programs.openProgram(attempt, catalog))
  }

  keepProgram(attempt: Attempt, program: WaitingProgram): Promise<boolean | null> {
    return this.#programs((programs) => programs.keepProgram(attempt, program))
  }

  claimProgramCall(attempt: Attempt, id: number, terms: ProgramCallTerms): Promise<ProgramClaim | null> {
    return this.#programs((programs) => programs.claimProgramCall(attempt, id, terms))
  }

  endProgramCall(attempt: Attempt, id: number, result: CallResult): Promise<true | null> {
    return this.#programs((programs) => programs.endProgramCall(attempt, id, result))
  }

  async #programs<T>(use: (programs: ProgramOwner) => Promise<T>): Promise<T | null> {
    return this.#writer.log.exists ? use(this.#turns.calls.programs) : null
  }

  subTurn(subject: string, turnId: string): SubTurn | null {
    return this.#belongsTo(subject) ? this.#subSessions.turn(turnId) : null
  }

  stopSubTurn(subject: string, callId: string): void {
    if (this.#belongsTo(subject)) this.#subSessions.stop(callId)
  }

  subSessionChanged(callId: string, isNews: boolean): boolean {
    return this.#writer.log.exists && this.#subSessions.changed(callId, isNews)
  }

  endCall(attempt: Attempt, result: CallResult): boolean {
    return this.#writer.log.exists && this.#turns.calls.end(attempt, result)
  }

  unacknowledged(name: string, limit: number): EventPage | null {
    return this.#writer.state.subject ? this.#outbox.unacknowledged(name, limit) : null
  }

  acknowledge(name: string, seq: number): void {
    this.#outbox.acknowledge(name, seq)
  }

  messages(turnIds: readonly string[]): SessionMessage[] {
    const { log } = this.#writer
    if (!log.exists) return []
    return turnIds.flatMap((turnId) => log.turn(turnId) ?? []).map((turn) => log.branches.message(turn))
  }

  async refuseMemory(turnId: string, seq: number, reasons: readonly string[]): Promise<void> {
    if (recordMemoryRefusal(this.#writer, turnId, seq, reasons)) await this.#outbox.flushSoon()
  }

  async titleFromModel(turnId: string, text: string): Promise<void> {
    if (recordModelTitle(this.#writer, turnId, text)) await this.#outbox.flushSoon()
  }

  record(recording: NewRecording): void {
    storeRecording(this.ctx.storage.sql, this.#writer, recording)
  }

  snapshot(withRecordings = false): ReadableStream<Uint8Array> | null {
    return backUp(this.ctx.storage.sql, this.#writer, withRecordings)
  }

  async adopt(tenant: TenantId, session: SessionId, backup: string, lines: SnapshotLine[]): Promise<Result<RestoreOutcome, Failure>> {
    const restored = restoreLines(this.ctx.storage.sql, this.#writer, { tenant, session }, backup, lines)
    if (restored.ok && restored.value === 'staged') this.#unfinished.keep()
    if (!restored.ok || restored.value !== 'restored') return restored
    this.#turns.recover()
    await this.#outbox.flush()
    return restored
  }

  /** Runs each due timer on its own. Never throws: the runtime does not retry an alarm that sets the next one and then throws. */
  override async alarm(): Promise<void> {
    // Only newer code can handle these timers. Until it arrives, check again at intervals.
    if (this.#uncheckedWriter.log.isNewer) return this.ctx.storage.setAlarm(Date.now() + newerAlarmMs)
    if (!this.#writer.log.exists) {
      this.#import.forget()
      return this.#unfinished.erase()
    }
    const { timers } = this.#writer
    timers.setKnownAlarm(null)
    for (const timer of timers.due(Date.now())) {
      try {
        await this.#onTimer(timer)
      } catch (error) {
        logger.write('timer.failed', { error, ...this.#writer.requests.fields(null), timer: timer.kind, attempts: timer.tries })
        this.#writer.write(() => timers.backOff(timer))
      }
    }
    if (!failpoint('forget-alarm')) timers.arm()
  }

  async #onTimer(timer: Timer): Promise<void> {
    if (timer.kind === 'turn') this.#turns.onTimer(timer)
    else if (timer.kind === 'call') this.#turns.calls.onTimer(timer)
    else if (timer.kind === 'ring') this.#outbox.onTimer(timer)
    else if (timer.kind === 'files') await this.#files.onTimer(timer)
    else if (timer.kind === 'recording') eraseExpired(this.ctx.storage.sql, this.#writer)
    else if (timer.kind === 'agent') await this.#subSessions.onTimer()
    else if (timer.kind === 'erase') await this.remove(this.#writer.state.subject ?? '')
    else await this.#list.onTimer(timer)
  }

  /** Links `request` to the turns whose own request is unknown, as after a restart. */
  #linkRequest(subject: string, request: string | undefined): void {
    if (this.#belongsTo(subject)) this.#writer.requests.set(this.#writer.state.turns, request)
  }

  #belongsTo(subject: string): boolean {
    const { state } = this.#writer
    return state.subject !== null && (state.subject === subject || failpoint('any-subject')) && !isGone(state)
  }
}
