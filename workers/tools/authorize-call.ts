/** Authorizes tool calls: the action `tool.execute`, once per call. */
import plan from '../../policy/plan.json'
import { builtInPolicy, DecisionPoint } from '../../shared/policy/decision-point.ts'
import { auditDecision, authorizeOnBehalf, delegatedRole, type PolicyBindings } from '../../shared/policy/delegated-action.ts'
import { denialText } from '../../shared/problem.ts'
import { type CatalogTool, catalogRefusals } from '../../shared/tool/catalog.ts'
import type { CallJob, CallResult } from '../../shared/tool/executor.ts'

const action = 'tool.execute'
const decisionPoint = new DecisionPoint(() => builtInPolicy(plan))

/** The denial, as the call's result; null: the catalog and the policy allow the call. The decision is audited before the tool runs. */
export async function authorizeCall(job: CallJob, tool: CatalogTool, env: PolicyBindings): Promise<CallResult | null> {
  const { enabled, scopes } = tool
  const policyDecision = await authorizeOnBehalf(decisionPoint, env, job, {
    action,
    resource: { kind: 'tool', name: job.name, session: job.session },
    context: { arguments: parseArguments(job.arguments), catalog: { enabled, scopes: [...scopes] } },
  })
  const role = tool.allowed ? await delegatedRole(env, job) : null
  const refusals = catalogRefusals(tool, { subject: job.subject, role })
  const decision = refusals.length > 0 ? { ...policyDecision, allowed: false, reasons: refusals } : policyDecision
  await auditDecision(env, job, `tool:${job.name}`, decision)
  return decision.allowed ? null : { outcome: 'denied', text: denialText(action, decision.reasons) }
}

/** Audits a result that arrived after its turn ended. The entry holds the outcome, not the content. */
export async function auditLateResult(job: CallJob, { outcome }: CallResult, env: PolicyBindings): Promise<void> {
  const { tenant, session, subject, turn_id, call_id, name } = job
  const detail = { session, turn_id, call_id, outcome }
  await env.AUDIT_TRAIL.getByName(tenant).record([
    { kind: 'change', subject, action: 'tool.result', target: `tool:${name}`, outcome: 'late', detail },
  ])
}

function parseArguments(json: string): unknown {
  try {
    return JSON.parse(json.trim() || '{}')
  } catch {
    return null
  }
}
