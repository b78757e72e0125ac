/** A policy bundle: a plan with its data and tests, as an uploader signs it. Loads one that was accepted. Pure. */
import { z } from 'zod'
import { textHash } from '../lib/text-hash.ts'
import { loadPlan, type Plan } from '../rego/plan.ts'
import type { RegoValue } from '../rego/value.ts'
import { fail, ok, type Result } from '../result.ts'
import type { PolicyStamp } from './decision-result.ts'
import { allowEntrypoint, reasonsEntrypoint } from './evaluate-policy.ts'
import { type PolicyRefusal, shortDetail } from './policy-refusal.ts'

/** Largest policy text, in UTF-16 units. The built-in policy has about 160,000. */
export const maxPolicyUnits = 800_000

/** An uploaded policy. */
export const PolicyBundle = z.object({
  revision: z.int().min(1).meta({ description: 'Must be higher than the active revision' }),
  plan: z.unknown().meta({ description: "OPA's IR plan: the output of `opa build -t plan`" }),
  data: z.record(z.string(), z.unknown()).optional(),
  tests: z
    .array(z.object({ name: z.string().max(200).optional(), input: z.unknown(), allow: z.boolean() }))
    .min(2)
    .max(1_000)
    .meta({ description: 'Inputs with the expected answer, at least one allowed and one denied' }),
})
export type PolicyBundle = z.infer<typeof PolicyBundle>

/** A policy that is ready for evaluation. */
export interface LoadedPolicy {
  readonly stamp: PolicyStamp
  readonly plan: Plan
  readonly data: RegoValue
  /** The plan as JSON. Explanations load it again with tracing. */
  readonly json: unknown
}

const refuse = (why: PolicyRefusal['why'], detail: string) => fail<PolicyRefusal>({ why, detail })

/** Loads a policy text that was accepted before, or returns why this code cannot use it. */
export function loadPolicy(text: string): Result<LoadedPolicy & { readonly bundle: PolicyBundle }, PolicyRefusal> {
  if (text.length > maxPolicyUnits) return refuse('plan', `it has ${text.length} UTF-16 units, more than ${maxPolicyUnits}`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refuse('plan', 'the text is not JSON')
  }
  const bundle = PolicyBundle.safeParse(json)
  if (!bundle.success) {
    const { path = [], message = '' } = bundle.error.issues[0] ?? {}
    return refuse('plan', `/${path.join('/')}: ${message}`)
  }
  const { revision, plan, data = {} } = bundle.data
  const loaded = loadPlanWith([allowEntrypoint, reasonsEntrypoint], plan)
  if (!loaded.ok) return loaded
  return ok({ stamp: { revision, hash: textHash(text) }, plan: loaded.value, data: data as RegoValue, json: plan, bundle: bundle.data })
}

/** Loads a plan that must have these entry points. */
export function loadPlanWith(entrypoints: readonly string[], json: unknown): Result<Plan, PolicyRefusal> {
  const loaded = loadPlan(json)
  if (!loaded.ok) {
    const { error } = loaded
    if (error.kind === 'malformed') return refuse('plan', shortDetail(error.detail))
    const unknown = [...error.statements.map((name) => `statement ${name}`), ...error.builtins.map((name) => `builtin ${name}`)]
    return refuse('plan', shortDetail(`it needs unsupported parts: ${unknown.slice(0, 20).join(', ')}`))
  }
  for (const entrypoint of entrypoints)
    if (!loaded.value.entrypoints.has(entrypoint)) return refuse('plan', `it has no entry point ${entrypoint}`)
  return ok(loaded.value)
}
