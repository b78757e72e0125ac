/** Explains a decision by the active policy and constitution. */
import type { PolicyInput } from '../../../shared/policy/access-request.ts'
import { type LoadedPolicy, trialFuel } from '../../../shared/policy/bundle.ts'
import { constitutionPoint } from '../../../shared/policy/constitution/apply.ts'
import { articleWords, type LoadedConstitution } from '../../../shared/policy/constitution/constitution.ts'
import type { PolicyDecision } from '../../../shared/policy/decision-result.ts'
import { allowPoint } from '../../../shared/policy/evaluate-policy.ts'
import { type Explainer, type Explanation, loadExplainer } from '../../../shared/policy/explain.ts'
import { type ActivePolicies, isUsable } from '../../../shared/policy/policy-cache.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { decisionPoint } from './enforce.ts'

/** The decision, with the rules and inputs that led to it and the changes that would alter it. */
export interface DecisionExplanation
  extends Pick<PolicyDecision, 'allowed' | 'reasons' | 'policy'>,
    Pick<Explanation, 'rules' | 'inputs' | 'changes'> {
  readonly articles: readonly { readonly article: string; readonly says: string }[]
}

/** The last explainers: one of a policy, one of the constitution. An explainer takes as long to load as a policy. */
const explainers = new Map<string, Explainer>()
const maxExplainers = 2

function explainerOf({ stamp, json }: LoadedPolicy): Explainer {
  const cached = explainers.get(stamp.hash)
  if (cached) return cached
  const loaded = loadExplainer(json)
  if (!loaded.ok) throw new Error('the active policy cannot be loaded for an explanation')
  const [oldest] = explainers.keys()
  if (oldest !== undefined && explainers.size >= maxExplainers) explainers.delete(oldest)
  explainers.set(stamp.hash, loaded.value)
  return loaded.value
}

/** Explains the decision for `input`; null: this version cannot load the active policy or constitution. */
export function explainDecision(policies: ActivePolicies, input: unknown, at: number): Result<DecisionExplanation, string> | null {
  const { policy, constitution } = policies
  if (!isUsable(policy) || (constitution && !isUsable(constitution))) return null
  // An explanation evaluates the policy hundreds of times, so each evaluation gets less fuel.
  const options = { at, fuel: trialFuel }
  const byPolicy = explainerOf(policy).explain(allowPoint, input, { ...options, data: policy.data })
  if (!byPolicy.ok) return fail(byPolicy.error.message)
  const request = input as PolicyInput
  const decision = decisionPoint.applyConstitution(policies, decisionPoint.decide(policies, request, at), request, at)
  const { allowed, reasons, policy: stamp } = decision
  const body = { allowed, reasons: [...reasons], policy: stamp }
  if (!constitution) return ok({ ...body, articles: [], ...parts(byPolicy.value) })
  const byConstitution = explainerOf(decisionPoint.builtIn).explain(constitutionPoint, input, { ...options, data: constitution.data })
  if (!byConstitution.ok) return fail(byConstitution.error.message)
  return ok({ ...body, articles: articlesIn(constitution, reasons), ...both(byPolicy.value, byConstitution.value) })
}

const parts = ({ rules, inputs, changes }: Explanation) => ({ rules, inputs, changes })

/** Policy and constitution must both allow. If only one denies, its changes count. If both allow, the changes of either count. */
function both(policy: Explanation, constitution: Explanation): Pick<Explanation, 'rules' | 'inputs' | 'changes'> {
  const inputs = new Map([...constitution.inputs, ...policy.inputs].map((read) => [read.pointer, read]))
  return { rules: [...constitution.rules, ...policy.rules], inputs: [...inputs.values()], changes: changesOf(policy, constitution) }
}

function changesOf(policy: Explanation, constitution: Explanation): Explanation['changes'] {
  if (policy.answer === true && constitution.answer === true) return [...policy.changes, ...constitution.changes]
  if (policy.answer === true) return constitution.changes
  return constitution.answer === true ? policy.changes : []
}

const articlesIn = ({ document }: LoadedConstitution, reasons: readonly string[]) =>
  document.rules
    .filter(({ article, says }) => reasons.includes(articleWords(article, says)))
    .map(({ article, says }) => ({ article, says }))
