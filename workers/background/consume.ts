/**
 * Drains the queues `conversation-outbound-*`, one a consumer. A message is a doorbell: it says that a session has something to read,
 * not what. So messages may be lost, repeated and reordered: the session's own cursor decides what is copied, always in order.
 */

import type { z } from 'zod'
import type { Consumer } from '../../durable-objects/session/consumers.ts'
import type { SessionSummary } from '../../shared/api/sessions.ts'
import { Doorbell, type Event } from '../../shared/events/event.ts'
import { failpoint } from '../../shared/failpoints.ts'
import { sessionObjectName, TenantId } from '../../shared/ids.ts'
import { exponential } from '../../shared/lib/backoff.ts'
import { OwnError } from '../../shared/log/error.ts'
import { logger } from './logger.ts'
import { logPage } from './page-log.ts'

/** What a session has not yet seen acknowledged, from its cursor on, and what it is like as of `last_seq`. */
export interface EventPage {
  readonly subject: string
  readonly summary: Omit<SessionSummary, 'session_id'>
  /** In order of `seq`. Empty: up to `last_seq` nothing is left to copy (what a fork brought along was copied where it came from). */
  readonly events: readonly Event[]
  readonly last_seq: number
  /** The gateway's requests that started the events' turns, by turn id. Objects of the release before send none. */
  readonly requests?: Readonly<Record<string, string>>
}

/** The part of a session object that a copier needs. `null`: there is no such session. */
export interface SessionReader {
  unacknowledged(consumer: Consumer, limit: number): Promise<EventPage | null>
  acknowledge(consumer: Consumer, seq: number): Promise<unknown>
}

/** Where the copies of `consumer` go. Applying the same events again changes nothing. Throws `CopyAway` when nothing can be copied at all. */
export interface Sink {
  readonly consumer: Consumer
  /** Sessions that are copied at the same time; by default one. */
  readonly concurrency?: number
  /** Events that are applied between two acknowledgements; by default 500. The session caps the bytes itself. */
  readonly pageEvents?: number
  /** All of the page, or it throws. Whoever applies event by event says `accepted` to each, so that what is there need not come again. */
  apply(tenant: string, session: string, page: EventPage, accepted?: (seq: number) => void): Promise<void>
}

/** The place the copies go to cannot be reached: no session can be copied, whichever it is. */
export class SinkUnavailable extends OwnError {
  override readonly name = 'CopyAway'
}

/** This event is not taken: its session stays behind until somebody looks. The message is ours, and quotes nothing of it. */
export class RecordRejected extends OwnError {
  override readonly name = 'CopyRefused'
}

const usualPageEvents = 500

/** Seconds before attempt n+1: 2, 4, 8 … at most ten minutes. */
export const backoffSeconds = (attempts: number) => exponential(attempts + 1, 1, 600)

const Body = Doorbell.extend({ tenant: TenantId })

/** Copies what each session of `batch` has to tell. A session that cannot be copied blocks only itself; a copy that is away, all. */
export async function consume(batch: MessageBatch, log: (objectName: string) => SessionReader, copy: Sink): Promise<void> {
  const retry = (messages: readonly Message[]) => {
    for (const message of messages) message.retry({ delaySeconds: backoffSeconds(message.attempts) })
  }
  const waiting = bySession(batch)
  const next = waiting.entries()
  let away = false
  const lane = async () => {
    // One iterator for all lanes: each takes what no other has.
    for (const [name, { body, messages }] of next) {
      if (away) return
      try {
        await drain(body, log(name), copy)
        for (const message of messages) message.ack()
        waiting.delete(name)
      } catch (error) {
        const attempts = Math.max(...messages.map((message) => message.attempts))
        const { tenant, session, request } = body
        logger.write(`${copy.consumer}.failed`, { error, request, tenant, session, queue: batch.queue, attempts })
        if (error instanceof SinkUnavailable) away = true
      }
    }
  }
  await Promise.all(Array.from({ length: copy.concurrency ?? 1 }, lane))
  // Who could not be copied; and, if nobody could, who was not tried.
  retry([...waiting.values()].flatMap(({ messages }) => messages))
}

async function drain(body: z.infer<typeof Body>, log: SessionReader, copy: Sink): Promise<void> {
  while (true) {
    const page = await log.unacknowledged(copy.consumer, copy.pageEvents ?? usualPageEvents)
    if (!page) return
    const startedAt = Date.now()
    const reached = page.events.at(-1)?.seq ?? page.last_seq
    if (failpoint('relay-acknowledges-first')) await log.acknowledge(copy.consumer, reached)
    let accepted = 0
    try {
      await copy.apply(body.tenant, body.session, page, (seq) => {
        accepted = seq
      })
    } catch (error) {
      if (accepted > 0) await log.acknowledge(copy.consumer, accepted)
      throw error
    }
    await log.acknowledge(copy.consumer, reached)
    logPage(copy.consumer, body, page, Date.now() - startedAt)
    if (reached >= page.last_seq) return
  }
}

/** The doorbells of `batch`, one entry a session. A body that does not parse never will: it is let go, and named by its id only. */
function bySession(batch: MessageBatch) {
  const sessions = new Map<string, { body: z.infer<typeof Body>; messages: Message[] }>()
  for (const message of batch.messages) {
    const body = Body.safeParse(message.body)
    if (!body.success) {
      logger.write('doorbell.unreadable', { queue: batch.queue, message: message.id })
      message.ack()
      continue
    }
    const name = sessionObjectName(body.data.tenant, body.data.session)
    const entry = sessions.get(name) ?? { body: body.data, messages: [] }
    entry.messages.push(message)
    sessions.set(name, entry)
  }
  return sessions
}
