/** The log lines of a page that a consumer applied. */
import type { Consumer } from '../../durable-objects/session/consumers.ts'
import type { Doorbell } from '../../shared/events/event.ts'
import { logger } from './logger.ts'

/** What a line says of a page. */
interface Applied {
  readonly events: readonly unknown[]
  readonly requests?: Readonly<Record<string, string>>
}

/** One line for each turn of the page whose request is known; otherwise one line, with the doorbell's request. */
export function logPage(consumer: Consumer, { tenant, session, request }: Doorbell, { events, requests = {} }: Applied, ms: number): void {
  if (events.length === 0) return
  const page = { tenant, session, consumer, count: events.length, ms }
  const turns = Object.entries(requests)
  if (turns.length === 0) logger.write('page.applied', { ...page, request })
  for (const [turn, request] of turns) logger.write('page.applied', { ...page, request, turn })
}
