/** Creates a session from a log: of an import, or of a fork. */
import type { SessionSummary } from '../../../shared/api/sessions.ts'
import type { Event } from '../../../shared/events/event.ts'
import { type SessionId, sessionObjectName } from '../../../shared/ids.ts'
import { lacksMethod } from '../../../shared/older-release.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, type Result } from '../../../shared/result.ts'
import { importParts } from '../../../shared/session/transfer.ts'
import type { GatewayContext } from '../http/context.ts'
import type { RunHeavyStep } from '../limits/heavy-steps.ts'

/** Sends the log in parts, so that no part keeps other tenants waiting. The session exists after the last one. */
export async function createSession(
  c: GatewayContext,
  runStep: RunHeavyStep,
  session: SessionId,
  log: Event[],
): Promise<Result<SessionSummary, Failure>> {
  const { tenant, subject } = c.var.principal
  const object = c.env.SESSION.getByName(sessionObjectName(tenant, session))
  const parts = importParts(log)
  // Every release has this call.
  if (parts.length <= 1) return runStep(async () => object.restore(tenant, session, subject, log))
  const id = crypto.randomUUID()
  for (const [index, events] of parts.entries()) {
    const isFirst = index === 0
    const part = { tenant, session, subject, id, events, first: isFirst, last: index === parts.length - 1 }
    const imported = await runStep(async (): Promise<Result<SessionSummary | null, Failure> | 'unknown'> => {
      try {
        return await object.importPart(part)
      } catch (error) {
        if (isFirst && lacksMethod(error)) return 'unknown'
        throw error
      }
    })
    // soma-state of the previous release takes the whole log in one call.
    if (imported === 'unknown') return object.restore(tenant, session, subject, log)
    if (!imported.ok) return imported
    if (imported.value) return { ok: true, value: imported.value }
  }
  return fail({ kind: 'unavailable', what: 'This import' })
}
