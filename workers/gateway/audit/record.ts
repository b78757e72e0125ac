/** Audit entries of the gateway. A change waits until its entry is durable. Decisions are recorded in batches. */
import { AuditBacklog } from '../../../shared/audit/backlog.ts'
import { boundDraft } from '../../../shared/audit/bound.ts'
import type { AuditDraft } from '../../../shared/audit/entry.ts'
import { isAuditQuotaExceeded, PartyUnavailable } from '../../../shared/faults.ts'
import { withoutTexts } from '../../../shared/policy/access-request.ts'
import type { PolicyDecision } from '../../../shared/policy/decision-result.ts'
import type { GatewayContext } from '../http/context.ts'
import { logger } from '../logger.ts'

/** A change by the request's principal. `detail` must hold no secret and no content of a conversation. */
export interface AuditChange {
  readonly action: string
  readonly target: string
  readonly outcome: string
  readonly detail?: Readonly<Record<string, unknown>>
}

/** When a change may succeed again while the trail is unavailable. Milliseconds. */
const retryMs = 5_000

const backlog = new AuditBacklog((error, tenant, count) => logger.write('audit.unreachable', { error, tenant, count }))

const trailOf = (c: GatewayContext) => c.env.AUDIT_TRAIL.getByName(c.get('principal').tenant)

/** Appends an entry. `isRequired`: the change waits for the entry, so a subject over its quota is refused. */
async function append(c: GatewayContext, entry: AuditDraft, isRequired: boolean): Promise<void> {
  try {
    await trailOf(c).record([boundDraft(entry)], isRequired)
  } catch (cause) {
    if (isAuditQuotaExceeded(cause)) throw cause
    // The change must not happen.
    throw new PartyUnavailable('The audit trail, which every change requires,', retryMs, cause)
  }
}

/** Records a change. It is durable when this resolves. Throws `PartyUnavailable`. */
export async function recordAudit(c: GatewayContext, { action, target, outcome, detail }: AuditChange): Promise<void> {
  const entry = { kind: 'change', subject: c.get('principal').subject, action, target, outcome, request_id: c.get('requestId') } as const
  await append(c, { ...entry, ...(detail ? { detail } : {}) }, false)
}

const draft = (c: GatewayContext, target: string, { allowed, reasons, evidence, policy, input }: PolicyDecision): AuditDraft => ({
  kind: 'decision',
  subject: c.get('principal').subject,
  action: input.action,
  target,
  outcome: allowed ? 'allowed' : 'denied',
  request_id: c.get('requestId'),
  ...(allowed ? {} : { reasons }),
  ...(evidence.length > 0 ? { detail: { evidence } } : {}),
  policy,
  input: withoutTexts(input),
})

/**
 * Records a decision. It is durable when this resolves. Throws `PartyUnavailable`, or `AuditQuotaExceeded`; the request must then be
 * refused.
 */
export async function recordSync(c: GatewayContext, target: string, decision: PolicyDecision): Promise<void> {
  await append(c, draft(c, target, decision), true)
}

/** Records a decision with the next batch. False: the backlog is full, and the request must be refused. */
export const recordBatched = (c: GatewayContext, target: string, decision: PolicyDecision): boolean =>
  backlog.add(c.env.AUDIT_TRAIL, c.get('principal').tenant, draft(c, target, decision), (work) => c.executionCtx.waitUntil(work))
