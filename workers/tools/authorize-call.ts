/** Authorizes tool calls: the action `tool.execute`, once per judgement. */
import plan from '../../policy/plan.json'
import type { StoredAttachment } from '../../shared/attachment/store.ts'
import { builtInPolicy, DecisionPoint } from '../../shared/policy/decision-point.ts'
import type { PolicyDecision } from '../../shared/policy/decision-result.ts'
import { auditDecision, authorizeOnBehalf, delegatedRole, type PolicyBindings } from '../../shared/policy/delegated-action.ts'
import { type CatalogTool, catalogRefusals } from '../../shared/tool/catalog.ts'
import type { CallJob, CallResult } from '../../shared/tool/executor.ts'
import { documentIngest } from './catalog/document-ingest.ts'

const action = 'tool.execute'
/** The isolate's decision point, with its cache of tenants' policies. */
export const decisionPoint = new DecisionPoint(() => builtInPolicy(plan))

/** The policy limits the size of a document, which is no argument of the call. A file of another conversation has none. */
async function documentFacts(job: CallJob, args: string, env: DocumentBindings): Promise<{ arguments?: Record<string, unknown> }> {
  if (job.name !== documentIngest.name) return {}
  const { attachment_id: id, ...rest } = JSON.parse(args)
  const file = await env.ATTACHMENTS.getByName(job.tenant).find(id)
  return { arguments: { ...rest, attachment_id: id, size_bytes: file?.sessions.includes(job.session) ? file.size : 0 } }
}

/** The bindings for the facts about a document. */
interface DocumentBindings {
  readonly ATTACHMENTS: { getByName(tenant: string): { find(id: string): Promise<Pick<StoredAttachment, 'sessions' | 'size'> | null> } }
}

/** The decisions of the policy and of the catalog about the call with the canonical arguments `args`. They are audited before the tool runs. */
export async function authorizeCall(
  job: CallJob,
  tool: CatalogTool,
  args: string,
  env: PolicyBindings & DocumentBindings,
): Promise<{ policy: PolicyDecision; refusals: readonly string[] }> {
  const { enabled, scopes, effect } = tool
  const policy = await authorizeOnBehalf(decisionPoint, env, job, {
    action,
    resource: { kind: 'tool', name: job.name, session: job.session },
    context: { arguments: JSON.parse(args), ...(await documentFacts(job, args, env)), catalog: { enabled, scopes: [...scopes], effect } },
  })
  const role = tool.allowed ? await delegatedRole(env, job) : null
  const refusals = catalogRefusals(tool, { subject: job.subject, role })
  await auditDecision(env, job, `tool:${job.name}`, refusals.length > 0 ? { ...policy, allowed: false, reasons: refusals } : policy)
  return { policy, refusals }
}

/** Audits a result that arrived after its turn ended. The entry holds the outcome, not the content. */
export async function auditLateResult(job: CallJob, { outcome }: CallResult, env: PolicyBindings): Promise<void> {
  const { tenant, session, subject, turn_id, call_id, name } = job
  const detail = { session, turn_id, call_id, outcome }
  await env.AUDIT_TRAIL.getByName(tenant).record([
    { kind: 'change', subject, action: 'tool.result', target: `tool:${name}`, outcome: 'late', detail },
  ])
}
