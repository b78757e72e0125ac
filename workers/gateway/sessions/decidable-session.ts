/** Finds the session of a call that waits for a user, for those who may decide about it. */
import type { PendingCall } from '../../../shared/api/calls.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { GatewayContext } from '../http/context.ts'
import { authorizeDecision } from './authorize-decision.ts'
import { locate } from './locate.ts'

/** The session, if the caller may decide about this call of it. */
export async function decidableSession(c: GatewayContext, session: string, call: string) {
  const object = locate(c, session)
  const pending = (await object?.pendingCall(c.var.sessionOwner, call)) as Result<PendingCall, Failure> | undefined
  if (!object || !pending) return fail<Failure>({ kind: 'not_found' })
  if (!pending.ok) return pending
  const refused = await authorizeDecision(c, session, pending.value)
  return refused ? fail(refused) : ok(object)
}

/** The refusal of edited arguments that a schema would drop. */
export const prototypeKey: Failure = { kind: 'invalid', errors: [{ pointer: '/arguments', detail: 'must not have the key "__proto__"' }] }

/** Whether the edited arguments have a key that the schema of a decision would drop. Deeper ones reach the tool's own check. */
export function editsPrototype(decision: unknown): boolean {
  if (typeof decision !== 'object' || decision === null || !('arguments' in decision)) return false
  const edited = decision.arguments
  return typeof edited === 'object' && edited !== null && Object.hasOwn(edited, '__proto__')
}
