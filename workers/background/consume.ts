/**
 * Drains the queues `conversation-outbound-*`, one per consumer. A message is a doorbell: it only names a session with new events.
 * The session's cursor decides what is copied, in order. Doorbells may therefore be lost, repeated or reordered.
 */

import type { z } from 'zod'
import type { Consumer } from '../../durable-objects/session/consumers.ts'
import type { SessionSummary } from '../../shared/api/sessions.ts'
import { Doorbell } from '../../shared/events/doorbell.ts'
import type { Event } from '../../shared/events/event.ts'
import { failpoint } from '../../shared/failpoints.ts'
import { sessionObjectName, TenantId } from '../../shared/ids.ts'
import { exponential } from '../../shared/lib/backoff.ts'
import { groupMessages } from '../../shared/lib/group-messages.ts'
import { OwnError } from '../../shared/log/error.ts'
import { logger } from './logger.ts'
import { logPage } from './page-log.ts'

/** A session's unacknowledged events from its cursor on, and its summary as of `last_seq`. */
export interface EventPage {
  readonly subject: string
  readonly summary: Omit<SessionSummary, 'session_id'>
  /** In order of `seq`. Empty: nothing up to `last_seq` needs a copy. A fork's inherited events were copied at their source. */
  readonly events: readonly Event[]
  readonly last_seq: number
  /** The gateway's requests that started the events' turns, by turn id. Objects of the previous release send none. */
  readonly requests?: Readonly<Record<string, string>>
}

/** The part of a session object that a consumer needs. */
export interface SessionReader {
  /** Null: the session does not exist. */
  unacknowledged(consumer: Consumer, limit: number): Promise<EventPage | null>
  acknowledge(consumer: Consumer, seq: number): Promise<unknown>
}

/** The destination of a consumer's events. `apply` is idempotent. It throws `SinkUnavailable` when no session can be copied. */
export interface Sink {
  readonly consumer: Consumer
  /** Sessions copied in parallel. Default: 1. */
  readonly concurrency?: number
  /** Maximum events per acknowledgement. Default: 500. The session limits the bytes. */
  readonly pageEvents?: number
  /** Applies the whole page, or throws. A sink that applies single events calls `accepted` for each, so a retry skips them. */
  apply(tenant: string, session: string, page: EventPage, accepted?: (seq: number) => void): Promise<void>
}

/** The sink cannot be reached. No session can be copied. */
export class SinkUnavailable extends OwnError {
  override readonly name = 'SinkUnavailable'
}

/** The sink rejected an event. Its session stays behind until an operator acts. The message is ours and quotes no content. */
export class RecordRejected extends OwnError {
  override readonly name = 'RecordRejected'
}

const defaultPageEvents = 500

/** Seconds before the next attempt: 2, 4, 8 … at most 600. */
export const backoffSeconds = (attempts: number) => exponential(attempts + 1, 1, 600)

const SessionDoorbell = Doorbell.extend({ tenant: TenantId })
type SessionDoorbell = z.infer<typeof SessionDoorbell>

/** Copies the new events of each session of `batch`. A session that fails blocks only itself. An unavailable sink blocks all. */
export async function consume(batch: MessageBatch, session: (objectName: string) => SessionReader, sink: Sink): Promise<void> {
  const retry = (messages: readonly Message[]) => {
    for (const message of messages) message.retry({ delaySeconds: backoffSeconds(message.attempts) })
  }
  const waiting = bySession(batch)
  const next = waiting.entries()
  let isUnavailable = false
  const drainSessions = async () => {
    // All loops share one iterator, so each session is taken once.
    for (const [name, { body, messages }] of next) {
      if (isUnavailable) return
      try {
        await drain(body, session(name), sink)
        for (const message of messages) message.ack()
        waiting.delete(name)
      } catch (error) {
        const attempts = Math.max(...messages.map((message) => message.attempts))
        const { tenant, session: id, request } = body
        logger.write(`${sink.consumer}.failed`, { error, request, tenant, session: id, queue: batch.queue, attempts })
        if (error instanceof SinkUnavailable) isUnavailable = true
      }
    }
  }
  await Promise.all(Array.from({ length: sink.concurrency ?? 1 }, drainSessions))
  // Failed sessions, and those not tried because the sink is unavailable.
  retry([...waiting.values()].flatMap(({ messages }) => messages))
}

async function drain(body: SessionDoorbell, session: SessionReader, sink: Sink): Promise<void> {
  while (true) {
    const page = await session.unacknowledged(sink.consumer, sink.pageEvents ?? defaultPageEvents)
    if (!page) return
    const startedAt = Date.now()
    const lastSeq = page.events.at(-1)?.seq ?? page.last_seq
    if (failpoint('relay-acknowledges-first')) await session.acknowledge(sink.consumer, lastSeq)
    let accepted = 0
    try {
      await sink.apply(body.tenant, body.session, page, (seq) => {
        accepted = seq
      })
    } catch (error) {
      if (accepted > 0) await session.acknowledge(sink.consumer, accepted)
      throw error
    }
    await session.acknowledge(sink.consumer, lastSeq)
    logPage(sink.consumer, body, page, Date.now() - startedAt)
    if (lastSeq >= page.last_seq) return
  }
}

/** The doorbells of `batch`, by name of the session's object. Logs only the id of an unreadable message. */
const bySession = ({ messages, queue }: MessageBatch) =>
  groupMessages(
    messages,
    (body) => SessionDoorbell.safeParse(body).data,
    ({ tenant, session }) => sessionObjectName(tenant, session),
    ({ id }) => logger.write('doorbell.unreadable', { queue, message: id }),
  )
