/** The projection of the log: what each event changes in the tables beside it. */
import type { Event } from '../../shared/events/event.ts'
import type { SessionState } from '../../shared/session/session.ts'
import type { Branches } from './branches.ts'
import type { CallTable } from './call-table.ts'
import type { Delegations } from './delegations.ts'
import type { Grants } from './grants.ts'
import type { ProgramTable } from './program-table.ts'
import { eraseRecordings } from './recording-table.ts'

/** The tables that have a class of their own. */
interface ProjectedTables {
  readonly branches: Branches
  readonly calls: CallTable
  readonly grants: Grants
  readonly delegations: Delegations
  readonly programs: ProgramTable
}

/** Applies `event` to the other tables. `before` and `after` are the states around it. Call inside the transaction of the event. */
export function projectEvent(
  sql: SqlStorage,
  { calls, grants, branches, delegations, programs }: ProjectedTables,
  event: Event,
  before: SessionState,
  after: SessionState,
): void {
  switch (event.type) {
    case 'turn.accepted': {
      const parent = event.parent_turn_id === undefined ? before.head : event.parent_turn_id
      sql.exec(
        'INSERT INTO turn (turn_id, seq, parent, started, token, attempts) VALUES (?, ?, ?, 0, 0, 0)',
        event.turn_id,
        event.seq,
        parent,
      )
      break
    }
    case 'item.added':
      addItem(sql, event)
      break
    case 'item.closed':
      // Reasoning is no part of the history, and no model receives it.
      if (event.kind === undefined) addItem(sql, event)
      break
    case 'call.requested':
    case 'call.ended':
      addItem(sql, event)
      calls.project(event, after.calls)
      if (event.type === 'call.ended') programs.drop(event.turn_id, event.call_id)
      break
    case 'call.decided':
      grants.createIndex()
      calls.project(event, after.calls)
      break
    case 'call.delegated':
      delegations.createIndex()
      calls.project(event, after.calls)
      break
    case 'call.claimed':
    case 'call.abandoned':
    case 'call.parked':
    case 'call.resolved':
      calls.project(event, after.calls)
      break
    case 'step.ended':
      sql.exec('UPDATE turn SET steps = ?, spent = ? WHERE turn_id = ?', after.modelCalls, JSON.stringify(after.usage), event.turn_id)
      break
    case 'context.summarized':
      branches.summaries.createIndex()
      break
    case 'turn.started':
      sql.exec('UPDATE turn SET started = 1 WHERE turn_id = ?', event.turn_id)
      break
    case 'turn.ended':
      sql.exec('UPDATE turn SET outcome = ?, token = token + 1 WHERE turn_id = ?', event.outcome, event.turn_id)
      break
    case 'session.deleted':
      // The tombstone keeps the owner, and the event on which consumers delete their copies.
      sql.exec('DELETE FROM event WHERE seq < ?', event.seq)
      for (const table of ['turn', 'item', 'key', 'call']) sql.exec(`DELETE FROM ${table}`)
      eraseRecordings(sql)
      programs.dropAll()
      break
  }
}

function addItem(sql: SqlStorage, { seq, turn_id }: Extract<Event, { turn_id: string }>): void {
  sql.exec(
    'INSERT INTO item SELECT turn.seq, ?, parent.seq FROM turn LEFT JOIN turn parent ON parent.turn_id = turn.parent WHERE turn.turn_id = ?',
    seq,
    turn_id,
  )
}
