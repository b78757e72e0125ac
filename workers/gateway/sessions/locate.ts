/** Session ids of a request: their objects, and the ids of new sessions. */
import { type EventId, SessionId, sessionIdForKey, sessionObjectName } from '../../../shared/ids.ts'
import { unquotedKey } from '../../../shared/session/idempotency-key.ts'
import type { GatewayContext } from '../http/context.ts'

/** The object of session `id` in the caller's tenant; null: the id is not valid. */
export function locate(c: GatewayContext, id: string) {
  const session = SessionId.safeParse(id)
  return session.success ? c.env.SESSION.getByName(sessionObjectName(c.get('principal').tenant, session.data)) : null
}

/** The id of a session that this request creates. The same idempotency key gives the same id. `part`: the session's part of the request. */
export async function newSessionId(c: GatewayContext, key: EventId | undefined, part = ''): Promise<SessionId> {
  if (key === undefined) return SessionId.parse(crypto.randomUUID())
  const { tenant, subject } = c.get('principal')
  const header = c.req.header('idempotency-key')?.trim()
  if (header !== undefined && header !== key && unquotedKey(header) === key) {
    // Earlier releases derived the id from the key with its quotes.
    const earlier = await sessionIdForKey(tenant, subject, `${header}${part}`)
    if ((await c.env.SESSION.getByName(sessionObjectName(tenant, earlier)).owner()) !== null) return earlier
  }
  return sessionIdForKey(tenant, subject, `${key}${part}`)
}
