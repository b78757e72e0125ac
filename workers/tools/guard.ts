/** No tool runs that the policy does not allow its user: `tool.execute`, asked for each call. */
import plan from '../../policy/plan.json'
import { Authorizer, builtInPolicy } from '../../shared/policy/authorizer.ts'
import { auditDecision, authorizeOnBehalf, type PolicyBindings } from '../../shared/policy/delegated-action.ts'
import { denialText } from '../../shared/problem.ts'
import type { CallJob, CallResult } from '../../shared/tool/executor.ts'

const action = 'tool.execute'
const arbiter = new Authorizer(() => builtInPolicy(plan))

/** Why the call may not be, as its result; null: it may. The decision is on the trail before anything is begun. */
export async function refusal(job: CallJob, env: PolicyBindings): Promise<CallResult | null> {
  const ruling = await authorizeOnBehalf(arbiter, env, job, {
    action,
    resource: { kind: 'tool', name: job.name, session: job.session },
    // Every tool of ours is open to whoever may speak, but for those that the policy names.
    context: { arguments: parsed(job.arguments), catalog: { enabled: true, scopes: [] } },
  })
  await auditDecision(env, job, `tool:${job.name}`, ruling)
  return ruling.allowed ? null : { outcome: 'denied', text: denialText(action, ruling.reasons) }
}

/** A result that the turn does not hear of any more, for the trail: that there was one, not what it said. */
export async function recordLate(job: CallJob, { outcome }: CallResult, env: PolicyBindings): Promise<void> {
  const { tenant, session, subject, turn_id, call_id, name } = job
  const detail = { session, turn_id, call_id, outcome }
  await env.AUDIT_TRAIL.getByName(tenant).record([
    { kind: 'change', subject, action: 'tool.result', target: `tool:${name}`, outcome: 'late', detail },
  ])
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json.trim() || '{}')
  } catch {
    return null
  }
}
