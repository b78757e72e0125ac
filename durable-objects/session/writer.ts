/**
 * A session's one writer: decides by the rules, records events and state in one transaction, and tells the readers, with no `await`
 * between. The text of the open item lives here, in memory, until its closing is recorded.
 */
import { limits } from '../../shared/api/sessions.ts'
import type { Draft, Event } from '../../shared/events/event.ts'
import { failpoint } from '../../shared/failpoints.ts'
import { NewerSchema } from '../../shared/faults.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { restoreGap, type SnapshotLine } from '../../shared/session/backup.ts'
import { type Cursor, parseCursor } from '../../shared/session/cursor.ts'
import { eventJson, frameId, type OpenItem, type Position, positionAt, replay, toEventStream } from '../../shared/session/frame.ts'
import { accept, type Command, type SessionState } from '../../shared/session/session.ts'
import { type Consumer, memory } from './consumers.ts'
import { SessionLog, sessionMigrations } from './log.ts'
import { scheduleDelivery } from './outbox.ts'
import { Readers } from './readers.ts'
import { stage } from './snapshot.ts'
import { Timers } from './timers.ts'

/** A page of frames, as event-stream text; `cursor` is where its reader stands then, `behind` whether there is more. */
export interface FramePage {
  readonly text: string
  readonly cursor: string
  readonly behind: boolean
}

/** UTF-16 units of a page of frames: at most 256 KB as UTF-8. A single larger frame is a page of its own. */
const pageUnits = 87_381

const encoder = new TextEncoder()

export class SessionWriter {
  readonly #ctx: DurableObjectState
  readonly log: SessionLog
  readonly timers: Timers
  readonly readers: Readers
  readonly #consumers: readonly Consumer[]
  #state: SessionState
  #openText = ''

