/** What the gateway puts on the trail. A change waits for it; a decision goes with the next batch, and nobody waits. */
import type { AuditDraft } from '../../../shared/audit/entry.ts'
import type { TenantId } from '../../../shared/ids.ts'
import { recordable } from '../../../shared/policy/access-request.ts'
import type { PolicyDecision } from '../../../shared/policy/policy-decision.ts'
import type { GatewayContext } from '../http/context.ts'
import { logger } from '../logger.ts'

/** What was done, by whoever makes the request. `detail` must hold no secret and nothing that was said. */
export interface AuditChange {
  readonly action: string
  readonly target: string
  readonly outcome: string
  readonly detail?: Readonly<Record<string, unknown>>
}

/** How long decisions wait for company. Milliseconds. */
const batchMs = 100
/** Decisions that may wait for a trail that cannot be reached. Beyond, nothing more is decided. */
const maxWaiting = 5_000
const maxBatch = 500

/** How long a request that sends them may take; after that it is taken for dead, and the next one sends. Milliseconds. */
const sendMs = 10_000

/** Plain data, which every request of the isolate may add to. `sentAt`: since when one of them is sending. */
interface Backlog {
  entries: AuditDraft[]
  sentAt: number | null
}

const backlogs = new Map<TenantId, Backlog>()

const trailOf = (c: GatewayContext) => c.env.AUDIT_TRAIL.getByName(c.get('principal').tenant)

/** The trail cannot be written, so what needs it is not done. */
export class AuditUnavailable extends Error {
  override readonly name = 'TrailAway'
}

async function append(c: GatewayContext, entry: AuditDraft): Promise<void> {
  try {
    await trailOf(c).record([entry])
  } catch (cause) {
    throw new AuditUnavailable('the audit trail cannot be written', { cause })
  }
}

/** Puts a change on the trail. On disk when it resolves; throws `TrailAway` if it cannot be. */
export async function recordAudit(c: GatewayContext, { action, target, outcome, detail }: AuditChange): Promise<void> {
  const entry = { kind: 'change', subject: c.get('principal').subject, action, target, outcome, request_id: c.get('requestId') } as const
  await append(c, { ...entry, ...(detail ? { detail } : {}) })
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
  input: recordable(input),
})

/** The decision is on disk when it resolves; throws `TrailAway` if it cannot be, and then nothing may be done. */
export async function recordSync(c: GatewayContext, target: string, ruling: PolicyDecision): Promise<void> {
  await append(c, draft(c, target, ruling))
}

/** Has the decision recorded soon. False: too many wait already, so the trail is away, and nothing may be allowed unseen. */
export function recordBatched(c: GatewayContext, target: string, ruling: PolicyDecision): boolean {
  const { tenant } = c.get('principal')
  const backlog = backlogs.get(tenant) ?? { entries: [], sentAt: null }
  backlogs.set(tenant, backlog)
  const full = backlog.entries.length >= maxWaiting
  if (!full) backlog.entries.push(draft(c, target, ruling))
  if (backlog.sentAt === null || backlog.sentAt < Date.now() - sendMs) {
    backlog.sentAt = Date.now()
    c.executionCtx.waitUntil(send(c.env, tenant, backlog))
  }
  return !full
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
