/** A session's event as the outside receives it: a CloudEvent 1.0 in the JSON format, structured mode. Pure. */
import { z } from 'zod'
import { SessionId, Subject, sessionObjectName, TenantId } from '../ids.ts'
import { Event } from './event.ts'

/** The topic that holds every session's events, in the order of their session. */
export const outboundTopic = 'conversation.outbound'

/** What lies on the topic. `tenant` and `session` are extension attributes of ours, `partitionkey` is a documented one. */
export const CloudEvent = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().meta({ description: '`tenant/session/seq`: the same event has the same id, however often it comes.' }),
    source: z.string(),
    type: z.string().min(1).meta({ description: "The event's own type, as `shared/events/event.ts` declares it." }),
    subject: Subject.meta({ description: 'The user whose session it is.' }),
    time: z.iso.datetime(),
    datacontenttype: z.literal('application/json'),
    partitionkey: z.string().meta({ description: 'The key of the record: `tenant/session`.' }),
    tenant: TenantId,
    session: SessionId,
    data: z.looseObject({ seq: z.int().min(1), at: z.int(), type: z.string() }),
  })
  .meta({ id: 'cloud-event', description: 'One event of a session on a topic.' })
export type CloudEvent = z.infer<typeof CloudEvent>

/** Types that this code knows. Others come from newer objects, and pass untouched. */
const known: ReadonlySet<string> = new Set(Event.options.map((option) => option.shape.type.value))

/** The event as it is published. Throws where it is not what its type says: what nobody could read must not get onto a topic. */
export function toCloudEvent(tenant: TenantId, session: SessionId, subject: string, event: Event): CloudEvent {
  if (known.has(event.type)) Event.parse(event)
  const key = sessionObjectName(tenant, session)
  return CloudEvent.parse({
    specversion: '1.0',
    id: `${key}/${event.seq}`,
    source: `/tenants/${tenant}/sessions/${session}`,
    type: event.type,
    subject,
    time: new Date(event.at).toISOString(),
    datacontenttype: 'application/json',
    partitionkey: key,
    tenant,
    session,
    data: event,
  })
}

/**
 * `value` as JSON that every reader takes. A lone surrogate, which our log allows and JSON can write, is none of UTF-8: one such
 * character must not keep a session from being published for ever, so it becomes U+FFFD.
 */
export function publishable(value: unknown): string {
  return JSON.stringify(value).replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '$1\ufffd')
}
