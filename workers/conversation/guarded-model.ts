/** A model that is not called before the policy has allowed it: `model.invoke`, decided and recorded each time. */
import plan from '../../policy/plan.json'
import { Subject, TenantId } from '../../shared/ids.ts'
import { logFault } from '../../shared/log.ts'
import { Arbiter, builtInPolicy } from '../../shared/policy/arbiter.ts'
import { policyInput, type Ruling, recordable } from '../../shared/policy/guard.ts'
import { deniedInWords } from '../../shared/problem.ts'
import { type Model, ModelError } from '../../shared/turn/model.ts'
import type { TurnJob } from '../../shared/turn/runner.ts'

type Asking = Pick<TurnJob, 'tenant' | 'session' | 'subject' | 'turn_id'>
type GuardEnv = Pick<ConversationEnv, 'TENANT' | 'ACCOUNTS' | 'AUDIT_TRAIL' | 'OPA_URL' | 'OPA_TOKEN'>

const action = 'model.invoke'
const arbiter = new Arbiter(() => builtInPolicy(plan))

/** `model`, called `name`, for one turn. A denial ends the turn with its reason in words. `later` keeps what nobody waits for. */
export function guardedModel(model: Model, name: string, job: Asking, env: GuardEnv, later: (work: Promise<unknown>) => void): Model {
  return {
    async *answer(request, signal) {
      const ruling = await decide(name, job, env)
      later(record(ruling, name, job, env).catch((error) => logFault('audit.unreachable', error, { turn: job.turn_id })))
      if (!ruling.allowed) throw new ModelError(deniedInWords(action, ruling.reasons))
      yield* model.answer(request, signal)
    },
  }
}

/** Decided for what the one who asked is now: whoever was removed since is answered no more. */
async function decide(name: string, { tenant, session, subject }: Asking, env: GuardEnv): Promise<Ruling> {
  const { TENANT, ACCOUNTS, OPA_URL: url, OPA_TOKEN: token } = env
  const role = await ACCOUNTS.getByName(tenant).roleOf(subject)
  const principal = { tenant: TenantId.parse(tenant), subject: Subject.parse(subject), roles: role ? [role] : [], scopes: [] }
  return arbiter.ask({
    input: policyInput(principal, { action, resource: { kind: 'model', name, session } }),
    store: () => TENANT.getByName(tenant),
    opa: url ? { url, token } : null,
    now: Date.now,
  })
}

async function record({ allowed, reasons, evidence, policy, input }: Ruling, name: string, job: Asking, env: GuardEnv): Promise<void> {
  await env.AUDIT_TRAIL.getByName(job.tenant).record([
    {
      kind: 'decision',
      subject: job.subject,
      action,
      target: `model:${name}`,
      outcome: allowed ? 'allowed' : 'denied',
      ...(allowed ? {} : { reasons }),
      detail: { session: job.session, turn_id: job.turn_id, ...(evidence.length > 0 ? { evidence } : {}) },
      policy,
      input: recordable(input),
    },
  ])
}
