/** Maps a session id to its object. */
import { type EventId, SessionId, sessionIdForKey, sessionObjectName } from '../../../shared/ids.ts'
import type { GatewayContext } from '../http/context.ts'

/** The object of session `id` in the caller's tenant; null: the id is not valid. */
export function locate(c: GatewayContext, id: string) {
  const session = SessionId.safeParse(id)
  return session.success ? c.env.SESSION.getByName(sessionObjectName(c.get('principal').tenant, session.data)) : null
}

/** The id of a session that this request creates. The same idempotency key gives the same id. */
export function newSessionId(c: GatewayContext, key: EventId | undefined): SessionId | Promise<SessionId> {
  const { tenant, subject } = c.get('principal')
  return key === undefined ? SessionId.parse(crypto.randomUUID()) : sessionIdForKey(tenant, subject, key)
}
