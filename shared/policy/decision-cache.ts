/**
 * A policy's decisions of the last second. Pure. A decision depends only on the plan, its data, the input and the clock. The cached clock
 * may be one second old, as the policy itself may be.
 */

import type { PolicyInput } from './access-request.ts'
import type { LoadedPolicy } from './bundle.ts'
import type { PolicyDecision } from './decision-result.ts'

/** How long a decision is reused, in milliseconds. */
const ttlMs = 1_000
/** Cached decisions per policy. */
const maxEntries = 1_000
/** Longest cached input, in UTF-16 units of JSON. A longer one holds message text and is unlikely to repeat. */
const maxUnits = 1_000

type Answer = Omit<PolicyDecision, 'input'>

interface Entry {
  readonly since: number
  readonly answers: Map<string, Answer>
}

/** The recent decisions of each loaded policy. */
export class DecisionCache {
  readonly #entries = new WeakMap<LoadedPolicy, Entry>()

  /** The cached decision of `policy` for `input`, or the result of `evaluate`. */
  decision(policy: LoadedPolicy, input: PolicyInput, now: number, evaluate: () => PolicyDecision): PolicyDecision {
    const key = JSON.stringify(input)
    if (key.length > maxUnits) return evaluate()
    const { answers } = this.#entry(policy, now)
    const cached = answers.get(key)
    if (cached) return { ...cached, input }
    const { input: _, ...answer } = evaluate()
    if (answers.size < maxEntries) answers.set(key, answer)
    return { ...answer, input }
  }

  #entry(policy: LoadedPolicy, now: number): Entry {
    const entry = this.#entries.get(policy)
    if (entry && now >= entry.since && now - entry.since < ttlMs) return entry
    const empty = { since: now, answers: new Map<string, Answer>() }
    this.#entries.set(policy, empty)
    return empty
  }
}
