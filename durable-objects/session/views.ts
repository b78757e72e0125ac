/** What clients read of a session beside its events: one turn, the history and the branches. */
import type { Branches } from '../../shared/api/branches.ts'
import type { History, TurnView } from '../../shared/api/turns.ts'
import type { Event } from '../../shared/events/event.ts'
import { estimateTokens } from '../../shared/model/tokens.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { turnView } from '../../shared/session/turn-view.ts'
import type { EventLog } from './event-log.ts'
import type { SessionWriter } from './writer.ts'

/** The turn `turnId`, when it has ended or after `waitMs`. Fails with `session_deleted` if the session is deleted meanwhile. */
export async function readTurn(writer: SessionWriter, turnId: string, waitMs: number): Promise<Result<TurnView, Failure>> {
  const { log, turnEnds } = writer
  const turn = log.turn(turnId)
  if (!turn) return fail({ kind: 'not_found' })
  if (waitMs > 0 && turn.outcome === null) await turnEnds.wait(turnId, waitMs)
  if (writer.state.deleted) return fail({ kind: 'session_deleted' })
  const view = turnView(log.session, log.branches.eventsOf(turn), writer.openItem)
  return view ? ok(view) : fail({ kind: 'not_found' })
}

/** The items of the branch that ends with `head`, by turn. */
export function readHistory(log: EventLog, head: string | null): History {
  const turns = log.branches.history(head)
  const tokens = turns.flatMap(({ items }) => items).reduce((sum, { text }) => sum + estimateTokens(text), 0)
  return { session_id: log.session, turns, tokens }
}

/** The events of the branch that ends with `turnId`. Fails with `turn_in_progress` if a turn on it has not ended. */
export function readBranch({ log, state }: SessionWriter, turnId: string): Result<{ title: string; events: Event[] }, Failure> {
  if (!log.turn(turnId)) return fail({ kind: 'not_found' })
  const events = log.branches.eventsTo(turnId)
  const unended = events.find((event) => event.type === 'turn.accepted' && !log.turn(event.turn_id)?.outcome)
  if (unended?.type === 'turn.accepted') return fail({ kind: 'turn_in_progress', turn_id: unended.turn_id })
  return ok({ title: log.summary(state).title, events })
}

/** All turns with their parents, and the active one. */
export function readBranches({ log, state }: SessionWriter): Branches {
  const turns = log.branches.turns().map(({ turn_id, parent, outcome }) => ({ turn_id, parent_turn_id: parent, outcome }))
  return { session_id: log.session, active_turn_id: state.head, turns }
}

/** Who sent the message of the turn. Null: no such turn. */
export function requesterOf({ log, state }: SessionWriter, turnId: string | null): string | null {
  const turn = turnId === null ? undefined : log.turn(turnId)
  return turn ? (log.turnRequest(turn).metadata?.sent_by ?? state.subject) : null
}
