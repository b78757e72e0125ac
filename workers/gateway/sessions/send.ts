/** Sends a message to a session. Messages, quick actions and regenerations all end here. */
import type { SendMessage } from '../../../shared/api/messages.ts'
import type { Principal } from '../../../shared/identity/principal.ts'
import type { Role } from '../../../shared/identity/role.ts'
import { type EventId, type Subject, sessionObjectName } from '../../../shared/ids.ts'
import { fingerprint } from '../../../shared/session/fingerprint.ts'
import type { GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'
import { newSessionId } from './locate.ts'

/** A message, or the turn to answer again. */
export type SendOptions = Omit<SendMessage, 'message' | 'attachments'> & { readonly message?: string; readonly regenerates?: string }

/** What the turn may do at most: who asks for it may be less than whose it is. A role may grow meanwhile, so one's own is not kept. */
const ceilingOf = ({ subject, roles, via }: Principal, owner: Subject): Role | undefined =>
  subject !== owner || via === 'api_key' ? roles[0] : undefined

export async function send(c: GatewayContext, said: SendOptions, key: EventId | undefined) {
  if (key !== undefined && said.event_id !== undefined && key !== said.event_id) {
    return problem(c, { kind: 'malformed', detail: 'Idempotency-Key and event_id name different requests; send one of them.' })
  }
  const { tenant, subject: speaker } = c.get('principal')
  const subject = c.get('as')
  const named = key ?? said.event_id
  const session = said.session_id ?? (await newSessionId(c, named))
  const sent = await c.env.SESSION.getByName(sessionObjectName(tenant, session)).send({
    tenant,
    session,
    subject,
    event_id: named ?? crypto.randomUUID(),
    fingerprint: await fingerprint(said),
    text: said.message,
    persona_id: said.persona_id,
    // Whoever was let in by the owner says so; nobody can say it of another.
    metadata: subject === speaker ? said.metadata : { ...said.metadata, sent_by: speaker },
    on_conflict: said.on_conflict,
    parent_turn_id: said.parent_turn_id,
    expected_seq: said.expected_seq,
    regenerates: said.regenerates,
    role_at_most: ceilingOf(c.get('principal'), subject),
    request: c.get('requestId'),
  })
  return sent.ok ? c.json(sent.value, 200) : problem(c, sent.error)
}
