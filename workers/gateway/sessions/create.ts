/** Creates a session from a log: of an import, or of a fork. */
import { limits } from '../../../shared/api/limits.ts'
import type { SessionSummary } from '../../../shared/api/sessions.ts'
import type { Event } from '../../../shared/events/event.ts'
import { type SessionId, sessionObjectName } from '../../../shared/ids.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, type Result } from '../../../shared/result.ts'
import type { GatewayContext } from '../http/context.ts'

/** Sends the log in parts, so that no part keeps other tenants waiting. The session exists after the last one. */
export async function createSession(c: GatewayContext, session: SessionId, log: Event[]): Promise<Result<SessionSummary, Failure>> {
  const { tenant, subject } = c.var.principal
  const object = c.env.SESSION.getByName(sessionObjectName(tenant, session))
  const step = limits.importStepEvents
  // Every release has this call.
  if (log.length <= step) return object.restore(tenant, session, subject, log)
  const id = crypto.randomUUID()
  for (let from = 0; from < log.length; from += step) {
    const last = from + step >= log.length
    const part = { tenant, session, subject, id, events: log.slice(from, from + step), first: from === 0, last }
    const imported: Result<SessionSummary | null, Failure> | 'unknown' = await object.importPart(part).catch((error: unknown) => {
      if (from === 0 && error instanceof TypeError && /does not implement/.test(error.message)) return 'unknown' as const
      throw error
    })
    // soma-state of the previous release takes the whole log in one call.
    if (imported === 'unknown') return object.restore(tenant, session, subject, log)
    if (!imported.ok) return imported
    if (imported.value) return { ok: true, value: imported.value }
  }
  return fail({ kind: 'unavailable', what: 'This import' })
}
