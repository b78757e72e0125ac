/** Authorization of actions that a Worker takes on a user's behalf, with the user's current role, and their audit entries. Portable. */
import type { AuditDraft } from '../audit/entry.ts'
import { type Role, weakerRole } from '../identity/role.ts'
import { Subject, TenantId } from '../ids.ts'
import { type AccessRequest, policyInput, withoutTexts } from './access-request.ts'
import type { DecisionPoint } from './decision-point.ts'
import type { PolicyDecision } from './decision-result.ts'
import { opaServer } from './opa.ts'
import type { PolicyStore } from './policy-cache.ts'

/** The turn that acts, or a call without a session. */
export interface DelegatedAction {
  readonly tenant: string
  readonly session?: string
  readonly subject: string
  readonly turn_id?: string
  /** The most that the requester may do, if that is less than the user's role. */
  readonly role_at_most?: Role | undefined
  /** The event that the action concerns, if it concerns one. */
  readonly seq?: number
  /** The gateway's request that started the turn, for log lines. */
  readonly request?: string | undefined
}

/** The bindings that a Worker needs. */
export interface PolicyBindings {
  readonly TENANT: { getByName(tenant: string): PolicyStore }
  readonly ACCOUNTS: { getByName(tenant: string): { roleOf(subject: string): Promise<Role | null> } }
  readonly AUDIT_TRAIL: { getByName(tenant: string): { record(entries: AuditDraft[]): Promise<unknown> } }
  readonly OPA_URL: string
  readonly OPA_TOKEN: string
}

/**
 * Decides with the user's current role, so a removed or demoted user is denied at once. The principal has no scopes: scopes open routes,
 * and neither models nor tools need them. `role_at_most` limits the role to the requester's: an API key, or a user that the session is
 * shared with.
 */
export async function authorizeOnBehalf(
  decisionPoint: DecisionPoint,
  env: PolicyBindings,
  action: DelegatedAction,
  request: AccessRequest,
): Promise<PolicyDecision> {
  return (await authorizerFor(decisionPoint, env, action))(request)
}

/** Decides several requests with the role that the user has now. */
export async function authorizerFor(
  decisionPoint: DecisionPoint,
  env: PolicyBindings,
  action: DelegatedAction,
): Promise<(request: AccessRequest) => Promise<PolicyDecision>> {
  const { tenant, subject } = action
  const role = await delegatedRole(env, action)
  const principal = { tenant: TenantId.parse(tenant), subject: Subject.parse(subject), roles: role ? [role] : [], scopes: [], amr: [] }
  const opa = opaServer(env)
  return (request) =>
    decisionPoint.authorize({ input: policyInput(principal, request), store: () => env.TENANT.getByName(tenant), opa, now: Date.now })
}

/** The role that an action has now: that of the user, or the requester's, if that is weaker. Null: none. */
export async function delegatedRole(
  env: Pick<PolicyBindings, 'ACCOUNTS'>,
  { tenant, subject, role_at_most }: Pick<DelegatedAction, 'tenant' | 'subject' | 'role_at_most'>,
): Promise<Role | null> {
  const currentRole = await env.ACCOUNTS.getByName(tenant).roleOf(subject)
  return currentRole && role_at_most ? weakerRole(currentRole, role_at_most) : currentRole
}

/** Records a decision about a delegated action. It is durable when this resolves. `target`: the object of the action. */
export async function auditDecision(env: PolicyBindings, action: DelegatedAction, target: string, decision: PolicyDecision): Promise<void> {
  await env.AUDIT_TRAIL.getByName(action.tenant).record([decisionDraft(action, target, decision)])
}

/** The audit entry of a decision about a delegated action. `target`: the object of the action. */
export function decisionDraft(action: DelegatedAction, target: string, decision: PolicyDecision): AuditDraft {
  const { allowed, reasons, evidence, policy, input } = decision
  return {
    kind: 'decision',
    subject: action.subject,
    action: input.action,
    target,
    outcome: allowed ? 'allowed' : 'denied',
    ...(allowed ? {} : { reasons }),
    detail: {
      ...(action.session !== undefined && { session: action.session }),
      ...(action.turn_id !== undefined && { turn_id: action.turn_id }),
      ...(action.session === undefined && action.request !== undefined && { request: action.request }),
      ...(action.seq === undefined ? {} : { seq: action.seq }),
      ...(evidence.length > 0 ? { evidence } : {}),
    },
    policy,
    input: withoutTexts(input),
  }
}
