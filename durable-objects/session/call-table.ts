/** The table of a session's tool calls: one row per call, derived from the log. */
import type { Event } from '../../shared/events/event.ts'
import type { OpenCall, RequestedCall } from '../../shared/session/call.ts'
import type { RecordedProgramCall } from '../../shared/tool/program-owner.ts'

/** A call. `token` grows with every attempt. `attempts` counts failed attempts. */
export interface CallRow extends Record<string, SqlStorageValue> {
  readonly call_id: string
  /** The event that requested the call. */
  readonly seq: number
  readonly state: OpenCall['state'] | 'ended'
  readonly token: number
  readonly attempts: number
  /** 1: a user has approved the call. 2: a run has used the approval. */
  readonly approved: number
}

type Body<Type extends Event['type']> = Omit<Extract<Event, { type: Type }>, 'seq' | 'at'>

type CallEvent = Extract<Event, { call_id: string }>

export class CallTable {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  static readonly schema = `CREATE TABLE call (turn_id TEXT NOT NULL, call_id TEXT NOT NULL, seq INTEGER NOT NULL, state TEXT NOT NULL,
    token INTEGER NOT NULL, attempts INTEGER NOT NULL, approved INTEGER NOT NULL, PRIMARY KEY (turn_id, call_id)) WITHOUT ROWID`

  /** The calls that a turn waits for. */
  open(turnId: string): OpenCall[] {
    return this.#sql
      .exec<OpenCall & Record<string, SqlStorageValue>>(
        "SELECT call_id, state FROM call WHERE turn_id = ? AND state <> 'ended' ORDER BY seq",
        turnId,
      )
      .toArray()
  }

  row(turnId: string, callId: string): CallRow | undefined {
    return this.#sql
      .exec<CallRow>('SELECT call_id, seq, state, token, attempts, approved FROM call WHERE turn_id = ? AND call_id = ?', turnId, callId)
      .toArray()[0]
  }

  /** The call as the model requested it. */
  requested({ seq }: CallRow): RequestedCall {
    return this.#body(seq)
  }

  /** When the model requested the call, Unix ms. */
  requestedAt({ seq }: CallRow): number {
    return this.#sql.exec<{ at: number }>('SELECT at FROM event WHERE seq = ?', seq).one().at
  }

  /** What the user was asked last. Null: nothing was asked. */
  parked(row: CallRow): (Body<'call.parked'> & { readonly seq: number }) | null {
    return this.#last(row, 'call.parked')
  }

  /** The last decision of a user. Null: none. */
  decided(row: CallRow): (Body<'call.decided'> & { readonly seq: number }) | null {
    return this.#last(row, 'call.decided')
  }

  /** To whom the call was delegated. Null: to nobody. */
  delegated(row: CallRow): Body<'call.delegated'> | null {
    return this.#last(row, 'call.delegated')
  }

  /** What the sub-agent of the call last asked a user. Null: nothing. */
  relayed(row: CallRow): Body<'call.relayed'> | null {
    return this.#last(row, 'call.relayed')
  }

