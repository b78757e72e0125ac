/**
 * The tables of one session: the append-only log, and small tables beside it. `load` reads a state that equals the fold over the log.
 * Cursors, timers, fingerprints, tokens and attempts are in no event. `append` writes an event and its projection in one
 * transaction. The first accepted command creates the tables.
 */
import { limits } from '../../shared/api/limits.ts'
import type { SessionSummary } from '../../shared/api/sessions.ts'
import type { DirectCall, Draft, Event, Metadata, Outcome } from '../../shared/events/event.ts'
import type { Subject } from '../../shared/ids.ts'
import { cutText } from '../../shared/lib/cut-text.ts'
import { itemRef, type RecordedEvent, reasoningKind } from '../../shared/session/frame.ts'
import { emptySession, fold, type SessionState } from '../../shared/session/session.ts'
import type { TurnJob } from '../../shared/turn/runner.ts'
import { migrate, storedSchema } from '../migrations.ts'
import { Branches, type TurnRow, turnColumns } from './branches.ts'
import { CallTable } from './call-table.ts'
import { ConsumerCursors } from './consumer-cursors.ts'
import { Delegations } from './delegations.ts'
import { Grants } from './grants.ts'
import { KeyTable } from './key-table.ts'
import { ProgramTable } from './program-table.ts'
import { projectEvent } from './projection.ts'
import { sessionMigrations } from './session-schema.ts'
import { dropStaged, hideTables, showTables, stagingTable } from './snapshot.ts'

/** The request that started a turn. */
interface TurnRequest extends Pick<TurnJob, 'metadata' | 'role_at_most' | 'model' | 'response_format' | 'delegation' | 'at'> {
  /** The persona of the session, if the request names none. */
  readonly persona_id: string | undefined
  /** The turn is this call, without a model. */
  readonly tool: DirectCall | undefined
}

/** What `session.created` says. */
interface Created {
  readonly persona_id?: string
  readonly memory?: 'off'
  readonly parent_session?: string
  readonly imported_to?: number
}

