/**
 * Schedules what `outbox.ts` and `list-notifier.ts` deliver. A separate file, because the writer calls it and both of them use the writer.
 */
import { failpoint } from '../../shared/failpoints.ts'
import type { RecordedEvent } from '../../shared/session/frame.ts'
import type { SessionState } from '../../shared/session/session.ts'
import type { Consumer } from './consumers.ts'
import type { Delegations } from './delegations.ts'
import { retryMs, type Timers } from './timers.ts'

/** Puts the delivery timers of an event. Call inside the event's transaction, so that no crash loses a delivery. */
export function scheduleDelivery(timers: Timers, consumers: readonly Consumer[]): void {
  const at = Date.now() + retryMs
  if (!timers.has('home') && !failpoint('forget-home')) timers.put('home', '', at)
  for (const consumer of consumers) if (!timers.has('ring', consumer)) timers.put('ring', consumer, at)
}

/**
 * Schedules what follows below: a stopped call stops its sub-agent, and a session is deleted and restored with its sub-sessions. `before`: the
 * state before the events. Call inside their transaction.
 */
export function scheduleSubSessions(
  timers: Timers,
  delegations: Delegations,
  before: SessionState,
  recorded: readonly RecordedEvent[],
): void {
  const isStopped = before.calls.some(({ state }) => state === 'delegated') && recorded.some(({ type }) => type === 'turn.ended')
  const isMoved = recorded.some(({ type }) => type === 'session.trashed' || type === 'session.untrashed') && delegations.exist
  if (isStopped || isMoved) timers.put('agent', '', Date.now())
}
