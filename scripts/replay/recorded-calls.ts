/** Plays what happened to the calls of a recorded turn: claims, questions, decisions and results, in the recorded order. */
import type { Turns } from '../../durable-objects/session/turns.ts'
import type { Event } from '../../shared/events/event.ts'
import { Subject } from '../../shared/ids.ts'
import { type Ask, askFields } from '../../shared/tool/ask.ts'
import type { CallJob, Executor, Verdict } from '../../shared/tool/executor.ts'

/** An event of a call. */
type CallEvent = Extract<Event, { call_id: string }>

/** What a parked call asks, in the order of its fields. */
function askOf(event: Extract<Event, { type: 'call.parked' }>): Ask | undefined {
  const fields = Object.entries(event).filter(([name]) => Object.hasOwn(askFields, name))
  return fields.length > 0 ? (Object.fromEntries(fields) as Ask) : undefined
}

/** The executor of a replay. It runs no tool. `play` does what the recorded executor and users did. */
export class RecordedCalls implements Executor {
  /** The newest job of each call, in the order of the requests. */
  readonly #jobs = new Map<string, CallJob>()
  readonly #recorded: readonly CallEvent[]
  readonly #turnId: string
  /** The recorded ids, in the order of the requests. */
  readonly #ids: readonly string[]
  #verdict: Verdict | undefined

  constructor(turnId: string, events: readonly Event[]) {
    this.#turnId = turnId
    this.#recorded = events.filter((event): event is CallEvent => 'call_id' in event)
    this.#ids = this.#recorded.flatMap((event) => (event.type === 'call.requested' ? [event.call_id] : []))
  }

  async execute(job: CallJob): Promise<void> {
    if (job.turn_id === this.#turnId) this.#jobs.set(job.call_id, job)
    // The session asks for the call again when an executor returns without a result.
    return new Promise(() => {})
  }

  async judge(): Promise<Verdict> {
    if (!this.#verdict) throw new Error('nobody decided this call')
    return this.#verdict
  }

  /** Does what led to `event`. `requested`: the ids of the calls that the replay has requested so far. False: it cannot be done now. */
  async play(event: CallEvent, turns: Turns, requested: readonly string[]): Promise<boolean> {
    const call_id = requested[this.#ids.indexOf(event.call_id)]
    if (call_id === undefined) return false
    const job = this.#jobs.get(call_id)
    const { calls } = turns
    switch (event.type) {
      case 'call.claimed':
        return job !== undefined && calls.claim(job)
      case 'call.parked':
        return job !== undefined && calls.awaitUser(job, event.reason, event.until, askOf(event))
      case 'call.decided':
        return this.#decide(event, call_id, turns)
      case 'call.ended': {
        if (this.#before(event)?.type === 'call.parked') {
          calls.onTimer({ kind: 'call', key: call_id, at: event.at, tries: 0 })
          return true
        }
        const { outcome, text } = event
        return job !== undefined && outcome !== 'cancelled' && calls.end(job, { outcome, text })
      }
      default:
        return false
    }
  }

  async #decide(event: Extract<CallEvent, { type: 'call.decided' }>, call_id: string, { calls }: Turns): Promise<boolean> {
    const { approved, by, reason, answer, remember, arguments: edited, binding, grant } = event
    const need = binding === undefined ? null : { binding, grant: grant ?? null }
    const text = edited ?? this.#jobs.get(call_id)?.arguments ?? '{}'
    // Without `rule: once`, the decision is remembered only if the user said so.
    this.#verdict = need ? { kind: 'ask', arguments: text, need, reason: '', ask: { rule: 'ask' } } : { kind: 'run', arguments: text }
    const wanted = { approved, reason, answer, remember, ...(edited !== undefined && { arguments: JSON.parse(edited) }) }
    const decided = await calls.decisions.decide(call_id, wanted, Subject.parse(by))
    return decided.ok
  }

  #before(event: CallEvent): CallEvent | undefined {
    return this.#recorded.findLast(({ call_id, seq }) => call_id === event.call_id && seq < event.seq)
  }
}
