/** Tells others that a session has changed: its subject's list, and the consumers of its log. Whoever was not reached is due. */

import type { SessionSummary } from '../../shared/api/sessions.ts'
import type { Doorbell, Event } from '../../shared/events/event.ts'
import { failpoint } from '../../shared/failpoints.ts'
import { SessionId, Subject, sessionListObjectName, TenantId } from '../../shared/ids.ts'
import { backoff } from '../../shared/lib/backoff.ts'
import { logFault } from '../../shared/log.ts'
import { type Consumer, consumersOf, queueOf } from './consumers.ts'
import type { Timer, Timers } from './timers.ts'
import type { SessionWriter } from './writer.ts'

/** How long someone may lag until they are told again: doubles up to an hour. Milliseconds. */
const retryMs = 30_000
const maxRetryMs = 3_600_000

/** How long a doorbell waits for company. Milliseconds. */
const coalesceMs = 50

/** The list of a session in which much happens is told no oftener than this: each note is a write to it. Milliseconds. */
const notifyIntervalMs = 100

/** How long whoever asked for a change waits for the list to know. Milliseconds. */
const notifyTimeoutMs = 1_000

/** What a consumer has not acknowledged yet. */
export interface EventPage {
  readonly subject: string
  readonly summary: SessionSummary
  readonly events: Event[]
  readonly last_seq: number
}

/** UTF-16 units of events that one consumer's page may hold: some 4 MB as UTF-8, well below what RPC carries. */
const consumerPageUnits = 1_400_000

/** Half to all of `lagMs · 2^tries`, so that many objects do not ring at once. */
const backoffMs = (tries: number): number => backoff(tries + 1, retryMs, maxRetryMs)

/** Belongs into the transaction of every event: whatever happens to the telling, it is not forgotten. */
export function scheduleDelivery(agenda: Timers, consumers: readonly Consumer[]): void {
  const at = Date.now() + retryMs
  if (!agenda.has('home') && !failpoint('forget-home')) agenda.put('home', '', at)
  for (const consumer of consumers) if (!agenda.has('ring', consumer)) agenda.put('ring', consumer, at)
}

export class Outbox {
  readonly #env: StateEnv
  readonly #ctx: DurableObjectState
  readonly #writer: SessionWriter
  #doorbellTimer: ReturnType<typeof setTimeout> | null = null
  /** The note that is on its way, and the one that waits until it has arrived. */
  #sending: Promise<void> | null = null
  #nextUpdate: Promise<void> | null = null
  #sentAt = 0
  /** Up to where the list knows, as far as this incarnation has told it. */
  #sentSeq = 0
  #throttled: ReturnType<typeof setTimeout> | null = null

  constructor(ctx: DurableObjectState, env: StateEnv, writer: SessionWriter) {
    this.#ctx = ctx
    this.#env = env
    this.#writer = writer
  }

  /**
   * A new incarnation: a doorbell may have been lost with the one before, and a consumer may be new, which has it all before it. What
   * is due already is rung for anyway.
   */
  recover(): void {
    const now = Date.now()
    const { timers } = this.#writer
    const behind = this.#laggingConsumers().filter((consumer) => !timers.isDue('ring', consumer, now))
    if (behind.length === 0) return
    // Once the constructor is through, as `Turns.wake`: it writes nothing.
    this.#ctx.waitUntil(Promise.resolve().then(() => this.#catchUp(behind)))
  }

