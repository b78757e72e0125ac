/** Authorizes decisions about waiting tool calls: the action `tool.approve`, with who asked for the turn. */
import type { PendingCall } from '../../../shared/api/calls.ts'
import { type Role, weakerRole } from '../../../shared/identity/role.ts'
import type { Failure } from '../../../shared/problem.ts'
import { recordSync } from '../audit/record.ts'
import type { GatewayContext } from '../http/context.ts'
import { authorizeRequest, denial, relationsTo } from '../policy/enforce.ts'

/** Why the caller may not decide about the call; null: the caller may. The decision of the policy is audited first. */
export async function authorizeDecision(c: GatewayContext, session: string, call: PendingCall): Promise<Failure | null> {
  const owner = c.var.sessionOwner
  const { subject } = c.var.principal
  const decision = await authorizeRequest(c, {
    action: 'tool.approve',
    resource: { kind: 'session', id: session, owner, name: call.name },
    context: {
      requester: call.requester,
      ...(owner !== subject && { relations: await relationsTo(c, session, owner) }),
      ...((await isWeaker(c, call.role_at_most)) && { weaker: true }),
    },
  })
  await recordSync(c, `call:${call.call_id}`, decision)
  return decision.allowed ? null : denial(c, decision)
}

/** Whether the caller's API key has a lower role than the call acts with. `atMost`: the highest role of the turn. */
async function isWeaker(c: GatewayContext, atMost: Role | undefined): Promise<boolean> {
  const { tenant, roles, via } = c.var.principal
  const [role] = roles
  if (via !== 'api_key') return false
  const ownerRole = await c.env.ACCOUNTS.getByName(tenant).roleOf(c.var.sessionOwner)
  if (ownerRole === null || role === undefined) return true
  const acting = atMost ? weakerRole(ownerRole, atMost) : ownerRole
  return weakerRole(role, acting) !== acting
}