export class EventLog {
  readonly #sql: SqlStorage
  /** The items, by branch. */
  readonly branches: Branches
  readonly calls: CallTable
  readonly grants: Grants
  readonly cursors: ConsumerCursors
  readonly keys: KeyTable
  readonly delegations: Delegations
  readonly programs: ProgramTable
  #exists: boolean
  /** Whether newer code has created the tables. They must not be read or written. */
  readonly isNewer: boolean
  #createdEvent: Created | undefined
  #tenant = ''
  #session = ''

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.branches = new Branches(sql)
    this.calls = new CallTable(sql)
    this.grants = new Grants(sql)
    this.cursors = new ConsumerCursors(sql)
    this.keys = new KeyTable(sql)
    this.delegations = new Delegations(sql)
    this.programs = new ProgramTable(sql)
    this.#exists = this.schema > 0
    this.isNewer = this.schema > sessionMigrations.length
  }

  /** The schema number on disk. 0: no tables. */
  get schema(): number {
    return storedSchema(this.#sql)
  }

  /** Migrates the tables. Does nothing if there are none, or if they are newer than this code. */
  migrate(storage: DurableObjectStorage): void {
    if (this.#exists && !this.isNewer) migrate(storage, this.schema, sessionMigrations)
  }

  /** Checks again whether the tables exist, after a restore has created them. */
  reopen(): void {
    this.#exists = this.schema > 0
  }

  get exists(): boolean {
    return this.#exists
  }

  get tenant(): string {
    return this.#tenant
  }

  get session(): string {
    return this.#session
  }

  /** Bytes on disk. */
  get sizeBytes(): number {
    return this.#sql.databaseSize
  }

  /** Loads the state from the tables: a handful of rows, for a log of any length. */
  load(): SessionState {
    if (!this.#exists || this.isNewer) return emptySession
    const meta = this.#sql
      .exec<{
        schema: number
        tenant: string
        session: string
        subject: Subject
        title: string
        created_at: number
        deleted: number
        head: string | null
        paused: number
        unended_from: number
      }>('SELECT * FROM meta')
      .one()
    this.#tenant = meta.tenant
    this.#session = meta.session
    const last = this.#sql.exec<{ seq: number; at: number }>('SELECT seq, at FROM event ORDER BY seq DESC LIMIT 1').one()
    // The newest turn is always among these rows.
    const recent = this.#sql
      .exec<{ turn_id: string; started: number; steps: number; spent: string | null; outcome: Outcome | null }>(
        "SELECT turn_id, started, steps, spent, outcome FROM event JOIN turn USING (turn_id) WHERE event.seq >= ? AND type = 'turn.accepted' ORDER BY event.seq",
        meta.unended_from,
      )
      .toArray()
    const turns = recent.filter(({ outcome }) => outcome === null)
    const running = turns.find(({ started }) => started === 1)
    return {
      seq: last.seq,
      at: last.at,
      subject: meta.subject,
      title: meta.title,
      createdAt: meta.created_at,
      lastTurnId: recent.at(-1)?.turn_id ?? null,
      turns: turns.map(({ turn_id }) => turn_id),
      running: running?.turn_id ?? null,
      open: running ? this.openAt(last.seq) : null,
      calls: running ? this.calls.open(running.turn_id) : [],
      modelCalls: running?.steps ?? 0,
      usage: running?.spent ? JSON.parse(running.spent) : null,
      eraseAt: meta.deleted === 1 ? null : this.#eraseAt(),
      deleted: meta.deleted === 1,
      head: meta.head,
      paused: meta.paused === 1,
    }
  }

  /** The timer `erase` is the state of a deleted session, so an earlier release can still read the tables. */
  #eraseAt(): number | null {
    return this.#sql.exec<{ at: number }>("SELECT at FROM due WHERE kind = 'erase'").toArray()[0]?.at ?? null
  }

  /** Creates the tables of a session. Does nothing if they exist. Call inside the transaction of the first event. */
  create(tenant: string, session: string): void {
    if (this.#exists) return
    this.createTables(tenant, session)
    this.open(tenant, session)
  }

  /** Marks the session as existing. */
  open(tenant: string, session: string): void {
    this.#exists = true
    this.#tenant = tenant
    this.#session = session
  }

  /** Creates the tables of a session that does not exist yet. Call inside a transaction. */
  createTables(tenant: string, session: string): void {
    dropStaged(this.#sql)
    for (const migration of sessionMigrations) migration(this.#sql)
    this.#sql.exec('UPDATE meta SET schema = ?, tenant = ?, session = ?', sessionMigrations.length, tenant, session)
  }

  /** Hides the tables of an import between its steps: without `meta`, the session does not exist. Call inside a transaction. */
  hide(): void {
    hideTables(this.#sql)
  }

  unhide(): void {
    showTables(this.#sql)
  }

  /** Records `drafts` after `state` and returns the new state. Call inside a transaction. */
  append(state: SessionState, drafts: readonly Draft[], now: number): { state: SessionState; recorded: RecordedEvent[] } {
    let { seq, at } = state
    const events = drafts.map((draft): Event => {
      seq += 1
      at = Math.max(now, at)
      return { seq, at, ...draft }
    })
    return this.insert(state, events)
  }

  /**
   * Records events that have a seq and a time already. Call inside a transaction. `isHidden`: the tables are those of an import between its
   * steps.
   */
  insert(state: SessionState, events: readonly Event[], isHidden = false): { state: SessionState; recorded: RecordedEvent[] } {
    const recorded: RecordedEvent[] = []
    let next = state
    let unendedFrom: number | null = null
    for (const event of events) {
      const { seq, at, ...draft } = event
      const body = JSON.stringify(draft)
      const turnId = 'turn_id' in event ? event.turn_id : null
      this.#sql.exec('INSERT INTO event (seq, at, type, turn_id, body) VALUES (?, ?, ?, ?, ?)', seq, at, event.type, turnId, body)
      const before = next
      next = fold(before, event)
      projectEvent(this.#sql, this, event, before, next)
      if (event.type === 'turn.accepted' && before.turns.length === 0) unendedFrom = seq
      recorded.push({ seq, at, type: event.type, body })
    }
    this.#saveMeta(isHidden ? stagingTable : 'meta', state, next, unendedFrom)
    return { state: next, recorded }
  }

  /** Updates `meta`, if something in it has changed. `table`: its name. */
  #saveMeta(
    table: string,
    before: SessionState,
    { subject, title, createdAt, head, paused, deleted }: SessionState,
    unendedFrom: number | null,
  ): void {
    const isSame = title === before.title && createdAt === before.createdAt && head === before.head && paused === before.paused
    if (isSame && deleted === before.deleted && unendedFrom === null) return
    this.#sql.exec(
      `UPDATE ${table} SET subject = ?, title = ?, created_at = ?, head = ?, paused = ?, deleted = ?, unended_from = coalesce(?, unended_from)`,
      subject,
      title,
      createdAt,
      head,
      paused ? 1 : 0,
      deleted ? 1 : 0,
      unendedFrom,
    )
  }

  /** The events after `seq`, in order. Lazy: reads only what the caller consumes. */
  after(seq: number): Iterable<RecordedEvent> {
    return this.#sql.exec<RecordedEvent & Record<string, SqlStorageValue>>(
      'SELECT seq, at, type, body FROM event WHERE seq > ? ORDER BY seq',
      seq,
    )
  }

  has(seq: number): boolean {
    return seq === 0 || this.#sql.exec('SELECT 1 FROM event WHERE seq = ?', seq).toArray().length > 0
  }

  /** The item that was open after event `seq`. */
  openAt(seq: number): SessionState['open'] {
    const last = this.#sql
      .exec<{ type: string; body: string }>(
        "SELECT type, body FROM event WHERE seq <= ? AND type IN ('item.opened', 'item.closed', 'item.abandoned') ORDER BY seq DESC LIMIT 1",
        seq,
      )
      .toArray()[0]
    if (last?.type !== 'item.opened') return null
    return itemRef(JSON.parse(last.body))
  }

  /** The size of the recorded reasoning of a turn: at least its UTF-16 units. */
  reasoningUnits(turnId: string): number {
    const rows = this.#sql.exec<{ body: string }>(
      "SELECT body FROM event WHERE turn_id = ? AND seq > (SELECT seq FROM turn WHERE turn_id = ?) AND type = 'item.closed' AND body ->> 'kind' = ?",
      turnId,
      turnId,
      reasoningKind,
    )
    return rows.toArray().reduce((sum, { body }) => sum + body.length, 0)
  }

  /** The last backup that the session was restored from. Undefined: none, or the session is a tombstone. */
  restoredFrom(): string | undefined {
    const last = this.#sql.exec<{ body: string }>("SELECT body FROM event WHERE type = 'session.restored' ORDER BY seq DESC LIMIT 1")
    return last.toArray().map(({ body }) => JSON.parse(body).backup)[0]
  }

  turn(turnId: string): TurnRow | undefined {
    return this.#sql.exec<TurnRow>(`SELECT ${turnColumns} FROM turn WHERE turn_id = ?`, turnId).toArray()[0]
  }

  /** Fences every earlier attempt at the turn. `attempts`: failed attempts in a row. */
  fence(turnId: string, attempts: number): void {
    this.#sql.exec('UPDATE turn SET token = token + 1, attempts = ? WHERE turn_id = ?', attempts, turnId)
  }

  /** Whether no turn was answered yet and no title was set. It reads few rows: without an answer, the log is short. */
  get isUntitled(): boolean {
    const isIn = (query: string) => this.#sql.exec(query).toArray().length > 0
    return !isIn("SELECT 1 FROM turn WHERE outcome = 'completed' LIMIT 1") && !this.hasTitle
  }

  /** Whether a title was set: by the user, by an import or by a model. */
  get hasTitle(): boolean {
    return this.#sql.exec("SELECT 1 FROM event WHERE type = 'session.titled' LIMIT 1").toArray().length > 0
  }

  /** The request that started the turn. */
  turnRequest(turn: TurnRow): TurnRequest {
    const { at, body } = this.#sql.exec<{ at: number; body: string }>('SELECT at, body FROM event WHERE seq = ?', turn.seq).one()
    const {
      metadata = {},
      role_at_most,
      model,
      response_format,
      tool,
      delegation,
      persona_id = this.#created?.persona_id,
    } = JSON.parse(body)
    return { metadata, role_at_most, model, response_format, tool, delegation, persona_id, at }
  }

  /** The persona of the session. Undefined: none. */
  get personaId(): string | undefined {
    return this.#created?.persona_id
  }

  /** Metadata that each message has, if it does not say otherwise. */
  get defaultMetadata(): Metadata {
    return this.#created?.memory === 'off' ? { memory: 'off' } : {}
  }

  /** The session above, whose calls a sub-agent answers here. */
  get parentSession(): string | undefined {
    return this.#created?.parent_session
  }

  /** The last imported event. 0: not imported. */
  get importedTo(): number {
    return this.#created?.imported_to ?? 0
  }

  /** Read once: the first event of a log does not change. */
  get #created(): Created | undefined {
    this.#createdEvent ??= this.#readCreated()
    return this.#createdEvent
  }

  #readCreated(): Created | undefined {
    const created = this.#sql
      .exec<{ body: string }>("SELECT body FROM event WHERE type = 'session.created' ORDER BY seq LIMIT 1")
      .toArray()[0]
    return created && JSON.parse(created.body)
  }

  /** The session as lists show it. */
  summary(state: SessionState): SessionSummary {
    return {
      session_id: this.#session,
      // An older release imported longer titles.
      title: cutText(state.title, limits.titleUnits),
      state: state.paused ? 'paused' : state.turns.length > 0 ? 'running' : 'idle',
      created_at: state.createdAt,
      updated_at: state.at,
      last_turn_id: state.lastTurnId,
      ...(this.parentSession !== undefined && { parent_session: this.parentSession }),
    }
  }

  /** Whether the session was deleted and restored, within its newest events. */
  get wasRestored(): boolean {
    const newest = "type = 'session.untrashed' AND seq > (SELECT max(seq) FROM event) - 10000"
    return this.#sql.exec(`SELECT 1 FROM event WHERE ${newest} LIMIT 1`).toArray().length > 0
  }

  /** Whether the log has, after `seq`, a `memory.refused` event for the turn. */
  hasMemoryRefusal(turnId: string, seq: number): boolean {
    const rows = this.#sql.exec(
      "SELECT 1 FROM event WHERE seq > ? AND type = 'memory.refused' AND body ->> 'about' = ? LIMIT 1",
      seq,
      turnId,
    )
    return rows.toArray().length > 0
  }
}
