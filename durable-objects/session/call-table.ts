/** The table of a session's tool calls: one row per call, derived from the log. */
import type { Event } from '../../shared/events/event.ts'
import type { OpenCall, RequestedCall } from '../../shared/session/call.ts'

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
  /** The events that asked the user last, and that decided last. Null: none. */
  readonly parked_seq: number | null
  readonly decided_seq: number | null
}

/** The columns of `CallRow`. */
const columns = 'call_id, seq, state, token, attempts, approved, parked_seq, decided_seq'

type Body<Type extends Event['type']> = Omit<Extract<Event, { type: Type }>, 'seq' | 'at'>

type CallEvent = Extract<Event, { call_id: string }>

export class CallTable {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  static readonly schema = `CREATE TABLE call (turn_id TEXT NOT NULL, call_id TEXT NOT NULL, seq INTEGER NOT NULL, state TEXT NOT NULL,
    token INTEGER NOT NULL, attempts INTEGER NOT NULL, approved INTEGER NOT NULL, PRIMARY KEY (turn_id, call_id)) WITHOUT ROWID`

  /** Columns of later schemas. */
  static readonly askColumns = `ALTER TABLE call ADD COLUMN parked_seq INTEGER; ALTER TABLE call ADD COLUMN decided_seq INTEGER`

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
    return this.#sql.exec<CallRow>(`SELECT ${columns} FROM call WHERE turn_id = ? AND call_id = ?`, turnId, callId).toArray()[0]
  }

  /** The call as the model requested it. */
  requested({ seq }: CallRow): RequestedCall {
    return this.#body(seq)
  }

  /** What the user is asked. Null: nothing was asked. */
  parked({ parked_seq }: CallRow): Body<'call.parked'> | null {
    return parked_seq === null ? null : this.#body(parked_seq)
  }

  /** The last decision of a user. Null: none. */
  decided({ decided_seq }: CallRow): Body<'call.decided'> | null {
    return decided_seq === null ? null : this.#body(decided_seq)
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

  /** Fences every earlier attempt. `attempts`: the number of failed attempts. */
  fence(turnId: string, callId: string, attempts: number): void {
    this.#sql.exec('UPDATE call SET token = token + 1, attempts = ? WHERE turn_id = ? AND call_id = ?', attempts, turnId, callId)
  }

  /** Applies an event to its row. `open`: the open calls after the event. */
  project(event: CallEvent, open: readonly OpenCall[]): void {
    const { turn_id, call_id, seq } = event
    if (event.type === 'call.requested') {
      this.#sql.exec(
        "INSERT INTO call (turn_id, call_id, seq, state, token, attempts, approved) VALUES (?, ?, ?, 'waiting', 0, 0, 0)",
        ...[turn_id, call_id, seq],
      )
      return
    }
    const state = open.find((call) => call.call_id === call_id)?.state ?? 'ended'
    const approved = event.type === 'call.decided' ? Number(event.approved) : null
    const parkedSeq = event.type === 'call.parked' ? seq : null
    const decidedSeq = event.type === 'call.decided' ? seq : null
    // These outcomes do not come from the executor, so its attempt is fenced.
    const tokenStep = event.type === 'call.ended' && (event.outcome === 'unknown' || event.outcome === 'cancelled') ? 1 : 0
    this.#sql.exec(
      `UPDATE call SET state = ?, approved = coalesce(?, approved), token = token + ?, parked_seq = coalesce(?, parked_seq),
        decided_seq = coalesce(?, decided_seq) WHERE turn_id = ? AND call_id = ?`,
      ...[state, approved, tokenStep, parkedSeq, decidedSeq, turn_id, call_id],
    )
  }
}
