/** Sends a message to a session. Messages, quick actions and regenerations all end here. */
import type { AcceptedMessage, SendMessage } from '../../../shared/api/messages.ts'
import { isEnded, type SendQuery, type SentTurn, waitOf } from '../../../shared/api/turns.ts'
import type { DirectCall } from '../../../shared/events/event.ts'
import { clientMetadata, metadataProblem } from '../../../shared/events/metadata.ts'
import type { Principal } from '../../../shared/identity/principal.ts'
import type { Role } from '../../../shared/identity/role.ts'
import { type EventId, type SessionId, type Subject, sessionObjectName } from '../../../shared/ids.ts'
import type { Failure } from '../../../shared/problem.ts'
import type { Result } from '../../../shared/result.ts'
import { equivalentFingerprints, fingerprint } from '../../../shared/session/fingerprint.ts'
import { quotedKey } from '../../../shared/session/idempotency-key.ts'
import { acceptedTurn } from '../../../shared/session/turn-view.ts'
import { messageAttachments } from '../attachments/access.ts'
import { isStillValid } from '../auth/credential-status.ts'
import type { GatewayContext } from '../http/context.ts'
import { problem } from '../http/problem.ts'
import { wantsStream } from '../http/wants-stream.ts'
import { mayChooseModel, mayChoosePersona } from '../personas/choose.ts'
import { authorizeReading, deny } from '../policy/enforce.ts'
import { awaitTurn } from './await-turn.ts'
import { newSessionId } from './locate.ts'
import { openStream } from './open-stream.ts'

/** A message, or the turn to regenerate. */
export type SendOptions = Omit<SendMessage, 'message'> & {
  readonly message?: string
  readonly regenerates?: string
  /** The turn is this call, and `message` says so to readers. */
  readonly tool?: DirectCall
}

/**
 * The maximum role of the turn: that of an API key, or of a sender other than the owner. Undefined: no maximum.
 * An owner's own role may change later, so it is not stored.
 */
export const maxRoleOf = ({ subject, roles, via }: Principal, owner: Subject): Role | undefined =>
  subject !== owner || via === 'api_key' ? roles[0] : undefined

/** Sends to the session of `options`, or to a new one. `key`: the Idempotency-Key header. `query`: what the sender waits for. */
export async function send(c: GatewayContext, options: SendOptions, key: EventId | undefined, query: SendQuery) {
  const refused = sendProblem(options, key)
  if (refused) return problem(c, refused)
  const eventId = key ?? options.event_id
  const session = options.session_id ?? (await newSessionId(c, eventId))
  const isStream = wantsStream(c)
  const waitMs = isStream ? 0 : waitOf(query)
  if (isStream || waitMs > 0) {
    // The response contains more than the sent message.
    const decision = await authorizeReading(c, session)
    if (!decision.allowed) return deny(c, decision)
  }
  const sent = await post(c, options, session, eventId)
  if (!sent.ok) return problem(c, sent.error)
  const headers = { location: turnPath(sent.value), vary: 'accept' }
  const reauthorize = async () => (await authorizeReading(c, session)).allowed
  if (isStream)
    return openStream(c, session, { after: String(sent.value.seq), transport: 'sse', until: sent.value.turn_id, reauthorize, headers })
  if (waitMs === 0) return c.json(sent.value, 200, headers)
  const turn = await awaitTurn(c, session, sent.value.turn_id, waitMs)
  if (turn && !turn.ok) return problem(c, turn.error)
  // A right may have been revoked during the wait.
  if (!(await isStillValid(c))) return problem(c, { kind: 'unauthenticated' })
  const decision = await authorizeReading(c, session)
  if (!decision.allowed) return deny(c, decision)
  const sentTurn: SentTurn = { ...(turn?.value ?? acceptedTurn(sent.value.session_id, { ...sent.value, at: Date.now() })), ...sent.value }
  return isEnded(sentTurn) ? c.json(sentTurn, 200, headers) : c.json(sentTurn, 202, headers)
}

/** Why a request with these options cannot be sent. Null: it can. */
export function sendProblem({ event_id, metadata }: SendOptions, key: EventId | undefined): Failure | null {
  if (key !== undefined && event_id !== undefined && key !== event_id)
    return { kind: 'malformed', detail: 'Idempotency-Key and event_id differ; send one of them.' }
  const tooMuch = metadata && metadataProblem(metadata)
  return tooMuch ? { kind: 'invalid', errors: [{ pointer: '/metadata', detail: tooMuch }] } : null
}

/** Records the message in `session`. */
export async function post(
  c: GatewayContext,
  options: SendOptions,
  session: SessionId,
  eventId: EventId | undefined,
): Promise<Result<AcceptedMessage, Failure>> {
  const { tenant, subject: sender } = c.get('principal')
  const subject = c.get('sessionOwner')
  // Only a client's own key can be one that was used before.
  const [ownFingerprint, equivalent, mayChoose, isModelCallable, attachments] = await Promise.all([
    fingerprint(options),
    eventId === undefined ? [] : equivalentFingerprints(options),
    mayChoosePersona(c, options.persona_id),
    mayChooseModel(c, options.model),
    messageAttachments(c, options.attachments),
  ])
  if (!attachments.ok) return attachments
  return c.env.SESSION.getByName(sessionObjectName(tenant, session)).send({
    tenant,
    session,
    subject,
    event_id: eventId ?? crypto.randomUUID(),
    event_id_aliases: eventId === undefined ? [] : [quotedKey(eventId)],
    fingerprint: ownFingerprint,
    equivalent_fingerprints: equivalent,
    text: options.message,
    ...(attachments.value.length > 0 && { attachments: attachments.value }),
    tool: options.tool,
    persona_id: options.persona_id,
    ...(!mayChoose && { persona_unknown: true }),
    model: options.model,
    response_format: options.response_format,
    ...(!isModelCallable && { model_unknown: true }),
    // The gateway sets `sent_by` for every other sender, and no client can.
    metadata: subject === sender ? clientMetadata(options.metadata) : { ...clientMetadata(options.metadata), sent_by: sender },
    on_conflict: options.on_conflict,
    parent_turn_id: options.parent_turn_id,
    expected_seq: options.expected_seq,
    regenerates: options.regenerates,
    role_at_most: maxRoleOf(c.get('principal'), subject),
    request: c.get('requestId'),
  })
}

/** Where the turn can be read. */
export const turnPath = ({ session_id, turn_id }: AcceptedMessage): string => `/v1/sessions/${session_id}/turns/${turn_id}`