  /** Whether a user has approved what has this binding. */
  hasApproved({ call_id, seq }: CallRow, binding: string): boolean {
    const found = this.#sql.exec(
      `SELECT 1 FROM event WHERE seq > ? AND type = 'call.decided' AND body ->> 'call_id' = ? AND body ->> 'approved' = 1
        AND body ->> 'binding' = ? LIMIT 1`,
      ...[seq, call_id, binding],
    )
    return found.toArray().length > 0
  }

  /** The calls of the call's program, by id. */
  ofProgram({ call_id, seq }: CallRow): RecordedProgramCall[] {
    const calls = new Map<number, RecordedProgramCall>()
    const events = this.#sql.exec<{ type: string; body: string }>(
      `SELECT type, body FROM event WHERE seq > ? AND type IN ('program.called', 'program.claimed', 'program.returned')
        AND body ->> 'call_id' = ? ORDER BY seq`,
      ...[seq, call_id],
    )
    for (const { type, body } of events) {
      const { id, name, arguments: args, outcome, text } = JSON.parse(body)
      const call = calls.get(id)
      if (type === 'program.called') calls.set(id, { id, name, arguments: args, isClaimed: false, result: null })
      else if (call) calls.set(id, type === 'program.claimed' ? { ...call, isClaimed: true } : { ...call, result: { outcome, text } })
    }
    return [...calls.values()].sort((a, b) => a.id - b.id)
  }

  /**
   * The last event of this type about the call. Reads the events since the call was requested: those of its turn. The type is part of the
   * statement: with a parameter, a cached statement would keep the partial index that fits its first value.
   */
  #last<T>(
    { call_id, seq }: CallRow,
    type: 'call.parked' | 'call.decided' | 'call.delegated' | 'call.relayed',
  ): (T & { readonly seq: number }) | null {
    const [found] = this.#sql
      .exec<{ seq: number; body: string }>(
        `SELECT seq, body FROM event WHERE seq > ? AND type = '${type}' AND body ->> 'call_id' = ? ORDER BY seq DESC LIMIT 1`,
        ...[seq, call_id],
      )
      .toArray()
    return found ? { ...JSON.parse(found.body), seq: found.seq } : null
  }

  #body<T>(seq: number): T {
    return JSON.parse(this.#sql.exec<{ body: string }>('SELECT body FROM event WHERE seq = ?', seq).one().body)
  }

  /** Marks the approval as used by a run, or as usable again. */
  setApproval(turnId: string, callId: string, use: 'used' | 'usable'): void {
    const [from, to] = use === 'used' ? [1, 2] : [2, 1]
    this.#sql.exec('UPDATE call SET approved = ? WHERE turn_id = ? AND call_id = ? AND approved = ?', to, turnId, callId, from)
  }

  /** The calls that the model requested, by step of the turn. */
  callsByStep(turnId: string): RequestedCall[][] {
    const rows = this.#sql.exec<{ type: string; body: string }>(
      `SELECT type, body FROM event WHERE seq > (SELECT seq FROM turn WHERE turn_id = ?1) AND turn_id = ?1
        AND type IN ('call.requested', 'step.ended') ORDER BY seq`,
      turnId,
    )
    const steps: RequestedCall[][] = [[]]
    for (const { type, body } of rows) {
      if (type === 'step.ended') steps.push([])
      else steps.at(-1)?.push(JSON.parse(body))
    }
    return steps.slice(0, -1)
  }

  /** Every call that the turn has requested, in order. */
  requestedIn(turnId: string): RequestedCall[] {
    return this.#sql
      .exec<{ body: string }>('SELECT body FROM call JOIN event USING (seq) WHERE call.turn_id = ? ORDER BY seq', turnId)
      .toArray()
      .map(({ body }) => JSON.parse(body))
  }

  /** Fences every earlier attempt. `attempts`: the number of failed attempts. */
  fence(turnId: string, callId: string, attempts: number): void {
    this.#sql.exec('UPDATE call SET token = token + 1, attempts = ? WHERE turn_id = ? AND call_id = ?', attempts, turnId, callId)
  }

  /** Applies an event to its row. `open`: the open calls after the event. */
  project(event: CallEvent, open: readonly OpenCall[]): void {
    const { turn_id, call_id, seq } = event
    if (event.type === 'call.requested') {
      this.#sql.exec("INSERT INTO call VALUES (?, ?, ?, 'waiting', 0, 0, 0)", turn_id, call_id, seq)
      return
    }
    const state = open.find((call) => call.call_id === call_id)?.state ?? 'ended'
    const approved = event.type === 'call.decided' ? Number(event.approved) : null
    // These outcomes do not come from the executor, so its attempt is fenced.
    const tokenStep = event.type === 'call.ended' && (event.outcome === 'unknown' || event.outcome === 'cancelled') ? 1 : 0
    this.#sql.exec(
      'UPDATE call SET state = ?, approved = coalesce(?, approved), token = token + ? WHERE turn_id = ? AND call_id = ?',
      ...[state, approved, tokenStep, turn_id, call_id],
    )
  }
}
