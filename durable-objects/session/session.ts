/**
 * One conversation: the sole writer of its log, and the fan-out to everyone who watches it. What can be asked of it; the work is
 * done in `journal.ts` (record and tell), `turns.ts` (leases and attempts) and `announcer.ts` (who else must know).
 */
import { DurableObject } from 'cloudflare:workers'
import type { Branches, Cancelled, ContextWindow, History, Sent, SessionSummary } from '../../shared/api/sessions.ts'
import { buildContext } from '../../shared/context/build.ts'
import type { Event } from '../../shared/events/event.ts'
import { failpoint } from '../../shared/failpoints.ts'
import { NewerSchema } from '../../shared/faults.ts'
import { SessionId, type Subject, TenantId } from '../../shared/ids.ts'
import { logFault } from '../../shared/log.ts'
import type { SessionMessage } from '../../shared/memory/extract-memory.ts'
import { estimateTokens } from '../../shared/model/tokens.ts'
import type { Failure } from '../../shared/problem.ts'
import { withResidency } from '../../shared/residency.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { Restored, SnapshotLine } from '../../shared/session/backup.ts'
import type { Command, SessionState as State } from '../../shared/session/session.ts'
import type { Attempt, CallResult, Executor } from '../../shared/tool/executor.ts'
import { leaseMs, type Runner } from '../../shared/turn/runner.ts'
import { consumersOf, memory } from './consumers.ts'
import { GroupCommit } from './group-commit.ts'
import { sessionMigrations } from './log.ts'
import { Messages, type SendMessageInput } from './messages.ts'
import { type EventPage, Outbox } from './outbox.ts'
import { snapshot, snapshotBytes, validateLines } from './snapshot.ts'
import type { Timer } from './timers.ts'
import { contextTokens, dispatchMs, Turns } from './turns.ts'
import { type FramePage, SessionWriter } from './writer.ts'

/** UTF-16 units of a reader's first page: what is made and sent in a fraction of a millisecond. */
const firstPageUnits = 8_192
/** How often an object whose tables are newer than the code looks whether that has changed. */
const newerAlarmMs = 3_600_000

