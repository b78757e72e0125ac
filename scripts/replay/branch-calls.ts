/** The executor of a branch. It runs no tool: a call that was recorded gets its recorded result, and another policy may deny it. */
import type { Turns } from '../../durable-objects/session/turns.ts'
import type { Event } from '../../shared/events/event.ts'
import { canonicalArguments } from '../../shared/tool/canonical-arguments.ts'
import type { CallJob, CallResult, Executor, Verdict } from '../../shared/tool/executor.ts'

/** Why a policy denies a call, in words for the model. Undefined: it runs. */
export type Denies = (job: CallJob, args: string) => string | undefined

const notRecorded: CallResult = { outcome: 'failed', text: 'This call is not in the recording, so it was not run.' }

const keyOf = (name: string, args: string): string => {
  const canonical = canonicalArguments(args)
  return `${name} ${canonical.ok ? canonical.value : args}`
}

export class BranchCalls implements Executor {
  /** The recorded results by tool and arguments, oldest first. The last one is used again. */
  readonly #results = new Map<string, CallResult[]>()
  readonly #turns: () => Turns
  readonly #denies: Denies

  constructor(events: readonly Event[], turns: () => Turns, denies: Denies) {
    this.#turns = turns
    this.#denies = denies
    const requested = new Map(events.flatMap((event) => (event.type === 'call.requested' ? [[event.call_id, event] as const] : [])))
    for (const event of events) {
      const call = event.type === 'call.ended' && requested.get(event.call_id)
      if (!call || event.outcome === 'cancelled') continue
      const key = keyOf(call.name, call.arguments)
      this.#results.set(key, [...(this.#results.get(key) ?? []), { outcome: event.outcome, text: event.text }])
    }
  }

  async execute(job: CallJob): Promise<void> {
    // The session expects that an executor returns first.
    await Promise.resolve()
    const { calls } = this.#turns()
    if (calls.claim(job)) calls.end(job, this.#result(job))
  }

  async judge(): Promise<Verdict> {
    return { kind: 'end', result: notRecorded }
  }

  #result(job: CallJob): CallResult {
    const denial = this.#denies(job, job.arguments)
    if (denial !== undefined) return { outcome: 'denied', text: denial }
    const results = this.#results.get(keyOf(job.name, job.arguments)) ?? []
    return (results.length > 1 ? results.shift() : results[0]) ?? notRecorded
  }
}
