/**
 * The branches of a session. Its turns form a tree, and a branch is the path from a first turn to one of them. Reads only:
 * `event-log.ts` writes.
 */
import { limits } from '../../shared/api/limits.ts'
import type { HistoryItem, HistoryTurn } from '../../shared/api/turns.ts'
import type { ContextEvent, HistoryEvent } from '../../shared/context/build.ts'
import type { CallOutcome, Event, Outcome } from '../../shared/events/event.ts'
import type { SessionMessage } from '../../shared/memory/extract-memory.ts'
import { Summaries } from './summaries.ts'

/** A turn. `token` grows with every attempt. `attempts` counts failed attempts in a row. */
export interface TurnRow extends Record<string, SqlStorageValue> {
  readonly turn_id: string
  /** The event that accepted the turn. */
  readonly seq: number
  /** The turn that this one follows. Null: none. */
  readonly parent: string | null
  readonly outcome: Outcome | null
  readonly token: number
  readonly attempts: number
}

/** The columns of a `TurnRow`. */
export const turnColumns = 'turn_id, seq, parent, outcome, token, attempts'

/** The UTF-16 units that a turn adds to a page of the history, beside its items. They bound the turns of a page. */
const turnUnits = 500

/** An item: a message, an answer or a call. `turn_seq` and `parent_seq` are the events that accepted its turn and the turn before it. */
interface ItemRow extends Record<string, SqlStorageValue> {
  readonly turn_seq: number
  readonly parent_seq: number | null
  readonly turn_id: string
  readonly type: string
  readonly body: string
}

function historyItem(event: Exclude<HistoryEvent, { type: 'call.ended' }>): HistoryItem {
  if (event.type === 'call.requested') {
    const { call_id, name, arguments: args } = event
    return { call_id, role: 'tool', name, arguments: args, outcome: null, text: '' }
  }
  const { item_id, text } = event
  if (event.type === 'item.added') return { item_id, role: 'user', text, ...(event.attachments && { attachments: event.attachments }) }
  const { incomplete, truncated } = event
  return { item_id, role: 'assistant', text, ...(incomplete && { incomplete }), ...(truncated && { truncated }) }
}

/** The items of one turn. The result of a call belongs to its item. */
function historyItems(events: readonly HistoryEvent[]): HistoryItem[] {
  const items: HistoryItem[] = []
  const calls = new Map<string, { outcome: CallOutcome | null; text: string }>()
  for (const event of events) {
    if (event.type === 'call.ended') {
      const { call_id, outcome, text } = event
      Object.assign(calls.get(call_id) ?? {}, { outcome, text })
      continue
    }
    const item = historyItem(event)
    if (item.role === 'tool') calls.set(item.call_id, item)
    items.push(item)
  }
  return items
}

