/** What the policy says of an act that a Worker does on a user's behalf: decided for what the user is now, and put on the trail. */
import type { AuditDraft } from '../audit/entry.ts'
import { lesser, type Role } from '../identity/role.ts'
import { Subject, TenantId } from '../ids.ts'
import { type AccessRequest, policyInput, recordable } from './access-request.ts'
import type { AuthorizationRequest, Authorizer } from './authorizer.ts'
import type { PolicyStore } from './policy-cache.ts'
import type { PolicyDecision } from './policy-decision.ts'

/** A turn's act: whose, and where. */
export interface DelegatedAction {
  readonly tenant: string
  readonly session: string
  readonly subject: string
  readonly turn_id: string
  /** Where whoever asked for the turn may do less than its user. */
  readonly role_at_most?: Role | undefined
  /** The event it is about, where it is about one. */
  readonly seq?: number
}

/** What of a Worker's bindings it needs. */
export interface PolicyBindings {
  readonly TENANT: { getByName(tenant: string): PolicyStore }
  readonly ACCOUNTS: { getByName(tenant: string): { roleOf(subject: string): Promise<Role | null> } }
  readonly AUDIT_TRAIL: { getByName(tenant: string): { record(entries: AuditDraft[]): Promise<unknown> } }
  readonly OPA_URL: string
  readonly OPA_TOKEN: string
}

/**
 * Decided each time: whoever was removed, or lost a role, is refused from then on. A turn acts for its user, with a role and no scopes: those
 * open what a token may ask for at the door, and nobody's model or tool needs them. What asked for the turn may have been less than
 * its user, as an API key is, or whom the session is shared with: then the turn is no more than that.
 */
export async function authorizeOnBehalf(
  arbiter: Authorizer,
  env: PolicyBindings,
  { tenant, subject, role_at_most }: DelegatedAction,
  request: AccessRequest,
): Promise<PolicyDecision> {
  const now = await env.ACCOUNTS.getByName(tenant).roleOf(subject)
  const role = now && role_at_most ? lesser(now, role_at_most) : now
  const principal = { tenant: TenantId.parse(tenant), subject: Subject.parse(subject), roles: role ? [role] : [], scopes: [], amr: [] }
  const opa: AuthorizationRequest['opa'] = env.OPA_URL ? { url: env.OPA_URL, token: env.OPA_TOKEN } : null
  return arbiter.authorize({ input: policyInput(principal, request), store: () => env.TENANT.getByName(tenant), opa, now: Date.now })
}

export async function auditDecision(env: PolicyBindings, act: DelegatedAction, target: string, ruling: PolicyDecision): Promise<void> {
  const { allowed, reasons, evidence, policy, input } = ruling
  await env.AUDIT_TRAIL.getByName(act.tenant).record([
    {
      kind: 'decision',
      subject: act.subject,
      action: input.action,
      target,
      outcome: allowed ? 'allowed' : 'denied',
      ...(allowed ? {} : { reasons }),
      detail: {
        session: act.session,
        turn_id: act.turn_id,
        ...(act.seq === undefined ? {} : { seq: act.seq }),
        ...(evidence.length > 0 ? { evidence } : {}),
      },
      policy,
      input: recordable(input),
    },
  ])
}
