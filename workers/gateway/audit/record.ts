/** Audit entries of the gateway. A change waits until its entry is durable. Decisions are recorded in batches. */
import { boundDraft } from '../../../shared/audit/bound.ts'
import type { AuditDraft } from '../../../shared/audit/entry.ts'
import { isAuditQuotaExceeded, PartyUnavailable } from '../../../shared/faults.ts'
import type { TenantId } from '../../../shared/ids.ts'
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

/** How long a decision waits for its batch. Milliseconds. */
const batchMs = 100
/** Maximum backlog per tenant while the trail is unavailable. Beyond it, requests are refused. */
const maxWaiting = 5_000
/** Maximum entries of one call to the trail. */
const maxBatch = 500
/** When a change may succeed again while the trail is unavailable. Milliseconds. */
const retryMs = 5_000

/** Timeout of a sending request. After it, the next request sends. Milliseconds. */
const sendMs = 10_000

/** A tenant's waiting entries. Every request of the isolate adds to them. */
interface Backlog {
  entries: AuditDraft[]
  /** When a request started to send, Unix ms; null: none sends. */
  sentAt: number | null
}

const backlogs = new Map<TenantId, Backlog>()

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
export function recordBatched(c: GatewayContext, target: string, decision: PolicyDecision): boolean {
  const { tenant } = c.get('principal')
  const backlog = backlogs.get(tenant) ?? { entries: [], sentAt: null }
  backlogs.set(tenant, backlog)
  const isFull = backlog.entries.length >= maxWaiting
  if (!isFull) backlog.entries.push(boundDraft(draft(c, target, decision)))
  if (backlog.sentAt === null || backlog.sentAt < Date.now() - sendMs) {
    backlog.sentAt = Date.now()
    c.executionCtx.waitUntil(send(c.env, tenant, backlog))
  }
  return !isFull
}

async function send(env: Pick<GatewayEnv, 'AUDIT_TRAIL'>, tenant: TenantId, backlog: Backlog): Promise<void> {
  await new Promise((done) => setTimeout(done, batchMs))
  const trail = env.AUDIT_TRAIL.getByName(tenant)
  while (backlog.entries.length > 0) {
    const batch = backlog.entries.splice(0, maxBatch)
    try {
      await trail.record(batch)
    } catch (error) {
      logger.write('audit.unreachable', { error, tenant, count: batch.length })
      backlog.entries.unshift(...batch)
      break
    }
  }
  backlog.sentAt = null
  if (backlog.entries.length === 0) backlogs.delete(tenant)
}
