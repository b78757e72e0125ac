/** What clients read of a session beside its events: one turn, and the history. */
import type { History, TurnView } from '../../shared/api/turns.ts'
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
