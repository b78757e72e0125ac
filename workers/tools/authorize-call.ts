/** Authorizes tool calls: the action `tool.execute`, once per call. */
import plan from '../../policy/plan.json'
import { builtInPolicy, DecisionPoint } from '../../shared/policy/decision-point.ts'
import { auditDecision, authorizeOnBehalf, type PolicyBindings } from '../../shared/policy/delegated-action.ts'
import { denialText } from '../../shared/problem.ts'
import type { CallJob, CallResult } from '../../shared/tool/executor.ts'
import { tools } from './catalog/catalog.ts'

const action = 'tool.execute'
const decisionPoint = new DecisionPoint(() => builtInPolicy(plan))

/** The denial, as the call's result; null: the policy allows the call. The decision is audited before the tool runs. */
export async function authorizeCall(job: CallJob, env: PolicyBindings): Promise<CallResult | null> {
  const decision = await authorizeOnBehalf(decisionPoint, env, job, {
    action,
    resource: { kind: 'tool', name: job.name, session: job.session },
    // Tools need no scopes: the policy names the restricted ones.
    context: { arguments: parseArguments(job.arguments), catalog: { enabled: tools.some(({ name }) => name === job.name), scopes: [] } },
  })
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
