/** From an id in a path to the object that owns it. */
import { type EventId, SessionId, sessionIdForKey, sessionObjectName } from '../../../shared/ids.ts'
import type { GatewayContext } from '../http/context.ts'

/** The object that owns session `id`, within the caller's own tenant; null where the id cannot name one. */
export function locate(c: GatewayContext, id: string) {
  const session = SessionId.safeParse(id)
  return session.success ? c.env.SESSION.getByName(sessionObjectName(c.get('principal').tenant, session.data)) : null
}

/** The id of a session that this request makes: the same again for the same key. */
export function newSessionId(c: GatewayContext, key: EventId | undefined): SessionId | Promise<SessionId> {
  const { tenant, subject } = c.get('principal')
  return key === undefined ? SessionId.parse(crypto.randomUUID()) : sessionIdForKey(tenant, subject, key)
}
