/**
 * The single writer of a session. It decides by the rules, records events and state in one transaction, and broadcasts them,
 * with no `await` between. The text of the open item lives in memory until the item is closed.
 */
import { limits } from '../../shared/api/limits.ts'
import type { Retrying } from '../../shared/events/delta.ts'
import type { Draft, Event } from '../../shared/events/event.ts'
import { NewerSchema } from '../../shared/faults.ts'
import type { Failure } from '../../shared/problem.ts'
import { ok, type Result } from '../../shared/result.ts'
import { restoreGap, type SnapshotLine } from '../../shared/session/backup.ts'
import type { Command } from '../../shared/session/command.ts'
import { type Frame, noticeFrame, type OpenItem, type Position, type RecordedEvent } from '../../shared/session/frame.ts'
import { accept, emptySession, type SessionState } from '../../shared/session/session.ts'
import type { Retry } from '../../shared/turn/runner.ts'
import { type Consumer, memoryConsumer } from './consumers.ts'
import { EventLog } from './event-log.ts'
import { Readers } from './readers.ts'
import { scheduleDelivery, scheduleSubSessions } from './schedule-delivery.ts'
import { sessionMigrations } from './session-schema.ts'
import { stage } from './snapshot.ts'
import { InvalidSnapshot } from './snapshot-rows.ts'
import { Timers } from './timers.ts'
import { TurnEnds } from './turn-ends.ts'
import { TurnRequests } from './turn-requests.ts'

/** How a command is recorded. */
export interface ExecuteOptions {
  /** Writes in the same transaction, after the events. Receives the new state. */
  readonly afterEvents?: ((state: SessionState) => void) | undefined
  /** Creates the tables of this session, if they do not exist. */
  readonly create?: { readonly tenant: string; readonly session: string }
  /** The time of the events, Unix ms. Default: now. */
  readonly at?: number
}

export class SessionWriter {
  readonly #ctx: DurableObjectState
  readonly log: EventLog
  readonly timers: Timers
  readonly readers: Readers
  readonly requests: TurnRequests
  readonly turnEnds = new TurnEnds()
  readonly #consumers: readonly Consumer[]
  #state: SessionState
  #openText = ''
  /** Called after each commit with the events that it recorded. */
  onRecorded: (recorded: readonly RecordedEvent[]) => void = () => {}
  #retrying: { readonly retry: Retry; readonly dueAt: number } | null = null

  /** `consumers`: the consumers that need a timer for each event. */
  constructor(ctx: DurableObjectState, consumers: readonly Consumer[]) {
    this.#ctx = ctx
    this.#consumers = consumers
    this.log = new EventLog(ctx.storage.sql)
    this.log.migrate(ctx.storage)
    this.requests = new TurnRequests(this.log)
    this.#state = this.log.load()
    this.timers = new Timers(ctx.storage, this.log.exists && !this.log.isNewer)
    this.readers = new Readers(ctx, this.tail)
  }

  get state(): SessionState {
    return this.#state
  }

