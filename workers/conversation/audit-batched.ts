/** Audit entries of the decisions that a turn needs. They are recorded in batches, so that no answer waits for them. */
import { AuditBacklog } from '../../shared/audit/backlog.ts'
import { TenantId } from '../../shared/ids.ts'
import { jobFields } from '../../shared/log/fields.ts'
import type { PolicyDecision } from '../../shared/policy/decision-result.ts'
import { type DelegatedAction, decisionDraft, type PolicyBindings } from '../../shared/policy/delegated-action.ts'
import { logger } from './logger.ts'

const backlog = new AuditBacklog((error, tenant, count) => logger.write('audit.unreachable', { error, tenant, count }))

/** Records a decision about `target` with the next batch. `waitUntil` keeps the Worker running until it is sent. */
export function auditBatched(
  env: Pick<PolicyBindings, 'AUDIT_TRAIL'>,
  action: DelegatedAction,
  target: string,
  decision: PolicyDecision,
  waitUntil: (work: Promise<unknown>) => void,
): void {
  const isKept = backlog.add(env.AUDIT_TRAIL, TenantId.parse(action.tenant), decisionDraft(action, target, decision), waitUntil)
  if (!isKept) logger.write('audit.unreachable', { error: new Error('the backlog is full'), ...jobFields(action) })
}
