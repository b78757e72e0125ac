/**
 * What a policy has decided in the last second. The same question again has the same answer: a policy knows nothing but its plan, its
 * data, the question and the clock, and may be a second behind the clock as it may be behind its own replacement. Pure.
 */

import type { PolicyInput } from './access-request.ts'
import type { LoadedPolicy } from './bundle.ts'
import type { PolicyDecision } from './policy-decision.ts'

/** How long an answer counts. Milliseconds. */
const recentMs = 1_000
/** Answers that are kept of one policy. */
const maxKept = 1_000
/** A longer question, in UTF-16 units of JSON, is likely never asked again: it holds what somebody says. */
const maxUnits = 1_000

type Answer = Omit<PolicyDecision, 'input'>

interface Entry {
  readonly since: number
  readonly answers: Map<string, Answer>
}

export class DecisionCache {
  readonly #of = new WeakMap<LoadedPolicy, Entry>()

  /** What `policy` says to `input`: what it has said just now, or what `ask` finds. */
  decision(policy: LoadedPolicy, input: PolicyInput, now: number, ask: () => PolicyDecision): PolicyDecision {
    const question = JSON.stringify(input)
    if (question.length > maxUnits) return ask()
    const { answers } = this.#kept(policy, now)
    const known = answers.get(question)
    if (known) return { ...known, input }
    const { input: _, ...answer } = ask()
    if (answers.size < maxKept) answers.set(question, answer)
    return { ...answer, input }
  }

  #kept(policy: LoadedPolicy, now: number): Entry {
    const kept = this.#of.get(policy)
    if (kept && now >= kept.since && now - kept.since < recentMs) return kept
    const empty = { since: now, answers: new Map<string, Answer>() }
    this.#of.set(policy, empty)
    return empty
  }
}