  /** `consumers`: whose doorbells are not to be forgotten. */
  constructor(ctx: DurableObjectState, consumers: readonly Consumer[]) {
    this.#ctx = ctx
    this.#consumers = consumers
    this.log = new SessionLog(ctx.storage.sql)
    this.log.migrate(ctx.storage)
    this.#state = this.log.load()
    this.timers = new Timers(ctx.storage, this.log.exists && !this.log.newer)
    this.readers = new Readers(ctx, this.#tail())
  }

  get state(): SessionState {
    return this.#state
  }

  /**
   * Decides, records, tells. `also` writes in the same transaction, after the events; it is told what the state has become.
   * A refused command writes nothing; neither does one that changes nothing and has nothing to write also.
   */
  execute(command: Command, also?: (state: SessionState) => void): Result<SessionState, Failure> {
    const drafts = accept(this.#state, command)
    if (!drafts.ok) return drafts
    this.#record(drafts.value, also)
    return ok(this.#state)
  }

  /** Like `do`, for what is found out afterwards: its event bears the time of the one before, so that lists keep their order. */
  note(command: Command, also: (state: SessionState) => void): Result<SessionState, Failure> {
    const drafts = accept(this.#state, command)
    if (!drafts.ok) return drafts
    this.#record(drafts.value, also, undefined, this.#state.at)
    return ok(this.#state)
  }

  /** Like `do`, for a session that may not exist yet: its tables come with its first event. */
  begin(tenant: string, session: string, command: Command, also: (state: SessionState) => void): Result<SessionState, Failure> {
    const drafts = accept(this.#state, command)
    if (!drafts.ok) return drafts
    this.#record(drafts.value, also, () => this.log.create(tenant, session))
    return ok(this.#state)
  }

  /** Begins a session with a log that is there already, all of it or nothing. */
  restore(tenant: string, session: string, events: readonly Event[]): void {
    const { session: state } = this.#transaction(() => {
      this.log.create(tenant, session)
      const restored = this.log.restore(this.#state, events)
      // Nobody said it here: what a fork or an import brings along is not remembered of whoever brings it.
      this.log.acknowledge(memory, restored.session.seq)
      scheduleDelivery(this.timers, this.#consumers)
      this.timers.arm()
      return restored
    })
    this.#state = state
  }

  /**
   * Takes in lines of a snapshot of a session that does not exist yet. True: it does now, all of it, and goes on far behind its
   * last event. What ran is to be taken care of as after a crash.
   */
  restoreSnapshot(tenant: string, session: string, lines: readonly SnapshotLine[], backup: string): boolean {
    const whole = this.#transaction(() => {
      if (!stage(this.#ctx.storage, lines, sessionMigrations)) return false
      this.log.reopen()
      const state = this.log.load()
      if (this.log.tenant !== tenant || this.log.session !== session) throw new Error('a snapshot of another session')
      const { seq, at, deleted } = state
      const restored = { type: 'session.restored', after: seq, backup, restored_at: Date.now() } as const
      // A tombstone has lost nothing.
      if (!deleted) this.log.restore(state, [{ seq: seq + restoreGap, at, ...restored }])
      if (this.log.importedTo > 0) this.log.acknowledge(memory, this.log.importedTo)
      this.timers.load()
      scheduleDelivery(this.timers, this.#consumers)
      this.timers.arm()
      return true
    })
    if (!whole) return false
    this.#state = this.log.load()
    this.readers.broadcast([], null, this.#tail())
    return true
  }

  /** Writes to the tables without an event. */
  write(change: () => void): void {
    this.#record([], change)
  }

  #record(drafts: readonly Draft[], also?: (state: SessionState) => void, first?: () => void, now = Date.now()): void {
    if (drafts.length === 0 && !also) return
    const { session, recorded } = this.#transaction(() => {
      first?.()
      const appended = this.log.append(this.#state, drafts, now)
      also?.(appended.session)
      if (drafts.length > 0) scheduleDelivery(this.timers, this.#consumers)
      this.timers.arm()
      return appended
    })
    this.#state = session
    if (recorded.length === 0) return
    if (!session.open) this.#openText = ''
    this.readers.broadcast(recorded, this.#openItem(), this.#tail())
  }

  /** All or nothing, in memory too: if it throws, the object starts again from what is on disk. */
  #transaction<T>(change: () => T): T {
    // Every write passes here: none reaches tables that this code does not know.
    if (this.log.newer) throw new NewerSchema(this.log.schema, sessionMigrations.length)
    try {
      return this.#ctx.storage.transactionSync(change)
    } catch (error) {
      this.#ctx.abort('a transaction failed')
      throw error
    }
  }

  /** What was said of the open item so far. */
  get openText(): string {
    return this.#openText
  }

  /** More of the open item was said: readers are told, nothing is recorded. False: the item is full, and the rest is cut. */
  appendDelta(text: string): boolean {
    this.#openText += text
    const fits = this.#openText.length <= limits.itemUnits
    if (!fits) this.#openText = this.#openText.slice(0, limits.itemUnits).replace(/[\ud800-\udbff]$/, '')
    return fits
  }

  /** Tells the readers what was heard since they were told last. */
  broadcastDelta(): void {
    if (this.#state.open) this.readers.broadcastThrottled(() => [this.#openItem(), this.#tail()])
  }

  /** The frames after `position`, at most a page: so many UTF-16 units, or one frame that is larger. */
  page(position: Position, units = pageUnits): FramePage {
    let text = ''
    let cursor = frameId(position)
    const skipped = failpoint('resume-off-by-one') && position.seq > 0 ? 1 : 0
    for (const [frame] of replay(position, this.log.after(position.seq + skipped), this.#openItem())) {
      const more = toEventStream(frame)
      if (text !== '' && text.length + more.length > units) return { text, cursor, behind: true }
      text += more
      cursor = frame.id
    }
    return { text, cursor, behind: false }
  }

  /** Whether one more may watch. If not, readers who left without a word are looked for, so that there may be room in a moment. */
  hasCapacity(): boolean {
    if (this.readers.count < limits.readers) return true
    this.readers.broadcast([], this.#openItem(), this.#tail())
    this.readers.probeDeadSockets(frameId(this.#tail()))
    return false
  }

  /** A socket that is sent a page after `position`, then each frame as it comes; closed after the page if that is not all. */
  subscribe(position: Position): WebSocket {
    // Who reads already is brought to the same place first, so that all go on from there together.
    this.readers.broadcast([], this.#openItem(), this.#tail())
    const { text, behind } = this.page(position)
    return this.readers.add(text, behind)
  }

  /** At most `limit` events after `seq`, as the text of a JSON array, and the cursor of the next page. */
  events(seq: number, limit: number): { events: string; next_cursor: string | null } {
    const events: string[] = []
    let bytes = 0
    let last = seq
    for (const event of this.log.after(seq)) {
      const text = eventJson(event)
      bytes += encoder.encode(text).length + 1
      if (events.length === limit || (events.length > 0 && bytes > limits.pageBytes)) break
      events.push(text)
      last = event.seq
    }
    return { events: `[${events.join(',')}]`, next_cursor: last < this.#state.seq ? String(last) : null }
  }

  /** The place that `cursor` names; empty is the beginning, `latest` the end. */
  resolveCursor(cursor: string): Result<Position, Failure> {
    if (cursor === 'latest') return ok(this.#tail())
    const parsed: Cursor | null = cursor === '' ? { seq: 0, offset: 0 } : parseCursor(cursor)
    if (!parsed || !this.log.has(parsed.seq)) return fail({ kind: 'invalid_cursor' })
    return ok(positionAt(parsed, parsed.seq === this.#state.seq ? this.#state.open : this.log.openAt(parsed.seq)))
  }

  /** The log's end, and how much of the open item was said. */
  #tail(): Position {
    return { seq: this.#state.seq, open: this.#state.open, offset: this.#state.open ? this.#openText.length : 0 }
  }

  #openItem(): OpenItem | null {
    return this.#state.open && { ...this.#state.open, text: this.#openText }
  }
}
