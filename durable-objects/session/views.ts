/** What clients read of a session beside its events: one turn, the history and the branches. */
import type { Branches } from '../../shared/api/branches.ts'
import { limits } from '../../shared/api/limits.ts'
import type { ContextWindow, History, TurnView } from '../../shared/api/turns.ts'
import { buildContext } from '../../shared/context/build.ts'
import { defaultHistoryTokens, maxHistoryTokens } from '../../shared/context/window.ts'
import type { Event } from '../../shared/events/event.ts'
import { estimateTokens } from '../../shared/model/tokens.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { isGone } from '../../shared/session/session.ts'
import { turnView } from '../../shared/session/turn-view.ts'
import type { SessionWriter } from './writer.ts'

/** The turn `turnId`, when it has ended or after `waitMs`. Fails with `session_deleted` if the session is deleted meanwhile. */
export async function readTurn(writer: SessionWriter, turnId: string, waitMs: number): Promise<Result<TurnView, Failure>> {
  const { log, turnEnds } = writer
  const turn = log.turn(turnId)
  if (!turn) return fail({ kind: 'not_found' })
  if (waitMs > 0 && turn.outcome === null) await turnEnds.wait(turnId, waitMs)
  if (isGone(writer.state)) return fail({ kind: 'session_deleted' })
  const view = turnView(log.session, log.branches.eventsOf(turn), writer.openItem)
  return view ? ok(view) : fail({ kind: 'not_found' })
}

/**
 * The items of the active branch, or of the branch that ends with the turn `before`, without that turn. The newest turns, within a limit.
 * Fails with `invalid_cursor` if there is no such turn.
 */
export function readHistory({ log, state }: SessionWriter, before: string | null): Result<History, Failure> {
  const cursorTurn = before === null ? undefined : log.turn(before)
  if (before !== null && !cursorTurn) return fail({ kind: 'invalid_cursor' })
  const last = cursorTurn ? cursorTurn.parent : state.head
  const { turns, next_before } = log.branches.history(last === null ? undefined : log.turn(last))
  const tokens = turns.flatMap(({ items }) => items).reduce((sum, { text }) => sum + estimateTokens(text), 0)
  return ok({ session_id: log.session, turns, tokens, next_before })
}

/** The events of the branch that ends with `turnId`. Fails with `turn_in_progress` if a turn on it has not ended. */
export function readBranch({ log, state }: SessionWriter, turnId: string): Result<{ title: string; events: Event[] }, Failure> {
  if (!log.turn(turnId)) return fail({ kind: 'not_found' })
  const events = log.branches.eventsTo(turnId)
  const unended = events.find((event) => event.type === 'turn.accepted' && !log.turn(event.turn_id)?.outcome)
  if (unended?.type === 'turn.accepted') return fail({ kind: 'turn_in_progress', turn_id: unended.turn_id })
  return ok({ title: log.summary(state).title, events })
}

/**
 * The newest turns with their parents, or those before the turn `before`, and the active one. Undefined: every turn. Fails with
 * `invalid_cursor` if there is no such turn.
 */
export function readBranches({ log, state }: SessionWriter, before: string | null | undefined): Result<Branches, Failure> {
  const cursorTurn = typeof before === 'string' ? log.turn(before) : undefined
  if (typeof before === 'string' && !cursorTurn) return fail({ kind: 'invalid_cursor' })
  const rows =
    before === undefined ? log.branches.turns() : log.branches.turnsBefore(cursorTurn?.seq ?? state.seq + 1, limits.pageTurns + 1)
  const page = before === undefined ? rows : rows.slice(-limits.pageTurns)
  const turns = page.map(({ turn_id, parent, outcome }) => ({ turn_id, parent_turn_id: parent, outcome }))
  const next_before = rows.length > page.length ? (turns[0]?.turn_id ?? null) : null
  return ok({ session_id: log.session, active_turn_id: state.head, turns, next_before })
}

/** What the next model call on the active branch would receive, in at most `tokens`. */
export function readContextWindow({ log, state }: SessionWriter, tokens = defaultHistoryTokens): ContextWindow {
  const limit_tokens = Math.min(tokens, maxHistoryTokens)
  const last = state.head ? log.turn(state.head) : undefined
  const { messages, tokens: used } = buildContext(last ? log.branches.itemsUpTo(last) : [], limit_tokens)
  const persona_id = log.personaId
  return { session_id: log.session, messages, tokens: used, limit_tokens, ...(persona_id !== undefined && { persona_id }) }
}

/** Who sent the message of the turn. Null: no such turn. */
export function requesterOf({ log, state }: SessionWriter, turnId: string | null): string | null {
  const turn = turnId === null ? undefined : log.turn(turnId)
  return turn ? (log.turnRequest(turn).metadata?.sent_by ?? state.subject) : null
}
