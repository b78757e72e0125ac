/** A model that is not called before the policy has allowed it: `model.invoke`, decided and recorded each time. */
import plan from '../../../policy/plan.json'
import { jobFields } from '../../../shared/log/fields.ts'
import { type Model, ModelError } from '../../../shared/model/model.ts'
import { Authorizer, builtInPolicy } from '../../../shared/policy/authorizer.ts'
import { auditDecision, authorizeOnBehalf, type DelegatedAction, type PolicyBindings } from '../../../shared/policy/delegated-action.ts'
import { denialText } from '../../../shared/problem.ts'
import { logger } from '../logger.ts'

const action = 'model.invoke'
const arbiter = new Authorizer(() => builtInPolicy(plan))

/** `model`, called `name`, for one turn. A denial ends the turn with its reason in words. `later` keeps what nobody waits for. */
export function guardedModel(
  model: Model,
  name: string,
  act: DelegatedAction,
  env: PolicyBindings,
  later: (work: Promise<unknown>) => void,
): Model {
  return {
    async *answer(request, signal) {
      const ruling = await authorizeOnBehalf(arbiter, env, act, { action, resource: { kind: 'model', name, session: act.session } })
      later(
        auditDecision(env, act, `model:${name}`, ruling).catch((error) => logger.write('audit.unreachable', { error, ...jobFields(act) })),
      )
      if (!ruling.allowed) throw new ModelError(denialText(action, ruling.reasons))
      yield* model.answer(request, signal)
    },
  }
}
