/** Delivers a session's log to its consumers: sends doorbells, serves pages and records acknowledgements. */
import type { SessionSummary } from '../../shared/api/sessions.ts'
import type { Doorbell } from '../../shared/events/doorbell.ts'
import type { Event } from '../../shared/events/event.ts'
import { failpoint } from '../../shared/failpoints.ts'
import { SessionId } from '../../shared/ids.ts'
import { logger } from '../logger.ts'
import { type Consumer, consumersOf, queueOf } from './consumers.ts'
import type { ListNotifier } from './list-notifier.ts'
import { retryMs, type Timer } from './timers.ts'
import type { SessionWriter } from './writer.ts'

/** How long doorbells are collected before they are sent. Milliseconds. */
const coalesceMs = 50
/** UTF-16 units of events in one consumer page: about 4 MB as UTF-8, well below the RPC limit. */
const consumerPageUnits = 1_400_000

/** The events that a consumer has not acknowledged yet. */
export interface EventPage {
  readonly subject: string
  readonly summary: SessionSummary
  readonly events: Event[]
  readonly last_seq: number
  /** The gateway's requests that started the events' turns, by turn id, if known. For log lines. */
  readonly requests: Readonly<Record<string, string>>
}

export class Outbox {
  readonly #env: StateEnv
  readonly #ctx: DurableObjectState
  readonly #writer: SessionWriter
  readonly #list: ListNotifier
  #doorbellTimer: ReturnType<typeof setTimeout> | null = null

  constructor(ctx: DurableObjectState, env: StateEnv, writer: SessionWriter, list: ListNotifier) {
    this.#ctx = ctx
    this.#env = env
    this.#writer = writer
    this.#list = list
  }

  /**
   * Recovers after a restart. A doorbell may have been lost with the previous incarnation, and a consumer may be new. Timers that are
   * due already send their doorbells anyway.
   */
  recover(): void {
    const now = Date.now()
    const { timers } = this.#writer
    const lagging = this.#laggingConsumers().filter((consumer) => !timers.isDue('ring', consumer, now))
    if (lagging.length === 0) return
    // Deferred, because the constructor must not write.
    this.#ctx.waitUntil(Promise.resolve().then(() => this.#catchUp(lagging)))
  }

  #catchUp(lagging: readonly Consumer[]): void {
    const { timers } = this.#writer
    const unscheduled = lagging.filter((consumer) => !timers.has('ring', consumer))
    const at = Date.now() + retryMs
    const schedule = () => {
      for (const consumer of unscheduled) timers.put('ring', consumer, at)
    }
    if (unscheduled.length > 0) this.#writer.write(schedule)
    this.#sendDoorbellsSoon()
  }

  /** The consumers that have not acknowledged the last event. */
  #laggingConsumers(): readonly Consumer[] {
    const { log, state } = this.#writer
    const acknowledged = log.cursors.all()
    return consumersOf(this.#env).filter((consumer) => (acknowledged.get(consumer) ?? 0) < state.seq)
  }

  /** Whether a delivery is in flight, which means that changes come faster than one at a time. */
  get isFlushing(): boolean {
    return this.#list.isNotifying
  }

  /** Sends doorbells and updates the list. Call after the commit. Resolves when the list has responded, or after its timeout. */
  async flush(): Promise<void> {
    this.#sendDoorbellsSoon()
    await this.#list.notify()
  }

  /** Like `flush`, but does not wait for a list update that the throttle delays. */
  async flushSoon(): Promise<void> {
    if (this.#list.isThrottled) this.flushLater()
    else await this.flush()
  }

  /** Sends doorbells, and updates the list a moment later. */
  flushLater(): void {
    this.#sendDoorbellsSoon()
    this.#list.notifyLater()
  }

  /** Sends one doorbell for all changes of `coalesceMs`. If the object stops first, the timers send it. */
  #sendDoorbellsSoon(): void {
    this.#doorbellTimer ??= setTimeout(() => {
      this.#doorbellTimer = null
      const { turns, running, paused } = this.#writer.state
      for (const consumer of this.#laggingConsumers()) this.#sendDoorbell(queueOf(this.#env, consumer))
      // A turn was accepted and nothing has started it: the queue asks for its dispatch.
      if (turns.length > 0 && !running && !paused && !failpoint('doorbell-off')) this.#sendDoorbell(this.#env.CONVERSATION_INBOUND)
    }, coalesceMs)
  }

  /** The timer `ring` of a consumer is due. Drops it if the consumer is up to date or no longer configured. */
  onTimer(timer: Timer): void {
    const { timers } = this.#writer
    const lagging = this.#laggingConsumers().find((consumer) => consumer === timer.key)
    if (lagging) this.#sendDoorbell(queueOf(this.#env, lagging))
    this.#writer.write(() => (lagging ? timers.backOff(timer) : timers.drop('ring', timer.key)))
  }

  /**
   * Records that a consumer has applied every event up to `seq`. Its timer stays until it is due. Dropping it here and putting
   * it back with the next event would cost two more rows per consumer. A consumer that returns after failures gets a short
   * delay again.
   */
  acknowledge(name: string, seq: number): void {
    const { timers, log, state } = this.#writer
    if (!log.exists) return
    this.#writer.write(() => {
      log.cursors.advance(name, Math.min(seq, state.seq))
      if (!timers.tries('ring', name)) return
      if (seq >= state.seq) timers.drop('ring', name)
      else timers.put('ring', name, Date.now() + retryMs)
    })
  }

  /** The events that consumer `name` has not acknowledged, at most `limit`. */
  unacknowledged(name: string, limit: number): EventPage {
    const { log, state, requests } = this.#writer
    const events: Event[] = []
    let units = 0
    for (const { seq, at, body } of log.after(log.cursors.of(name))) {
      const event: Event = { seq, at, ...JSON.parse(body) }
      // A fork copied this event: its effects happened in the original session.
      if (event.origin) continue
      units += body.length
      if (events.length === limit || (events.length > 0 && units > consumerPageUnits)) break
      events.push(event)
    }
    return { subject: state.subject ?? '', summary: log.summary(state), events, last_seq: state.seq, requests: requests.among(events) }
  }

  /** The turn that a doorbell is about. */
  get #turn(): string | null {
    return this.#writer.state.running ?? this.#writer.state.lastTurnId
  }

  #sendDoorbell(queue: Queue): void {
    const { log, state } = this.#writer
    const request = this.#writer.requests.of(this.#turn)
    const doorbell: Doorbell = { tenant: log.tenant, session: SessionId.parse(log.session), seq: state.seq, request }
    this.#ctx.waitUntil(
      queue.send(doorbell).catch((error) => logger.write('doorbell.failed', { error, ...this.#writer.requests.fields(this.#turn) })),
    )
  }
}
