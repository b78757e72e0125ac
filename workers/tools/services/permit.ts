/** Asks the policy for what a tool does on the user's behalf, beside `tool.execute`. */
import type { AccessRequest } from '../../../shared/policy/access-request.ts'
import { auditDecision, authorizeOnBehalf, type PolicyBindings } from '../../../shared/policy/delegated-action.ts'
import { denialText } from '../../../shared/problem-texts.ts'
import type { CallJob } from '../../../shared/tool/executor.ts'
import { ToolFailure } from '../../../shared/tool/tool.ts'
import { decisionPoint } from '../authorize-call.ts'

/** Resolves if the policy allows `request` now. Throws the denial, in words for the model. The decision is audited first. */
export async function permit(env: PolicyBindings, job: CallJob, target: string, request: AccessRequest): Promise<void> {
  const decision = await authorizeOnBehalf(decisionPoint, env, job, request)
  await auditDecision(env, job, target, decision)
  if (!decision.allowed) throw new ToolFailure(denialText(request.action, decision.reasons))
}
