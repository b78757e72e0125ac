/** Decides recorded requests again, with a candidate policy or constitution. Pure: the clock and the pause are arguments. */
import { z } from 'zod'
import { FuelMeter } from '../../rego/meter.ts'
import type { Plan } from '../../rego/plan.ts'
import type { RegoValue } from '../../rego/value.ts'
import { fail, ok, type Result } from '../../result.ts'
import { loadPlanWith, maxPolicyUnits } from '../bundle.ts'
import { violations } from '../constitution/apply.ts'
import { type LoadedConstitution, loadConstitution } from '../constitution/constitution.ts'
import type { RecordedDecision } from '../decision-comparison.ts'
import { allowEntrypoint, evaluatePolicy } from '../evaluate-policy.ts'
import { type PolicyRefusal, shortDetail } from '../policy-refusal.ts'
import type { ReplayAnswers, ReplaySetup } from '../sandbox.ts'
import { type Pause, sliceFuel, trialFuel } from './time-slices.ts'

/** The answer to one recorded decision, and the fuel that it used. */
interface ReplayedDecision {
  readonly answer: ReplayAnswers['answers'][number]
  readonly fuel: number
  readonly fault?: string
}

/** Decides one recorded request. */
export type RecordedDecider = (recorded: RecordedDecision) => ReplayedDecision

const PlanAndData = z.object({ plan: z.unknown(), data: z.record(z.string(), z.unknown()).default({}) })

/** The plan and data of `{plan, data}` as JSON text. */
export function parsePolicy(text: string): Result<{ readonly json: unknown; readonly data: RegoValue }, PolicyRefusal> {
  if (text.length > maxPolicyUnits) return fail({ why: 'plan', detail: `it has ${text.length} UTF-16 units, more than ${maxPolicyUnits}` })
  const { plan, data } = PlanAndData.parse(JSON.parse(text))
  return ok({ json: plan, data: data as RegoValue })
}

/** Loads the policy and the constitution of a replay. `builtIn` has the constitution's entry points. */
export function loadReplay({ policy, constitution, skipsTexts }: ReplaySetup, builtIn: Plan): Result<RecordedDecider, PolicyRefusal> {
  const rules = constitution === null ? null : (loadConstitution(constitution) ?? 'unusable')
  const applyConstitution = constitutionStep(rules, skipsTexts, builtIn)
  if (policy === null) return ok((recorded) => (recorded.allowed ? applyConstitution(recorded, 0) : { answer: 'denied', fuel: 0 }))
  const parsed = parsePolicy(policy)
  if (!parsed.ok) return parsed
  const { json, data } = parsed.value
  const plan = loadPlanWith([allowEntrypoint], json)
  if (!plan.ok) return plan
  return ok((recorded) => {
    const { allowed, reason, detail, fuel } = evaluatePolicy(plan.value, recorded.input, { data, fuel: trialFuel, at: recorded.at })
    // A fault does not report its fuel, and may have used all of it.
    if (reason === 'fault') return { answer: 'fault', fuel: trialFuel, fault: detail.join(', ') }
    return allowed ? applyConstitution(recorded, fuel) : { answer: 'denied', fuel }
  })
}

/** The constitution's part in an allowed decision. `fuel`: the fuel that the policy used. */
function constitutionStep(rules: LoadedConstitution | 'unusable' | null, skipsTexts: boolean, builtIn: Plan) {
  return ({ input, at }: RecordedDecision, fuel: number): ReplayedDecision => {
    if (rules === null) return { answer: 'allowed', fuel }
    if (rules === 'unusable') return { answer: 'denied', fuel }
    if (skipsTexts && rules.reads.has(actionOf(input))) return { answer: 'skipped', fuel }
    const meter = new FuelMeter(trialFuel)
    const violated = violations(builtIn, rules, input, { at, meter })
    const usedFuel = fuel + trialFuel - meter.fuel
    if (!violated.ok) return { answer: 'fault', fuel: usedFuel, fault: violated.error.message }
    return { answer: violated.value.length === 0 ? 'allowed' : 'denied', fuel: usedFuel }
  }
}

const actionOf = (input: unknown): string => (typeof input === 'object' && input !== null && 'action' in input ? String(input.action) : '')

/** Decides `recorded` in time slices, and stops when `maxMs` have passed. Decides at least one. */
export async function replay(
  decide: RecordedDecider,
  recorded: readonly RecordedDecision[],
  { maxMs, now, pause }: { readonly maxMs: number; readonly now: () => number; readonly pause: Pause },
): Promise<ReplayAnswers> {
  const startedAt = now()
  const answers: ReplayAnswers['answers'] = []
  let fault: string | null = null
  let fuel = 0
  for (const decision of recorded) {
    const result = decide(decision)
    answers.push(result.answer)
    if (result.fault !== undefined) fault ??= shortDetail(result.fault)
    fuel += result.fuel
    if (fuel >= sliceFuel) {
      fuel = 0
      await pause()
    }
    if (now() - startedAt > maxMs) break
  }
  return { answers, fault }
}
