/**
 * A policy's decisions of the last second. Pure. A decision depends only on the plan, its data, the input and the clock. The cached clock
 * may be one second old, as the policy itself may be.
 */

import type { PolicyInput } from './access-request.ts'
import type { LoadedPolicy } from './bundle.ts'
import type { PolicyDecision } from './decision-result.ts'

/** How long a decision is reused, in milliseconds. */
const recentMs = 1_000
/** Cached decisions per policy. */
const maxKept = 1_000
/** Longest cached input, in UTF-16 units of JSON. A longer one holds message text and is unlikely to repeat. */
const maxUnits = 1_000

type Answer = Omit<PolicyDecision, 'input'>

interface Entry {
  readonly since: number
  readonly answers: Map<string, Answer>
}

export class DecisionCache {
  readonly #of = new WeakMap<LoadedPolicy, Entry>()

  /** The cached decision of `policy` for `input`, or the result of `ask`. */
  decision(policy: LoadedPolicy, input: PolicyInput, now: number, ask: () => PolicyDecision): PolicyDecision {
    const question = JSON.stringify(input)
    if (question.length > maxUnits) return ask()
    const { answers } = this.#entry(policy, now)
    const cached = answers.get(question)
    if (cached) return { ...cached, input }
    const { input: _, ...answer } = ask()
    if (answers.size < maxKept) answers.set(question, answer)
    return { ...answer, input }
  }

  #entry(policy: LoadedPolicy, now: number): Entry {
    const entry = this.#of.get(policy)
    if (entry && now >= entry.since && now - entry.since < recentMs) return entry
    const empty = { since: now, answers: new Map<string, Answer>() }
    this.#of.set(policy, empty)
    return empty
  }
}
