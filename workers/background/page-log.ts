/** The log lines of an applied page. */
import type { Consumer } from '../../durable-objects/session/consumers.ts'
import type { Doorbell } from '../../shared/events/doorbell.ts'
import { logger } from './logger.ts'

/** The logged fields of a page. */
interface AppliedPage {
  readonly events: readonly unknown[]
  readonly requests?: Readonly<Record<string, string>>
}

/** Writes one line per turn with a known request; else one line with the doorbell's request. */
export function logPage(
  consumer: Consumer,
  { tenant, session, request }: Doorbell,
  { events, requests = {} }: AppliedPage,
  ms: number,
): void {
  if (events.length === 0) return
  const page = { tenant, session, consumer, count: events.length, ms }
  const turns = Object.entries(requests)
  if (turns.length === 0) logger.write('page.applied', { ...page, request })
  for (const [turn, request] of turns) logger.write('page.applied', { ...page, request, turn })
}
