/**
 * What was said in a session, by branch: its turns are a tree, and a branch is the path from its first turn to one of them.
 * Reads only; `session-log.ts` writes.
 */
import type { HistoryItem, HistoryTurn } from '../../shared/api/sessions.ts'
import type { HistoryEvent } from '../../shared/context/build.ts'
import type { CallOutcome, Event } from '../../shared/events/event.ts'
import type { SessionMessage } from '../../shared/memory/extract-memory.ts'
import { type TurnRow, turnColumns } from './log.ts'

/** An item: an event that says something, with its turn, and the turn before that, by the seqs they were accepted at. */
interface ItemRow extends Record<string, SqlStorageValue> {
  readonly turn_seq: number
  readonly parent_seq: number | null
  readonly type: string
  readonly body: string
}

function historyItem(said: Exclude<HistoryEvent, { type: 'call.ended' }>): HistoryItem {
  if (said.type === 'call.requested') {
    const { call_id, name, arguments: args } = said
    return { call_id, role: 'tool', name, arguments: args, outcome: null, text: '' }
  }
  const { item_id, text } = said
  const incomplete = said.type === 'item.closed' && said.incomplete
  return { item_id, role: said.type === 'item.added' ? 'user' : 'assistant', text, ...(incomplete && { incomplete }) }
}

export class Branches {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The message that `turn` answers. */
  messageOf(turn: TurnRow): string {
    const { body } = this.#sql
      .exec<{ body: string }>("SELECT body FROM item JOIN event USING (seq) WHERE turn_seq = ? AND type = 'item.added'", turn.seq)
      .one()
    return JSON.parse(body).text
  }

  /** The same, with what tells whether it is to be remembered. */
  message({ turn_id, seq: accepted }: TurnRow): SessionMessage {
    const { seq, at, body } = this.#sql
      .exec<{ seq: number; at: number; body: string }>(
        "SELECT event.seq, at, body FROM item JOIN event USING (seq) WHERE turn_seq = ? AND type = 'item.added'",
        accepted,
      )
      .one()
    const { metadata, regenerates } = JSON.parse(
      this.#sql.exec<{ body: string }>('SELECT body FROM event WHERE seq = ?', accepted).one().body,
    )
    return { turn_id, seq, at, text: JSON.parse(body).text, sent_by: metadata?.sent_by, again: regenerates !== undefined }
  }

  /** What was said in `turn` and in those before it on its branch, newest first. Read only as far as it is asked for. */
  *itemsUpTo(turn: TurnRow): Generator<HistoryEvent> {
    for (const { body } of this.#itemRowsUpTo(turn.seq)) yield JSON.parse(body)
  }

  /** The items of the branch that ends with the turn accepted at `turnSeq`, the last one first: one pass, whatever the tree. */
  *#itemRowsUpTo(turnSeq: number): Generator<ItemRow> {
    const rows = this.#sql.exec<ItemRow>(
      'SELECT turn_seq, parent_seq, type, body FROM item JOIN event USING (seq) WHERE turn_seq <= ? ORDER BY turn_seq DESC, item.seq DESC',
      turnSeq,
    )
    let wanted: number | null = turnSeq
    let parent: number | null = null
    for (const row of rows) {
      // Every turn has an item, so the first row below the wanted turn means that it is done with.
      if (row.turn_seq < wanted) wanted = parent
      if (wanted === null) return
      if (row.turn_seq !== wanted) continue
      parent = row.parent_seq
      yield row
    }
  }

  /** The turns of the branch that ends with `turnId`, the first one first. */
  #branchTo(turnId: string | null): TurnRow[] {
    const rows = new Map(this.turns().map((turn) => [turn.turn_id, turn]))
    const branch: TurnRow[] = []
    for (let turn = turnId && rows.get(turnId); turn; turn = turn.parent && rows.get(turn.parent)) branch.push(turn)
    return branch.reverse()
  }

  /** The branch that ends with `head`, by turn. */
  history(head: string | null): HistoryTurn[] {
    const branch = this.#branchTo(head)
    const turns = new Map(branch.map(({ seq, turn_id, outcome }) => [seq, { turn_id, outcome, items: [] as HistoryTurn['items'] }]))
    const calls = new Map<string, { outcome: CallOutcome | null; text: string }>()
    for (const { turn_seq, body } of [...this.#itemRowsUpTo(branch.at(-1)?.seq ?? 0)].reverse()) {
      const said: HistoryEvent = JSON.parse(body)
      if (said.type === 'call.ended') {
        const { call_id, outcome, text } = said
        Object.assign(calls.get(call_id) ?? {}, { outcome, text })
        continue
      }
      const item = historyItem(said)
      if (item.role === 'tool') calls.set(item.call_id, item)
      turns.get(turn_seq)?.items.push(item)
    }
    return [...turns.values()]
  }

  /** Every turn with the one it follows, in the order they were accepted. */
  turns(): TurnRow[] {
    return this.#sql.exec<TurnRow>(`SELECT ${turnColumns} FROM turn ORDER BY seq`).toArray()
  }

  /** The end of the branch that goes on from `turnId`: at each fork the newest turn is taken. */
  branchTip(turnId: string): string {
    const next = new Map(this.turns().map(({ turn_id, parent }) => [parent, turn_id]))
    let last = turnId
    for (let turn = next.get(last); turn; turn = next.get(last)) last = turn
    return last
  }

  /** The events of the branch that ends with `turnId`: by turn, then seq; what was abandoned is left out. */
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
