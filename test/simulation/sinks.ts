/** The simulated systems that consumers copy to. Each may be unavailable, refuse, or lose its answer. */
import type { Consumer } from '../../durable-objects/session/consumers.ts'
import type { Session } from '../../durable-objects/session/session.ts'
import type { CloudEvent } from '../../shared/events/cloud-event.ts'
import type { Event } from '../../shared/events/event.ts'
import { consume, type EventPage, RecordRejected, SinkUnavailable } from '../../workers/background/consume.ts'
import type { JsonRecord } from '../../workers/background/sinks/kafka/kafka-rest.ts'
import { publishing } from '../../workers/background/sinks/kafka/kafka-sink.ts'
import type { Host } from './host.ts'
import type { World } from './world.ts'

/** Whether the simulated policy refuses to remember the message of this turn. */
export const isRefused = (event: Event): event is Extract<Event, { type: 'turn.ended' }> =>
  event.type === 'turn.ended' && event.outcome === 'completed' && event.seq % 3 > 0

export class Sinks {
  /** The events that each consumer has, in order of first arrival. */
  readonly copies: ReadonlyMap<Consumer, Map<number, Event>>
  readonly unavailable = new Set<Consumer>()
  readonly #world: World
  readonly #host: Host<Session>

  constructor(world: World, host: Host<Session>, consumers: readonly Consumer[]) {
    this.#world = world
    this.#host = host
    this.copies = new Map(consumers.map((consumer) => [consumer, new Map<number, Event>()]))
  }

  consume(consumer: Consumer, batch: MessageBatch): Promise<void> {
    const log = {
      unacknowledged: (name: Consumer, limit: number) => this.#host.call('unacknowledged', (object) => object.unacknowledged(name, limit)),
      acknowledge: (name: Consumer, seq: number) => this.#host.call(`acknowledge ${seq}`, (object) => object.acknowledge(name, seq)),
    }
    const pageSink = { consumer, apply: (_tenant: string, _session: string, page: EventPage) => this.#apply(consumer, page) }
    return consume(batch, () => log, consumer === 'topics' ? publishing((record) => this.#publish(record)) : pageSink)
  }

  /** Publishes one event: refused, accepted, accepted without an answer, or accepted long after the caller has given up. */
  #publish({ value }: JsonRecord): Promise<void> {
    const event = (value as CloudEvent).data as unknown as Event
    const world = this.#world
    const topic = this.copies.get('topics')
    const accept = () => {
      if (!topic?.has(event.seq)) topic?.set(event.seq, event)
    }
    return new Promise((resolve, reject) => {
      const lost = () => reject(new SinkUnavailable('no answer'))
      const arrive = () => {
        if (this.unavailable.has('topics')) return lost()
        const choice = world.hasChoices ? world.choose(16) : 15
        if (choice === 0) return reject(new RecordRejected('not accepted'))
        if (choice === 1) world.schedule(`${event.seq} arrives late`, accept)
        else accept()
        return choice < 3 ? lost() : resolve()
      }
      world.schedule(`publish ${event.seq}`, arrive, lost)
    })
  }

  async #apply(consumer: Consumer, page: EventPage): Promise<void> {
    if (this.unavailable.has(consumer)) throw new SinkUnavailable('away')
    const copy = this.copies.get(consumer)
    for (const event of page.events) {
      if (!copy?.has(event.seq)) copy?.set(event.seq, event)
      if (consumer === 'memory' && isRefused(event)) {
        const { turn_id, seq } = event
        await this.#host.call(`refuse ${seq}`, (object) => object.refuseMemory(turn_id, seq, ['personal']))
      }
    }
    // Applied, but the answer is lost.
    if (this.#world.hasChoices && this.#world.choose(10) === 0) throw new SinkUnavailable('the answer was lost')
  }
}
