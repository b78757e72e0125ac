/** What answers in a branch: a model or a persona of a running stack, and the policy of a file. */
import { readFileSync } from 'node:fs'
import { ToolList } from '../../shared/api/tools.ts'
import { type Role, roles } from '../../shared/identity/role.ts'
import { Subject, TenantId } from '../../shared/ids.ts'
import { policyInput } from '../../shared/policy/access-request.ts'
import { loadPlanWith } from '../../shared/policy/bundle.ts'
import { allowEntrypoint, evaluateWithReasons, reasonsEntrypoint } from '../../shared/policy/evaluate-policy.ts'
import { denialText } from '../../shared/problem-texts.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { canonicalArguments } from '../../shared/tool/canonical-arguments.ts'
import { openAICompatible } from '../../workers/conversation/models/openai-compatible.ts'
import { developmentSecrets } from '../stack/secrets.ts'
import { sign } from '../stack/token.ts'
import type { Denies } from './branch-calls.ts'
import type { Branch } from './branch-session.ts'
import type { RecordedSession } from './recorded-session.ts'

/** The owner of the session. */
function ownerOf({ events }: RecordedSession): Subject {
  const created = events.find(({ event }) => event.type === 'session.created')?.event
  if (created?.type !== 'session.created') throw new Error('the log does not say who owns the session')
  return Subject.parse(created.subject)
}

/** The model `name` of the stack at `url`: a profile, or `persona:ID`. It is offered the tools that the user may use now. */
export async function answererAt(url: string, name: string, recorded: RecordedSession): Promise<NonNullable<Branch['answerer']>> {
  const apiKey = readVariable(process.env, 'SOMA_REPLAY_TOKEN') || (await developmentToken(recorded))
  const headers = { authorization: `Bearer ${apiKey}` }
  const response = await fetch(`${url}/v1/tools`, { headers })
  if (!response.ok) throw new Error(`${url} responded with ${response.status} to the list of tools`)
  const { tools } = ToolList.parse(await response.json())
  return { model: openAICompatible({ baseURL: `${url}/v1`, model: name, apiKey }), tools }
}

const developmentToken = async (recorded: RecordedSession): Promise<string> => {
  const { signingKey } = await developmentSecrets()
  return sign(signingKey, { tenant: recorded.tenant, subject: ownerOf(recorded), scopes: '', ttlSeconds: 3_600 })
}

/** What the plan in `file` denies to a user with `role`. A call that the plan wants approved counts as denied, because nobody is asked. */
export function denialsOf(file: string, role: Role, recorded: RecordedSession): Denies {
  const plan = loadPlanWith([allowEntrypoint, reasonsEntrypoint], JSON.parse(readFileSync(file, 'utf8')))
  if (!plan.ok) throw new Error(`${file} is no plan of a policy: ${plan.error.detail}`)
  const { tenant, session, events } = recorded
  const effects = new Map(events.flatMap(({ event }) => (event.type === 'call.requested' ? [[event.name, event.effect] as const] : [])))
  const principal = { tenant: TenantId.parse(tenant), subject: ownerOf(recorded), roles: [role], scopes: [], amr: [] }
  return ({ name }, args) => {
    const canonical = canonicalArguments(args)
    if (!canonical.ok) return undefined
    const catalog = { enabled: true, scopes: [], effect: effects.get(name) ?? 'none' }
    const input = policyInput(principal, {
      action: 'tool.execute',
      resource: { kind: 'tool', name, session },
      context: { arguments: JSON.parse(canonical.value), catalog },
    })
    const { allowed, reasons, asks } = evaluateWithReasons(plan.value, { revision: 0, hash: '' }, input, {})
    if (!allowed) return denialText('tool.execute', reasons)
    return asks && `The policy asks for an approval: ${asks.join(' ')}`
  }
}

/** The role of this name. Throws an error that names the roles. */
export function roleNamed(name: string): Role {
  const role = roles.find((known) => known === name)
  if (!role) throw new Error(`--role must be one of ${roles.join(', ')}`)
  return role
}
