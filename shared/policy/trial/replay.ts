/** Decides recorded requests again, with a candidate policy or constitution. Pure: the clock and the pause are arguments. */
import { z } from 'zod'
import { FuelMeter } from '../../rego/meter.ts'
import type { Plan } from '../../rego/plan.ts'
import type { RegoValue } from '../../rego/value.ts'
import { fail, ok, type Result } from '../../result.ts'
import { loadPlanWith, maxPolicyUnits } from '../bundle.ts'
import { violations } from '../constitution/apply.ts'
import { type LoadedConstitution, loadConstitution } from '../constitution/constitution.ts'
import { allowPoint, evaluatePolicy } from '../evaluate-policy.ts'
import { type PolicyRefusal, shortDetail } from '../policy-refusal.ts'
import type { ReplayAnswers, ReplaySetup } from '../sandbox.ts'
import type { RecordedDecision } from '../what-if.ts'
import { type Pause, trialFuel, turnFuel } from './turns.ts'

/** The answer to one recorded decision, and the fuel that it took. */
interface Decided {
  readonly answer: ReplayAnswers['answers'][number]
  readonly fuel: number
  readonly fault?: string
}

/** Decides one recorded request. */
export type RecordedDecider = (recorded: RecordedDecision) => Decided

const PlanAndData = z.object({ plan: z.unknown(), data: z.record(z.string(), z.unknown()).default({}) })

/** The plan and data of `{plan, data}` as JSON text. */
export function parsePolicy(text: string): Result<{ readonly json: unknown; readonly data: RegoValue }, PolicyRefusal> {
  if (text.length > maxPolicyUnits) return fail({ why: 'plan', detail: `it has ${text.length} UTF-16 units, more than ${maxPolicyUnits}` })
  const { plan, data } = PlanAndData.parse(JSON.parse(text))
  return ok({ json: plan, data: data as RegoValue })
}

/** Loads `setup`. `builtIn` has the constitution's entry points. */
export function loadReplay({ policy, constitution, skipsTexts }: ReplaySetup, builtIn: Plan): Result<RecordedDecider, PolicyRefusal> {
  const rules = constitution === null ? null : (loadConstitution(constitution) ?? 'unusable')
  const narrow = narrowing(rules, skipsTexts, builtIn)
  if (policy === null) return ok((recorded) => (recorded.allowed ? narrow(recorded, 0) : { answer: 'denied', fuel: 0 }))
  const parsed = parsePolicy(policy)
  if (!parsed.ok) return parsed
  const { json, data } = parsed.value
  const plan = loadPlanWith([allowPoint], json)
  if (!plan.ok) return plan
  return ok((recorded) => {
    const { allowed, reason, detail, fuel } = evaluatePolicy(plan.value, recorded.input, { data, fuel: trialFuel, at: recorded.at })
    // A fault does not report its fuel, and may have used all of it.
    if (reason === 'fault') return { answer: 'fault', fuel: trialFuel, fault: detail.join(', ') }
    return allowed ? narrow(recorded, fuel) : { answer: 'denied', fuel }
  })
}

/** The constitution's part in an allowed decision. `fuel`: what the policy took. */
function narrowing(rules: LoadedConstitution | 'unusable' | null, skipsTexts: boolean, builtIn: Plan) {
  return ({ input, at }: RecordedDecision, fuel: number): Decided => {
    if (rules === null) return { answer: 'allowed', fuel }
    if (rules === 'unusable') return { answer: 'denied', fuel }
    if (skipsTexts && rules.reads.has(actionOf(input))) return { answer: 'skipped', fuel }
    const meter = new FuelMeter(trialFuel)
    const refusals = violations(builtIn, rules, input, { at, meter })
    const used = fuel + trialFuel - meter.fuel
    if (!refusals.ok) return { answer: 'fault', fuel: used, fault: refusals.error.message }
    return { answer: refusals.value.length === 0 ? 'allowed' : 'denied', fuel: used }
  }
}

const actionOf = (input: unknown): string => (typeof input === 'object' && input !== null && 'action' in input ? String(input.action) : '')

/** Decides `recorded` in turns, and stops when `maxMs` have passed. Decides at least one. */
export async function replay(
  decide: RecordedDecider,
  recorded: readonly RecordedDecision[],
  { maxMs, now, pause }: { readonly maxMs: number; readonly now: () => number; readonly pause: Pause },
): Promise<ReplayAnswers> {
  const startedAt = now()
  const answers: ReplayAnswers['answers'] = []
  let fault: string | null = null
  let fuel = 0
  for (const one of recorded) {
    const decided = decide(one)
    answers.push(decided.answer)
    if (decided.fault !== undefined) fault ??= shortDetail(decided.fault)
    fuel += decided.fuel
    if (fuel >= turnFuel) {
      fuel = 0
      await pause()
    }
    if (now() - startedAt > maxMs) break
  }
  return { answers, fault }
}
