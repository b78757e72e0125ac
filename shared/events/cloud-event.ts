/** A session's event as a CloudEvent 1.0, in JSON structured mode. Pure. */
import { z } from 'zod'
import { SessionId, Subject, sessionObjectName, TenantId } from '../ids.ts'
import { isoTime } from '../lib/iso-time.ts'
import { Event } from './event.ts'

/** The topic of all sessions' events, ordered per session. */
export const outboundTopic = 'conversation.outbound'

/** A record of the topic. `tenant` and `session` are our extension attributes; `partitionkey` is a documented one. */
export const CloudEvent = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().meta({ description: '`tenant/session/seq`. A redelivered event has the same id.' }),
    source: z.string(),
    type: z.string().min(1).meta({ description: "The event's own type, as `shared/events/event.ts` declares it." }),
    subject: Subject.meta({ description: 'The owner of the session.' }),
    time: z.iso.datetime(),
    datacontenttype: z.literal('application/json'),
    partitionkey: z.string().meta({ description: 'The key of the record: `tenant/session`.' }),
    tenant: TenantId,
    session: SessionId,
    data: z.looseObject({ seq: z.int().min(1), at: z.int(), type: z.string() }),
  })
  .meta({ id: 'cloud-event', description: 'One event of a session on a topic.' })
export type CloudEvent = z.infer<typeof CloudEvent>

/** Event types that this code knows. Newer objects may send others, which pass unchanged. */
const eventTypes: ReadonlySet<string> = new Set(Event.options.map((option) => option.shape.type.value))

/** The event as it is published. Throws if it does not match its type, so that no unreadable record reaches the topic. */
export function toCloudEvent(tenant: TenantId, session: SessionId, subject: string, event: Event): CloudEvent {
  if (eventTypes.has(event.type)) Event.parse(event)
  const key = sessionObjectName(tenant, session)
  return CloudEvent.parse({
    specversion: '1.0',
    id: `${key}/${event.seq}`,
    source: `/tenants/${tenant}/sessions/${session}`,
    type: event.type,
    subject,
    // Logs of older releases hold imported times that no calendar has.
    time: isoTime(event.at),
    datacontenttype: 'application/json',
    partitionkey: key,
    tenant,
    session,
    data: event,
  })
}

/**
 * `value` as JSON that every reader accepts. A lone surrogate is valid in the log but not in UTF-8, so it becomes U+FFFD. Otherwise one
 * such character would block its session's delivery forever.
 */
export function toPublishableJson(value: unknown): string {
  return JSON.stringify(value).replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '$1\ufffd')
}