export class Branches {
  readonly #sql: SqlStorage
  readonly summaries: Summaries

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.summaries = new Summaries(sql)
  }

  /** The text of the user message of `turn`, and its files. */
  messageContent(turn: TurnRow): Pick<Extract<Event, { type: 'item.added' }>, 'text' | 'attachments'> {
    const { body } = this.#sql
      .exec<{ body: string }>("SELECT body FROM item JOIN event USING (seq) WHERE turn_seq = ? AND type = 'item.added'", turn.seq)
      .one()
    const { text, attachments } = JSON.parse(body)
    return { text, ...(attachments && { attachments }) }
  }

  /** The user message of `turn`, with the attributes that memory needs. */
  message({ turn_id, seq: acceptedSeq }: TurnRow): SessionMessage {
    const { seq, at, body } = this.#sql
      .exec<{ seq: number; at: number; body: string }>(
        "SELECT event.seq, at, body FROM item JOIN event USING (seq) WHERE turn_seq = ? AND type = 'item.added'",
        acceptedSeq,
      )
      .one()
    const { metadata, regenerates } = JSON.parse(
      this.#sql.exec<{ body: string }>('SELECT body FROM event WHERE seq = ?', acceptedSeq).one().body,
    )
    return { turn_id, seq, at, text: JSON.parse(body).text, sent_by: metadata?.sent_by, again: regenerates !== undefined }
  }

  /**
   * The items of `turn` and of the turns before it on its branch, newest first. A summary ends them, in place of the turns up to it. A
   * branch uses a summary only if another turn lies between it and `turn`. Lazy: reads only what the caller consumes.
   */
  *itemsUpTo(turn: TurnRow): Generator<ContextEvent> {
    const parent = turn.parent
    for (const { turn_id, body } of this.#itemRowsUpTo(turn.seq)) {
      const isBefore = turn_id !== turn.turn_id && turn_id !== parent
      const summary = isBefore ? this.summaries.through(turn_id) : undefined
      if (summary) return yield summary
      yield JSON.parse(body)
    }
  }

  /** The ids of `turn` and of the turns before it on its branch, newest first. */
  pathTo(turn: TurnRow): string[] {
    const rows = this.#sql.exec<{ turn_id: string }>(
      `WITH RECURSIVE path (turn_id, parent) AS (
         SELECT turn_id, parent FROM turn WHERE turn_id = ?
         UNION ALL SELECT turn.turn_id, turn.parent FROM path JOIN turn ON turn.turn_id = path.parent
       ) SELECT turn_id FROM path`,
      turn.turn_id,
    )
    return rows.toArray().map(({ turn_id }) => turn_id)
  }

  /** The item rows of the branch with the last turn accepted at `turnSeq`, newest first. Lazy: reads only what the caller consumes. */
  *#itemRowsUpTo(turnSeq: number): Generator<ItemRow> {
    for (let last: number | null = turnSeq; last !== null; ) last = yield* this.#adjacentRowsUpTo(last)
  }

  /** The item rows down to the next turn of another branch. Returns the turn that continues the branch. Null: the branch begins here. */
  *#adjacentRowsUpTo(turnSeq: number): Generator<ItemRow, number | null> {
    const rows = this.#sql.exec<ItemRow>(
      `SELECT turn_seq, parent_seq, event.turn_id, type, body FROM item JOIN event USING (seq)
       WHERE turn_seq <= ? ORDER BY turn_seq DESC, item.seq DESC`,
      turnSeq,
    )
    let current = turnSeq
    let parent: number | null = null
    for (const row of rows) {
      // Every turn has an item, so a lower row means that the current turn is complete.
      if (row.turn_seq < current) {
        if (row.turn_seq !== parent) return parent
        current = parent
      }
      parent = row.parent_seq
      yield row
    }
    return null
  }

  /** The turns of the branch that ends with `turnId`, oldest first. */
  #branchTo(turnId: string | null): TurnRow[] {
    const rows = new Map(this.turns().map((turn) => [turn.turn_id, turn]))
    const branch: TurnRow[] = []
    for (let turn = turnId && rows.get(turnId); turn; turn = turn.parent && rows.get(turn.parent)) branch.push(turn)
    return branch.reverse()
  }

  /**
   * The items of the branch that ends with `last`, by turn: the newest turns within `limits.historyUnits`, or one larger turn.
   * `next_before`: the oldest of them, if others are before it.
   */
  history(last: TurnRow | undefined): { turns: HistoryTurn[]; next_before: string | null } {
    const turns: { turn_id: string; events: HistoryEvent[] }[] = []
    let units = 0
    for (const row of last ? this.#itemRowsUpTo(last.seq) : []) {
      const isNew = row.turn_id !== turns.at(-1)?.turn_id
      units += row.body.length + (isNew ? turnUnits : 0)
      if (units > limits.historyUnits && (isNew ? turns.length > 0 : turns.length > 1)) {
        // A turn that is read only in part belongs to the next page.
        if (!isNew) turns.pop()
        return { turns: this.#historyTurns(turns), next_before: turns.at(-1)?.turn_id ?? null }
      }
      if (isNew) turns.push({ turn_id: row.turn_id, events: [] })
      turns.at(-1)?.events.push(JSON.parse(row.body))
    }
    return { turns: this.#historyTurns(turns), next_before: null }
  }

  /** Turns with their events, oldest first, from both newest first. */
  #historyTurns(turns: readonly { turn_id: string; events: readonly HistoryEvent[] }[]): HistoryTurn[] {
    return turns
      .map(({ turn_id, events }) => ({ turn_id, outcome: this.#turn(turn_id)?.outcome ?? null, items: historyItems(events.toReversed()) }))
      .reverse()
  }

  #turn(turnId: string): TurnRow | undefined {
    return this.#sql.exec<TurnRow>(`SELECT ${turnColumns} FROM turn WHERE turn_id = ?`, turnId).toArray()[0]
  }

  /** The events of `turn`, in order. Reads up to its end, so at most the events of the turns that it waited for. */
  *eventsOf({ turn_id, seq: acceptedSeq }: TurnRow): Generator<Event> {
    const rows = this.#sql.exec<{ seq: number; at: number; turn_id: string | null; type: string; body: string }>(
      'SELECT seq, at, turn_id, type, body FROM event WHERE seq >= ? ORDER BY seq',
      acceptedSeq,
    )
    for (const row of rows) {
      if (row.turn_id !== turn_id) continue
      yield { seq: row.seq, at: row.at, ...JSON.parse(row.body) }
      if (row.type === 'turn.ended') return
    }
  }

  /** Every turn, in the order of acceptance. */
  turns(): TurnRow[] {
    return this.#sql.exec<TurnRow>(`SELECT ${turnColumns} FROM turn ORDER BY seq`).toArray()
  }

  /** The newest `count` turns before the event `seq`, in the order of acceptance. */
  turnsBefore(seq: number, count: number): TurnRow[] {
    return this.#sql
      .exec<TurnRow>(`SELECT ${turnColumns} FROM turn WHERE seq < ? ORDER BY seq DESC LIMIT ?`, seq, count)
      .toArray()
      .reverse()
  }

  /** The last turn of the branch through `turnId`. At each fork it follows the newest turn. */
  branchTip(turnId: string): string {
    const newestChild = new Map(this.turns().map(({ turn_id, parent }) => [parent, turn_id]))
    let last = turnId
    for (let turn = newestChild.get(last); turn; turn = newestChild.get(last)) last = turn
    return last
  }

  /** The events of the branch that ends with `turnId`, ordered by turn and seq. Abandoned items are left out. */
  eventsTo(turnId: string): Event[] {
    const turns = new Map(this.#branchTo(turnId).map(({ turn_id }) => [turn_id, [] as Event[]]))
    const abandoned = new Set<string>()
    for (const { seq, at, body } of this.#events()) {
      const event: Event = { seq, at, ...JSON.parse(body) }
      if (event.type === 'item.abandoned') abandoned.add(event.item_id)
      if ('turn_id' in event && event.type !== 'branch.switched') turns.get(event.turn_id)?.push(event)
    }
    return [...turns.values()].flat().filter((event) => !('item_id' in event && abandoned.has(event.item_id)))
  }

  #events(): Iterable<{ seq: number; at: number; body: string }> {
    return this.#sql.exec<{ seq: number; at: number; body: string }>('SELECT seq, at, body FROM event ORDER BY seq')
  }
}
