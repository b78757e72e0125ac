/** A model that asks the policy before every call: the action `model.invoke`. */
import plan from '../../../policy/plan.json'
import { type Model, ModelError } from '../../../shared/model/model.ts'
import { builtInPolicy, DecisionPoint } from '../../../shared/policy/decision-point.ts'
import { authorizeOnBehalf, authorizerFor, type DelegatedAction, type PolicyBindings } from '../../../shared/policy/delegated-action.ts'
import { denialText } from '../../../shared/problem-texts.ts'
import { auditBatched } from '../audit-batched.ts'

/** The policy does not allow the call. */
export class ModelDenied extends ModelError {}

const action = 'model.invoke'
const decisionPoint = new DecisionPoint(() => builtInPolicy(plan))

/**
 * Authorizes and audits each call of `model` in one turn. Throws `ModelError` with the reasons on a denial.
 * `waitUntil` keeps the Worker running until the audit entry is sent.
 */
export function guardedModel(
  model: Model,
  name: string,
  turn: DelegatedAction,
  env: PolicyBindings,
  waitUntil: (work: Promise<unknown>) => void,
): Model {
  return {
    async *answer(request, signal) {
      const decision = await authorizeOnBehalf(decisionPoint, env, turn, {
        action,
        resource: resourceOf(name, turn),
      })
      auditBatched(env, turn, `model:${name}`, decision, waitUntil)
      if (!decision.allowed) throw new ModelDenied(denialText(action, decision.reasons))
      yield* model.answer(request, signal)
    },
  }
}

const resourceOf = (name: string, { session }: DelegatedAction) => ({ kind: 'model', name, ...(session !== undefined && { session }) })

/** The models of `names` that the policy allows the caller to use. */
export async function allowedModels(names: readonly string[], caller: DelegatedAction, env: PolicyBindings): Promise<readonly string[]> {
  const authorize = await authorizerFor(decisionPoint, env, caller)
  const decisions = await Promise.all(names.map((name) => authorize({ action, resource: resourceOf(name, caller) })))
  return names.filter((_, index) => decisions[index]?.allowed)
}
