/** A simulated user who decides about waiting calls: approvals, and calls that a fault has cut off. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Event } from '../../shared/events/event.ts'
import { logOf } from './audit.ts'
import type { SessionRecord } from './ledger.ts'
import type { Random } from './random.ts'
import type { System } from './system.ts'

type Parked = Extract<Event, { type: 'call.parked' }>

/** Between two looks at the sessions. Milliseconds. */
const lookMs = 700
/** How long the logs of a session show no unfinished turn before it is looked at no longer. Milliseconds. */
const quietMs = 20_000

export class Decider {
  readonly #system: System
  readonly #records: readonly SessionRecord[]
  readonly #random: Random
  readonly #quietSince = new Map<string, number>()
  readonly #stopped = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(system: System, records: readonly SessionRecord[], random: Random) {
    this.#system = system
    this.#records = records
    this.#random = random
  }

  start(): void {
    this.#running = this.#run()
  }

  stop(): Promise<void> {
    this.#stopped.abort()
    return this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      for (const { session, unattended } of this.#records) {
        // Nobody may wake an unattended session.
        if (unattended || Date.now() - (this.#quietSince.get(session) ?? Date.now()) > quietMs) continue
        // A fault may hit any request. The next look repeats it.
        await this.#look(session).catch(() => {})
      }
      await sleep(lookMs)
    }
  }

  async #look(session: string): Promise<void> {
    const log = await logOf(this.#system, session)
    const count = (type: Event['type']) => log.filter((event) => event.type === type).length
    if (count('turn.accepted') > count('turn.ended')) this.#quietSince.delete(session)
    else if (!this.#quietSince.has(session)) this.#quietSince.set(session, Date.now())
    for (const parked of log) if (parked.type === 'call.parked' && isWaiting(log, parked)) await this.#decide(session, log, parked)
  }

  async #decide(session: string, log: readonly Event[], parked: Parked): Promise<void> {
    const path = `/v1/sessions/${session}/calls/${parked.call_id}`
    if (parked.ask === 'effect') {
      const outcome = this.#resolutionOf(log, parked)
      await this.#system.alice.once('POST', `${path}/resolution`, { outcome })
      return
    }
    const choice = this.#random.below(5)
    const body = choice === 0 ? { approved: false, reason: 'not now' } : { approved: true, ...(choice === 1 && { remember: true }) }
    await this.#system.alice.once('POST', `${path}/decision`, { ...body, binding: parked.binding })
  }

  /** What a user knows who sees the effects of the key: if there are none, the call had none either. */
  #resolutionOf(log: readonly Event[], { call_id }: Parked): 'again' | 'given_up' {
    const requested = log.find((event) => event.type === 'call.requested' && event.call_id === call_id)
    const { key } = JSON.parse(requested?.type === 'call.requested' ? requested.arguments : '{}') as { key?: string }
    return this.#system.effects.counts.has(key ?? '') ? 'given_up' : 'again'
  }
}

/** Whether nothing has happened to the call since it was asked. */
const isWaiting = (log: readonly Event[], parked: Parked): boolean =>
  !log.some((event) => event.seq > parked.seq && 'call_id' in event && event.call_id === parked.call_id)
