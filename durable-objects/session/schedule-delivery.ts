/**
 * Schedules what `outbox.ts` and `list-notifier.ts` deliver. A separate file, because the writer calls it and both of them use the writer.
 */
import { failpoint } from '../../shared/failpoints.ts'
import type { Consumer } from './consumers.ts'
import { retryMs, type Timers } from './timers.ts'

/** Puts the delivery timers of an event. Call inside the event's transaction, so that no crash loses a delivery. */
export function scheduleDelivery(timers: Timers, consumers: readonly Consumer[]): void {
  const at = Date.now() + retryMs
  if (!timers.has('home') && !failpoint('forget-home')) timers.put('home', '', at)
  for (const consumer of consumers) if (!timers.has('ring', consumer)) timers.put('ring', consumer, at)
}