export class Session extends DurableObject<StateEnv> {
  readonly #loaded = new SessionWriter(this.ctx, consumersOf(this.env))
  readonly #outbox = new Outbox(this.ctx, this.env, this.#loaded)
  // Generated bindings do not know the entrypoint's methods where its Worker is another's; the port says what is called.
  readonly #turns = new Turns(
    this.ctx,
    this.#loaded,
    this.env.RUNNER as unknown as Runner,
    this.env.EXECUTOR as unknown as Executor,
    Number(this.env.SOMA_LEASE_MS) || leaseMs,
    () => void this.#outbox.flush(),
  )
  readonly #groupCommit = new GroupCommit()

  constructor(ctx: DurableObjectState, env: StateEnv) {
    super(ctx, withResidency(env))
    if (!this.#loaded.log.exists || this.#loaded.log.newer) return
    this.#turns.recover()
    this.#outbox.recover()
    ctx.blockConcurrencyWhile(async () => {
      this.#writer.timers.alarmIs(await ctx.storage.getAlarm())
      this.#writer.timers.arm()
    })
  }

  /** Whatever is asked of it: nothing, where newer code has made the tables. */
  get #writer(): SessionWriter {
    const { log } = this.#loaded
    if (log.newer) throw new NewerSchema(log.schema, sessionMigrations.length)
    return this.#loaded
  }

  // For clients, through the gateway. To anyone but its subject, the session does not exist.

  /** Takes a message, once per `event_id`: the same again gives the same answer. Answers after the commit. */
  async send(say: SendMessageInput): Promise<Result<Sent, Failure>> {
    return this.#groupCommit.run(this.#outbox.flushing, () => new Messages(this.#writer, this.#turns, this.#outbox).sendMessage(say))
  }

  /** The events of the branch that ends with `turnId`, for a fork; every turn on it has ended. */
  branch(subject: string, turnId: string): Result<{ title: string; events: Event[] }, Failure> {
    const { log, state } = this.#writer
    if (!this.#belongsTo(subject) || !log.turn(turnId)) return fail({ kind: 'not_found' })
    const events = log.branches.eventsTo(turnId)
    const unended = events.find((event) => event.type === 'turn.accepted' && !log.turn(event.turn_id)?.outcome)
    if (unended?.type === 'turn.accepted') return fail({ kind: 'turn_in_progress', turn_id: unended.turn_id })
    return ok({ title: state.title, events })
  }

  /** Becomes what `events` say, if it does not exist yet: a fork or an import. Again by the same subject: as it is. */
  async restore(tenant: TenantId, session: SessionId, subject: Subject, events: Event[]): Promise<Result<SessionSummary, Failure>> {
    const { state } = this.#writer
    if (state.deleted && state.subject === subject) return fail({ kind: 'session_deleted' })
    if (state.subject) return this.summary(subject)
    this.#writer.restore(tenant, session, events)
    await this.#outbox.flush()
    return this.summary(subject)
  }

  /** A page of frames after `cursor`: empty is the beginning, `latest` the end. `first`: a short one, so that a reader soon has something. */
  read(subject: string, cursor: string, first = false): Result<FramePage, Failure> {
    if (!this.#belongsTo(subject)) return fail({ kind: 'not_found' })
    const place = this.#writer.resolveCursor(cursor)
    return place.ok ? ok(this.#writer.page(place.value, first ? firstPageUnits : undefined)) : place
  }

  /** A hibernatable socket for the reader at `?after=`: a page of what it lacks, then each frame. Closed if it lacks more than a page. */
  override fetch(request: Request): Response {
    const query = new URL(request.url).searchParams
    if (!this.#belongsTo(query.get('subject') ?? '')) return new Response(null, { status: 404 })
    const place = this.#writer.resolveCursor(query.get('after') ?? '')
    if (!place.ok) return new Response(null, { status: 400 })
    if (!this.#writer.hasCapacity()) return new Response(null, { status: 503 })
    return new Response(null, { status: 101, webSocket: this.#writer.subscribe(place.value) })
  }

  override webSocketClose(): void {
    this.#writer.readers.invalidate()
  }

  override webSocketError(): void {
    this.#writer.readers.invalidate()
  }

  /** At most `limit` events after `after`, as the text of a JSON array, and the cursor of the next page. */
  events(subject: string, after: string, limit: number): Result<{ events: string; next_cursor: string | null }, Failure> {
    if (!this.#belongsTo(subject)) return fail({ kind: 'not_found' })
    const place = this.#writer.resolveCursor(after)
    return place.ok ? ok(this.#writer.events(place.value.seq, limit)) : place
  }

  summary(subject: string): Result<SessionSummary, Failure> {
    return this.#belongsTo(subject) ? ok(this.#outbox.summary()) : fail({ kind: 'not_found' })
  }

  history(subject: string): Result<History & { title: string }, Failure> {
    if (!this.#belongsTo(subject)) return fail({ kind: 'not_found' })
    const { log, state } = this.#writer
    const turns = log.branches.history(state.head)
    const tokens = turns.flatMap(({ items }) => items).reduce((sum, { text }) => sum + estimateTokens(text), 0)
    return ok({ session_id: log.session, title: state.title, turns, tokens })
  }

  rename(subject: string, title: string): Promise<Result<SessionSummary, Failure>> {
    return this.#change(subject, { kind: 'title', title })
  }

  /** While paused, no further step is begun; one that runs is finished. */
  pause(subject: string, paused: boolean): Promise<Result<SessionSummary, Failure>> {
    return this.#change(subject, { kind: paused ? 'pause' : 'resume' }, ({ turns, running, calls }) => {
      const { timers } = this.#writer
      if (paused && !running) timers.drop('turn')
      if (paused || turns.length === 0 || calls.length > 0) return
      if (!running) timers.put('turn', '', Date.now() + dispatchMs)
      // It rests between two steps, and goes on at once.
      else if (!timers.has('turn')) timers.put('turn', '', Date.now())
    })
  }

  /** Begins anew, in the same log: what was said stays on other branches. */
  reset(subject: string): Promise<Result<SessionSummary, Failure>> {
    return this.#change(subject, { kind: 'reset' })
  }

  /** Goes on with the branch of `turnId`, at its newest end. */
  async switchBranch(subject: string, turnId: string, expectedSeq?: number): Promise<Result<Branches, Failure>> {
    const { log } = this.#writer
    if (!this.#belongsTo(subject) || !log.turn(turnId)) return fail({ kind: 'not_found' })
    const switched = await this.#change(subject, { kind: 'switch', turn_id: log.branches.branchTip(turnId), expected_seq: expectedSeq })
    return switched.ok ? this.branches(subject) : switched
  }

  branches(subject: string): Result<Branches, Failure> {
    if (!this.#belongsTo(subject)) return fail({ kind: 'not_found' })
    const { log, state } = this.#writer
    const turns = log.branches.turns().map(({ turn_id, parent, outcome }) => ({ turn_id, parent_turn_id: parent, outcome }))
    return ok({ session_id: log.session, active_turn_id: state.head, turns })
  }

  /** What the model would be told now, and how much that is. */
  contextWindow(subject: string): Result<ContextWindow, Failure> {
    if (!this.#belongsTo(subject)) return fail({ kind: 'not_found' })
    const { log, state } = this.#writer
    const last = state.head ? log.turn(state.head) : undefined
    const { messages, tokens } = buildContext(last ? log.branches.itemsUpTo(last) : [], contextTokens)
    return ok({ session_id: log.session, messages, tokens, limit_tokens: contextTokens })
  }

  #change(subject: string, command: Command, also?: (state: State) => void): Promise<Result<SessionSummary, Failure>> {
    return this.#groupCommit.run(this.#outbox.flushing, () => this.#changeNow(subject, command, also))
  }

  async #changeNow(subject: string, command: Command, also?: (state: State) => void): Promise<Result<SessionSummary, Failure>> {
    if (!this.#belongsTo(subject)) return fail({ kind: 'not_found' })
    const { seq } = this.#writer.state
    const changed = this.#writer.execute(command, also)
    if (!changed.ok) return changed
    if (this.#writer.state.seq > seq) await this.#outbox.flushSoon()
    this.#turns.dispatchSoon()
    return this.summary(subject)
  }

  /** Drops the content at once and keeps a tombstone. Again: the same answer. */
  async remove(subject: string): Promise<Result<null, Failure>> {
    const { state, readers, timers } = this.#writer
    if (state.subject !== subject) return fail({ kind: 'not_found' })
    if (state.deleted) return ok(null)
    this.#turns.release('deleted')
    this.#writer.execute({ kind: 'delete' }, () => {
      timers.drop('turn')
      timers.dropAll('call')
    })
    readers.closeAll('deleted')
    await this.#outbox.flush()
    return ok(null)
  }

  cancel(subject: string, turnId: string): Result<Cancelled, Failure> {
    return this.#belongsTo(subject) ? this.#turns.cancel(turnId) : fail({ kind: 'not_found' })
  }

  /** Whose it is, deleted or not; null: there is no such session, and there was none. It never changes. */
  owner(): Subject | null {
    return this.#writer.state.subject as Subject | null
  }

  /** Approves or declines a call that waits for it, once. */
  decide(subject: string, call_id: string, approved: boolean, by: Subject): Result<{ call_id: string; approved: boolean }, Failure> {
    const decided = this.#belongsTo(subject) && this.#turns.calls.decide(call_id, approved, by)
    return decided ? ok({ call_id, approved }) : fail({ kind: 'not_found' })
  }

  // For runners, executors and consumers: other Workers of ours, which no client reaches.

  dispatch(): void {
    this.#turns.dispatch()
  }

  attach(turnId: string, token: number, stream: ReadableStream<Uint8Array>): Promise<void> {
    return this.#turns.attach(turnId, token, stream)
  }

  claimCall(attempt: Attempt): boolean {
    return this.#exists && this.#turns.calls.claim(attempt)
  }

  async callReleased(attempt: Attempt): Promise<void> {
    if (this.#exists) await this.#turns.calls.released(attempt)
  }

  parkCall(attempt: Attempt, reason: string, until: number): boolean {
    return this.#exists && this.#turns.calls.awaitApproval(attempt, reason, until)
  }

  endCall(attempt: Attempt, result: CallResult): boolean {
    return this.#exists && this.#turns.calls.end(attempt, result)
  }

  get #exists(): boolean {
    return this.#writer.log.exists
  }

  /** The events that consumer `name` has not acknowledged, at most `limit`. Null: no such session. */
  unacknowledged(name: string, limit: number): EventPage | null {
    return this.#writer.state.subject ? this.#outbox.unacknowledged(name, limit) : null
  }

  acknowledge(name: string, seq: number): void {
    this.#outbox.acknowledge(name, seq)
  }

  /** The messages of those turns, as far as there are such. */
  messages(turnIds: readonly string[]): SessionMessage[] {
    const { log } = this.#writer
    if (!log.exists) return []
    return turnIds.flatMap((turnId) => log.turn(turnId) ?? []).map((turn) => log.branches.message(turn))
  }

  /**
   * What was said in a turn is not remembered, and readers are told. `seq` is the turn's end: in the same transaction the memory's cursor
   * moves past it, so that telling it again changes nothing.
   */
  async refuseMemory(turnId: string, seq: number, reasons: readonly string[]): Promise<void> {
    const { log, state } = this.#writer
    if (!log.exists || state.deleted || log.acknowledged(memory) >= seq || !log.turn(turnId)?.outcome) return
    const moved = () => log.acknowledge(memory, seq)
    // A restored session has lost its cursors, and goes through it again.
    if (log.hasRefused(turnId, seq)) return this.#writer.write(moved)
    this.#writer.note({ kind: 'refuse_memory', turn_id: turnId, reasons }, moved)
    await this.#outbox.flushSoon()
  }

  // For backups: operators only, who come through the gateway's admin routes.

  /** The tables as they are now, as lines of JSON; it can be read while the session goes on. Null: no such session. */
  snapshot(): ReadableStream<Uint8Array> | null {
    const { log, state } = this.#writer
    if (!state.subject) return null
    const { seq, subject, deleted } = state
    const tenant = TenantId.parse(log.tenant)
    const start = { type: 'session', tenant, session: SessionId.parse(log.session), subject, schema: log.schema, seq, deleted } as const
    return snapshotBytes(snapshot(this.ctx.storage.sql, start, () => this.#writer.state.deleted === deleted))
  }

  /** Takes in a session from a backup, in as many calls as its lines need. Answers after its subject's list knows of it, or is to be told. */
  async adopt(tenant: TenantId, session: SessionId, backup: string, lines: SnapshotLine[]): Promise<Result<Restored, Failure>> {
    const { log, state } = this.#writer
    if (log.exists) {
      const tombstone = state.deleted && lines[0]?.type === 'session' && lines[0].deleted
      return tombstone || log.restoredFrom() === backup ? ok('already') : fail({ kind: 'session_exists' })
    }
    const takes = validateLines(this.ctx.storage.sql, { tenant, session }, lines, sessionMigrations.length)
    if (!takes.ok) return takes
    if (!this.#writer.restoreSnapshot(tenant, session, lines, backup)) return ok('staged')
    this.#turns.recover()
    await this.#outbox.flush()
    return ok('restored')
  }

  /** Never throws: an alarm that re-arms and then throws is not tried again. Each row is on its own. */
  override async alarm(): Promise<void> {
    // Whoever comes with newer code finds what is due; until then there is nothing to do but to look again, seldom.
    if (this.#loaded.log.newer) return this.ctx.storage.setAlarm(Date.now() + newerAlarmMs)
    const { timers } = this.#writer
    timers.alarmIs(null)
    for (const due of timers.due(Date.now())) {
      try {
        await this.#onTimer(due)
      } catch (error) {
        logFault('due.failed', error, { kind: due.kind, tries: due.tries })
        this.#writer.write(() => this.#outbox.backOff(due))
      }
    }
    if (!failpoint('forget-alarm')) timers.arm()
  }

  async #onTimer(due: Timer): Promise<void> {
    if (due.kind === 'turn') this.#turns.onTimer(due)
    else if (due.kind === 'call') this.#turns.calls.onTimer(due)
    else await this.#outbox.onTimer(due)
  }

  #belongsTo(subject: string): boolean {
    const { state } = this.#writer
    return state.subject !== null && (state.subject === subject || failpoint('any-subject')) && !state.deleted
  }
}
