/** Explains a decision of a policy and a constitution together. Both must allow. Portable: it caches the last explainers. */
import { z } from 'zod'
import { textHash } from '../../lib/text-hash.ts'
import { fail, ok, type Result } from '../../result.ts'
import { constitutionEntrypoint } from '../constitution/apply.ts'
import { loadConstitution } from '../constitution/constitution.ts'
import { allowEntrypoint } from '../evaluate-policy.ts'
import { type ExplanationRequest, maxExplanationUnits } from '../sandbox.ts'
import { type Explainer, type Explanation, loadExplainer } from './explain.ts'
import { parsePolicy } from './replay.ts'
import { trialFuel } from './time-slices.ts'

/** Cached explainers: one of a policy, one of the constitution. */
const maxExplainers = 2
const Question = z.object({ input: z.unknown() })

/** Explains decisions. Caches a few explainers, because each takes as long to load as a policy. */
export class RuleExplainer {
  readonly #builtIn: unknown
  readonly #explainers = new Map<string, Explainer>()

  /** `builtIn`: the JSON of a plan with the constitution's entry points. */
  constructor(builtIn: unknown) {
    this.#builtIn = builtIn
  }

  /** JSON of `ExplainedRules`, or why there is none. */
  explain({ policy, constitution, question, at }: ExplanationRequest): Result<string, string> {
    const { input } = Question.parse(JSON.parse(question))
    const parsed = parsePolicy(policy)
    if (!parsed.ok) return fail(parsed.error.detail)
    // An explanation evaluates the policy hundreds of times, so each evaluation gets less fuel than a decision.
    const options = { at, fuel: trialFuel }
    const byPolicy = this.#explainerOf(textHash(policy), parsed.value.json).explain(allowEntrypoint, input, {
      ...options,
      data: parsed.value.data,
    })
    if (!byPolicy.ok) return fail(byPolicy.error.message)
    if (constitution === null) return toText(byPolicy.value)
    const rules = loadConstitution(constitution)
    if (!rules) return fail('the constitution cannot be loaded')
    const byConstitution = this.#explainerOf('constitution', this.#builtIn).explain(constitutionEntrypoint, input, {
      ...options,
      data: rules.data,
    })
    if (!byConstitution.ok) return fail(byConstitution.error.message)
    return toText(combine(byPolicy.value, byConstitution.value))
  }

  #explainerOf(key: string, json: unknown): Explainer {
    const cached = this.#explainers.get(key)
    if (cached) return cached
    const loaded = loadExplainer(json)
    if (!loaded.ok) throw new Error('the active policy cannot be loaded for an explanation')
    const [oldest] = this.#explainers.keys()
    if (oldest !== undefined && this.#explainers.size >= maxExplainers) this.#explainers.delete(oldest)
    this.#explainers.set(key, loaded.value)
    return loaded.value
  }
}

function toText({ rules, inputs, changes }: Pick<Explanation, 'rules' | 'inputs' | 'changes'>): Result<string, string> {
  const text = JSON.stringify({ rules, inputs, changes })
  return text.length > maxExplanationUnits ? fail('its explanation is too long') : ok(text)
}

/** If only one denies, its changes count. If both allow, the changes of either count. */
function combine(policy: Explanation, constitution: Explanation): Pick<Explanation, 'rules' | 'inputs' | 'changes'> {
  const inputs = new Map([...constitution.inputs, ...policy.inputs].map((read) => [read.pointer, read]))
  return { rules: [...constitution.rules, ...policy.rules], inputs: [...inputs.values()], changes: changesOf(policy, constitution) }
}

function changesOf(policy: Explanation, constitution: Explanation): Explanation['changes'] {
  if (policy.answer === true && constitution.answer === true) return [...policy.changes, ...constitution.changes]
  if (policy.answer === true) return constitution.changes
  return constitution.answer === true ? policy.changes : []
}
