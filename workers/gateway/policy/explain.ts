/** Explains a decision of the policy and the constitution in force. */

import type { PolicyInput } from '../../../shared/policy/access-request.ts'
import { type LoadedPolicy, trialFuel } from '../../../shared/policy/bundle.ts'
import { constitutionPoint } from '../../../shared/policy/constitution/apply.ts'
import { articleWords, type LoadedConstitution } from '../../../shared/policy/constitution/constitution.ts'
import { allowPoint } from '../../../shared/policy/decide.ts'
import { type Explainer, type Explanation, loadExplainer } from '../../../shared/policy/explain.ts'
import { isUsable, type PoliciesInForce } from '../../../shared/policy/policy-cache.ts'
import type { PolicyDecision } from '../../../shared/policy/policy-decision.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import { authorizer } from './enforce.ts'

export interface Told extends Pick<PolicyDecision, 'allowed' | 'reasons' | 'policy'>, Pick<Explanation, 'rules' | 'inputs' | 'changes'> {
  readonly articles: readonly { readonly article: string; readonly says: string }[]
}

/** Explainers cost as much to load as a policy, and are asked seldom: the last ones are kept, of a policy and of the constitution. */
const explainers = new Map<string, Explainer>()
const maxExplainers = 2

function explainerOf({ stamp, json }: LoadedPolicy): Explainer {
  const known = explainers.get(stamp.hash)
  if (known) return known
  const made = loadExplainer(json)
  if (!made.ok) throw new Error('a policy in force that cannot be explained')
  const [oldest] = explainers.keys()
  if (oldest !== undefined && explainers.size >= maxExplainers) explainers.delete(oldest)
  explainers.set(stamp.hash, made.value)
  return made.value
}

/** Null: what is in force cannot be used by this code. */
export function explainInForce(inForce: PoliciesInForce, input: unknown, at: number): Result<Told, string> | null {
  const { policy, constitution } = inForce
  if (!isUsable(policy) || (constitution && !isUsable(constitution))) return null
  // It is asked some hundred times over, so each time may cost less.
  const terms = { at, fuel: trialFuel }
  const told = explainerOf(policy).explain(allowPoint, input, { ...terms, data: policy.data })
  if (!told.ok) return fail(told.error.message)
  const asked = input as PolicyInput
  const ruling = authorizer.applyConstitution(inForce, authorizer.rule(inForce, asked, at), asked, at)
  const { allowed, reasons, policy: stamp } = ruling
  const answer = { allowed, reasons: [...reasons], policy: stamp }
  if (!constitution) return ok({ ...answer, articles: [], ...parts(told.value) })
  const more = explainerOf(authorizer.builtIn).explain(constitutionPoint, input, { ...terms, data: constitution.data })
  if (!more.ok) return fail(more.error.message)
  return ok({ ...answer, articles: articlesIn(constitution, reasons), ...both(told.value, more.value) })
}

const parts = ({ rules, inputs, changes }: Explanation) => ({ rules, inputs, changes })

/** Both must allow: what would have changed the answer is what changes the only one that denies, or either where both allow. */
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