  #catchUp(behind: readonly Consumer[]): void {
    const { timers } = this.#writer
    const forgotten = behind.filter((consumer) => !timers.has('ring', consumer))
    const at = Date.now() + retryMs
    const plan = () => {
      for (const consumer of forgotten) timers.put('ring', consumer, at)
    }
    if (forgotten.length > 0) this.#writer.write(plan)
    this.#ringConsumersSoon()
  }

  /** Who has not acknowledged all there is. */
  #laggingConsumers(): readonly Consumer[] {
    const { log, state } = this.#writer
    const acknowledged = log.acknowledgements()
    return this.#consumers.filter((consumer) => (acknowledged.get(consumer) ?? 0) < state.seq)
  }

  get #consumers(): readonly Consumer[] {
    return consumersOf(this.#env)
  }

  /** Whether the list is being told of something: more is going on than one change after the other. */
  get flushing(): boolean {
    return this.#sending !== null
  }

  /** Tells everyone, after the commit. Resolves when the subject's list knows, or will not soon: it is due then. */
  async flush(): Promise<void> {
    this.#ringConsumersSoon()
    await new Promise<void>((resolve) => {
      const enough = setTimeout(resolve, notifyTimeoutMs)
      void this.#notifyListSafely().then(() => {
        clearTimeout(enough)
        resolve()
      })
    })
  }

  /** The same, but if the list was told just now, it is told again in a moment, and nobody waits for it. */
  async flushSoon(): Promise<void> {
    if (!this.#sending && !this.#throttled && Date.now() >= this.#sentAt + notifyIntervalMs) return this.flush()
    this.#ringConsumersSoon()
    this.#throttled ??= setTimeout(() => {
      this.#throttled = null
      void this.#notifyListSafely()
    }, notifyIntervalMs)
  }

  /** What happens together is one doorbell, out of the way of what the user waits for. If the object dies first, it is due anyway. */
  #ringConsumersSoon(): void {
    this.#doorbellTimer ??= setTimeout(() => {
      this.#doorbellTimer = null
      const { turns, running, paused } = this.#writer.state
      for (const consumer of this.#laggingConsumers()) this.#ring(queueOf(this.#env, consumer))
      // Nobody has started what was accepted: ask for it by way of the queue.
      if (turns.length > 0 && !running && !paused && !failpoint('doorbell-off')) this.#ring(this.#env.CONVERSATION_INBOUND)
    }, coalesceMs)
  }

  /** The row is due: someone may not know yet. */
  async onTimer(due: Timer): Promise<void> {
    const { timers, state } = this.#writer
    if (due.kind === 'ring') {
      // Who has it all meanwhile, or is no longer asked to, is let go.
      const behind = this.#laggingConsumers().find((consumer) => consumer === due.key)
      if (behind) this.#ring(queueOf(this.#env, behind))
      return this.#writer.write(() => (behind ? this.backOff(due) : timers.drop('ring', due.key)))
    }
    await this.#notifyList()
    this.#writer.write(() => (this.#writer.state.seq === state.seq ? timers.drop('home') : timers.put('home', '', Date.now() + retryMs)))
  }

  /** Tried without success, or not yet known: later, and later each time. */
  backOff({ kind, key, tries }: Timer): void {
    this.#writer.timers.put(kind, key, Date.now() + backoffMs(tries + 1), tries + 1)
  }

  /**
   * A consumer has applied everything up to `seq`. Its row stays until it is due, and is looked at then: one that goes with every
   * acknowledgement and comes back with the next event would cost each answer two rows more for each consumer. But who was away is
   * there again, and need not wait as long as then.
   */
  acknowledge(name: string, seq: number): void {
    const { timers, log, state } = this.#writer
    if (!log.exists) return
    this.#writer.write(() => {
      log.acknowledge(name, Math.min(seq, state.seq))
      if (!timers.tries('ring', name)) return
      if (seq >= state.seq) timers.drop('ring', name)
      else timers.put('ring', name, Date.now() + retryMs)
    })
  }

  /** The events that consumer `name` has not acknowledged, at most `limit`. */
  unacknowledged(name: string, limit: number): EventPage {
    const { log, state } = this.#writer
    const events: Event[] = []
    let units = 0
    for (const { seq, at, body } of log.after(log.acknowledged(name))) {
      const event: Event = { seq, at, ...JSON.parse(body) }
      // Copied by a fork: it has had its effects where it came from.
      if (event.origin) continue
      units += body.length
      if (events.length === limit || (events.length > 0 && units > consumerPageUnits)) break
      events.push(event)
    }
    return { subject: state.subject ?? '', summary: this.summary(), events, last_seq: state.seq }
  }

  /** The session as lists show it. */
  summary(): SessionSummary {
    const { log, state } = this.#writer
    return {
      session_id: log.session,
      title: state.title,
      state: state.paused ? 'paused' : state.turns.length > 0 ? 'running' : 'idle',
      created_at: state.createdAt,
      updated_at: state.at,
      last_turn_id: state.lastTurnId,
    }
  }

  #notifyListSafely(): Promise<void> {
    return this.#notifyList().catch((error) => logFault('home.unreachable', error, { session: this.#writer.log.session }))
  }

  /** One note at a time; whoever comes meanwhile shares the next, which says all that has happened by then. */
  #notifyList(): Promise<void> {
    if (this.#sending) {
      this.#nextUpdate ??= this.#sending
        .catch(() => {})
        .then(() => {
          this.#nextUpdate = null
          return this.#notifyList()
        })
      return this.#nextUpdate
    }
    const noting = this.#sendToList().finally(() => {
      this.#sending = null
    })
    this.#sending = noting
    return noting
  }

  async #sendToList(): Promise<void> {
    const { log, state } = this.#writer
    if (!state.subject || state.seq <= this.#sentSeq) return
    this.#sentAt = Date.now()
    const home = this.#env.HOME.getByName(sessionListObjectName(TenantId.parse(log.tenant), Subject.parse(state.subject)))
    await home.note({ summary: this.summary(), seq: state.seq, deleted: state.deleted })
    this.#sentSeq = state.seq
  }

  #ring(queue: Queue): void {
    const { log, state } = this.#writer
    const doorbell: Doorbell = { tenant: log.tenant, session: SessionId.parse(log.session), seq: state.seq }
    this.#ctx.waitUntil(queue.send(doorbell).catch((error) => logFault('doorbell.failed', error, { session: log.session })))
  }
}
