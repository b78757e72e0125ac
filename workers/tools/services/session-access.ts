/** Asks the policy about each access of a tool to the conversation of its call, as for a request of the user. */
import { SessionId, sessionObjectName, TenantId } from '../../../shared/ids.ts'
import type { AccessRequest } from '../../../shared/policy/access-request.ts'
import { refusalText } from '../../../shared/problem-texts.ts'
import type { CallJob } from '../../../shared/tool/executor.ts'
import { ToolFailure } from '../../../shared/tool/tool.ts'
import { permit } from './permit.ts'

/** Resolves if the policy allows it now: another user's conversation must still be shared with this one. Throws the denial in words. */
export async function permitInSession(
  env: ToolsEnv,
  job: CallJob,
  action: AccessRequest['action'],
  resource: { readonly kind: string; readonly id: string },
): Promise<void> {
  const tenant = TenantId.parse(job.tenant)
  const owner = await env.SESSION.getByName(sessionObjectName(tenant, SessionId.parse(job.session))).owner()
  if (owner === null) throw new ToolFailure(refusalText({ kind: 'not_found' }))
  const relations = owner === job.subject ? [] : await env.TENANT.getByName(tenant).sharedAs(job.session, owner, job.subject)
  const request = { action, resource: { ...resource, owner }, context: { relations } }
  await permit(env, job, `${resource.kind}:${resource.id}`, request)
}
