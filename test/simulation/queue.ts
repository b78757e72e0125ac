/** A queue that delivers messages in any order, more than once, or never. */
import type { World } from './world.ts'

type Consumer = (batch: MessageBatch) => Promise<void>

export class SimulatedQueue {
  readonly name: string
  waiting: { readonly body: unknown; attempts: number }[] = []
  readonly #world: World
  readonly #consumer: Consumer
  /** Increments when every message is lost. */
  #generation = 0

  constructor(world: World, name: string, consumer: Consumer) {
    this.#world = world
    this.name = name
    this.#consumer = consumer
  }

  send(body: unknown, attempts = 0): void {
    this.waiting.push({ body, attempts })
    this.#world.schedule(`${this.name}: deliver`, () => this.#deliver())
  }

  /** Loses every waiting message. */
  lose(): void {
    this.waiting = []
    this.#generation++
  }

  loseOne(): void {
    this.waiting.splice(this.#world.choose(this.waiting.length), 1)
  }

  duplicateOne(): void {
    const message = this.waiting[this.#world.choose(this.waiting.length)]
    if (message) this.send(message.body, message.attempts)
  }

  #deliver(): Promise<void> | undefined {
    const count = Math.min(this.waiting.length, 1 + this.#world.choose(3))
    if (count === 0) return undefined
    // In any order, not oldest first.
    const from = this.#world.choose(this.waiting.length - count + 1)
    const generation = this.#generation
    const messages = this.waiting.splice(from, count).map(({ body, attempts }) => ({
      id: this.#world.id(),
      body,
      attempts: attempts + 1,
      ack: () => {},
      retry: ({ delaySeconds = 0 }: { delaySeconds?: number } = {}) => {
        // After five attempts the message goes to the dead-letter queue.
        if (attempts >= 4) return
        this.#world.after(delaySeconds * 1_000, () => {
          if (generation === this.#generation) this.send(body, attempts + 1)
        })
      },
    }))
    return this.#consumer({ queue: this.name, messages } as unknown as MessageBatch)
  }
}
