/** Sends a message to a session. Messages, quick actions and regenerations all end here. */
import type { SendMessage } from '../../../shared/api/messages.ts'
import { clientMetadata } from '../../../shared/events/metadata.ts'
import type { Principal } from '../../../shared/identity/principal.ts'
import type { Role } from '../../../shared/identity/role.ts'
import { type EventId, type Subject, sessionObjectName } from '../../../shared/ids.ts'
import { fingerprint } from '../../../shared/session/fingerprint.ts'
import type { GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'
import { newSessionId } from './locate.ts'

/** A message, or the turn to regenerate. */
export type SendOptions = Omit<SendMessage, 'message' | 'attachments'> & { readonly message?: string; readonly regenerates?: string }

/**
 * The maximum role of the turn: that of an API key, or of a sender other than the owner. Undefined: no maximum.
 * An owner's own role may change later, so it is not stored.
 */
const maxRoleOf = ({ subject, roles, via }: Principal, owner: Subject): Role | undefined =>
  subject !== owner || via === 'api_key' ? roles[0] : undefined

/** Sends to the session of `options`, or to a new one. `key`: the Idempotency-Key header. */
export async function send(c: GatewayContext, options: SendOptions, key: EventId | undefined) {
  if (key !== undefined && options.event_id !== undefined && key !== options.event_id) {
    return problem(c, { kind: 'malformed', detail: 'Idempotency-Key and event_id differ; send one of them.' })
  }
  const { tenant, subject: sender } = c.get('principal')
  const subject = c.var.sessionOwner
  const eventId = key ?? options.event_id
  const session = options.session_id ?? (await newSessionId(c, eventId))
  const sent = await c.env.SESSION.getByName(sessionObjectName(tenant, session)).send({
    tenant,
    session,
    subject,
    event_id: eventId ?? crypto.randomUUID(),
    fingerprint: await fingerprint(options),
    text: options.message,
    persona_id: options.persona_id,
    // The gateway sets `sent_by` for every other sender, and no client can.
    metadata: subject === sender ? clientMetadata(options.metadata) : { ...clientMetadata(options.metadata), sent_by: sender },
    on_conflict: options.on_conflict,
    parent_turn_id: options.parent_turn_id,
    expected_seq: options.expected_seq,
    regenerates: options.regenerates,
    role_at_most: maxRoleOf(c.get('principal'), subject),
    request: c.get('requestId'),
  })
  return sent.ok ? c.json(sent.value, 200) : problem(c, sent.error)
}