  /**
   * Decides, records and broadcasts one command. Writes nothing if the rules refuse the command, or if it has no events and no `afterEvents`.
   */
  execute(command: Command, options: ExecuteOptions = {}): Result<SessionState, Failure> {
    const drafts = accept(this.#state, command)
    if (!drafts.ok) return drafts
    this.#record(drafts.value, options)
    return ok(this.#state)
  }

  /** Creates a session from existing events, in one transaction. */
  restore(tenant: string, session: string, events: readonly Event[]): void {
    this.importStep(tenant, session, emptySession, events, true)
  }

  /**
   * Records a step of an import, in one transaction. `before`: the state after the earlier steps. The session exists after the last step.
   * Returns the state after this one.
   */
  importStep(tenant: string, session: string, before: SessionState, events: readonly Event[], isLast: boolean): SessionState {
    const { state } = this.#transaction(() => {
      const isFirst = before.seq === 0
      // A rename makes SQLite read the schema and prepare every statement again. So only the first and the last step rename.
      if (isFirst) this.log.createTables(tenant, session)
      if (isFirst && !isLast) this.log.hide()
      if (isLast && !isFirst) this.log.unhide()
      const imported = this.log.insert(before, events, !isLast)
      if (!isLast) return imported
      this.log.open(tenant, session)
      // Imported messages are not remembered for the user who imports them.
      this.log.cursors.advance(memoryConsumer, imported.state.seq)
      scheduleDelivery(this.timers, this.#consumers)
      this.timers.arm()
      return imported
    })
    if (isLast) this.#state = state
    return state
  }

  /**
   * Restores lines of a snapshot. The session must not exist. True: the restore is complete. The restored session continues
   * `restoreGap` after its last event. Throws `InvalidSnapshot`. Call `recover()` on its turns afterwards, as after a crash.
   */
  restoreSnapshot(tenant: string, session: string, lines: readonly SnapshotLine[], backup: string): boolean {
    const isComplete = this.#transaction(() => {
      if (!stage(this.#ctx.storage, lines, sessionMigrations, Date.now())) return false
      this.log.reopen()
      this.log.branches.summaries.createIndex()
      this.log.grants.createIndex()
      this.log.delegations.createIndex()
      const state = this.log.load()
      if (this.log.tenant !== tenant || this.log.session !== session) throw new Error('the snapshot belongs to another session')
      const { seq, at, deleted } = state
      const restored = { type: 'session.restored', after: seq, backup, restored_at: Date.now() } as const
      // A tombstone has no later events to skip.
      if (!deleted) this.log.insert(state, [{ seq: seq + restoreGap, at, ...restored }])
      if (this.log.importedTo > 0) this.log.cursors.advance(memoryConsumer, this.log.importedTo)
      this.timers.load()
      scheduleDelivery(this.timers, this.#consumers)
      this.timers.arm()
      return true
    })
    if (!isComplete) return false
    this.#state = this.log.load()
    this.readers.broadcast([], null, this.tail)
    return true
  }

  /** Writes to the tables without an event. */
  write(change: () => void): void {
    this.#record([], { afterEvents: change })
  }

  #record(drafts: readonly Draft[], { afterEvents, create, at = Date.now() }: ExecuteOptions): void {
    if (drafts.length === 0 && !afterEvents) return
    const { state, recorded } = this.#transaction(() => {
      if (create) this.log.create(create.tenant, create.session)
      const appended = this.log.append(this.#state, drafts, at)
      afterEvents?.(appended.state)
      scheduleSubSessions(this.timers, this.log.delegations, this.#state, appended.recorded)
      if (drafts.length > 0) scheduleDelivery(this.timers, this.#consumers)
      this.timers.arm()
      return appended
    })
    const before = this.#state.open?.item_id
    this.#state = state
    if (recorded.length === 0) return
    if (state.open?.item_id !== before) {
      this.#openText = ''
      this.#retrying = null
    }
    this.readers.broadcast(recorded, this.openItem, this.tail)
    this.turnEnds.notify(recorded)
    this.requests.logTurns(recorded)
    this.onRecorded(recorded)
  }

  /** Runs `change` in a transaction. If it throws, the object restarts from disk, unless lines were refused before they changed anything. */
  #transaction<T>(change: () => T): T {
    // Every write passes here, so none reaches tables with a newer schema.
    if (this.log.isNewer) throw new NewerSchema(this.log.schema, sessionMigrations.length)
    try {
      return this.#ctx.storage.transactionSync(change)
    } catch (error) {
      if (!(error instanceof InvalidSnapshot)) this.#ctx.abort('a transaction failed')
      throw error
    }
  }

  /** The text of the open item so far. */
  get openText(): string {
    return this.#openText
  }

  /** Appends text to the open item, in memory. False: the item is full, and the rest is cut. */
  appendDelta(text: string): boolean {
    this.#openText += text
    this.#retrying = null
    const hasRoom = this.#openText.length <= limits.itemUnits
    if (!hasRoom) this.#openText = this.#openText.slice(0, limits.itemUnits).replace(/[\ud800-\udbff]$/, '')
    return hasRoom
  }

  /** Announces to the readers that the open item waits for the next attempt of its model call. The wait counts from now. */
  announceRetry(retry: Retry): void {
    if (!this.#state.open) return
    this.#retrying = { retry, dueAt: Date.now() + retry.after_ms }
    const frame = this.retryingFrame
    if (frame) this.readers.notify(frame, this.openItem, this.tail)
  }

  /** The frame of an announced retry. Null: none, or the item has text since. */
  get retryingFrame(): Frame | null {
    const { open } = this.#state
    if (!open || !this.#retrying) return null
    const { retry, dueAt } = this.#retrying
    const after_ms = Math.max(0, dueAt - Date.now())
    return noticeFrame(this.tail, { type: 'turn.retrying', turn_id: open.turn_id, ...retry, after_ms } satisfies Omit<Retrying, 'after'>)
  }

  /** Broadcasts the text that was appended since the last broadcast. May wait, if there are many readers. */
  broadcastDelta(): void {
    if (this.#state.open) this.readers.broadcastThrottled(() => [this.openItem, this.tail])
  }

  /** The end of the log, with the length of the open item. */
  get tail(): Position {
    return { seq: this.#state.seq, open: this.#state.open, offset: this.#state.open ? this.#openText.length : 0 }
  }

  /** The open item with its text so far. Null: no item is open. */
  get openItem(): OpenItem | null {
    return this.#state.open && { ...this.#state.open, text: this.#openText }
  }
}
