/** A client. It repeats a message under the same key until it has an answer, and records every answer. */
import type { SendMessageInput } from '../../durable-objects/session/send-message-input.ts'
import type { Session } from '../../durable-objects/session/session.ts'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import type { Cancelled } from '../../shared/api/turns.ts'
import type { Failure } from '../../shared/problem.ts'
import type { Result } from '../../shared/result.ts'
import { CallLost, type Host } from './host.ts'
import type { World } from './world.ts'

export interface Ledger {
  /** Acknowledged messages, by key. */
  readonly sent: Map<string, AcceptedMessage>
  /** Refused messages, by key. */
  readonly refused: Map<string, string>
  /** Every message that was sent, by key. */
  readonly keys: Map<string, SendMessageInput>
  /** Acknowledged cancellations, by turn. */
  readonly cancelled: Map<string, Cancelled['outcome']>
}

export class Client {
  readonly ledger: Ledger = { sent: new Map(), refused: new Map(), keys: new Map(), cancelled: new Map() }
  /** Requests without an answer. */
  waiting = 0
  readonly #world: World
  readonly #host: Host<Session>
  /** Called when a cancellation is acknowledged. */
  readonly #onCancelled: (turnId: string) => void

  constructor(world: World, host: Host<Session>, onCancelled: (turnId: string) => void) {
    this.#world = world
    this.#host = host
    this.#onCancelled = onCancelled
  }

  async send(message: SendMessageInput): Promise<void> {
    const { sent, refused, keys } = this.ledger
    const key = message.event_id
    keys.set(key, message)
    const response = await this.request(`send ${key}`, (session) => session.send(message))
    if (!response.ok) {
      // A refusal does not use up its key: of two concurrent requests, one may be accepted and one refused.
      if (!sent.has(key)) refused.set(key, response.error.kind)
      return
    }
    const before = sent.get(key)
    if (before && JSON.stringify(before) !== JSON.stringify(response.value))
      this.#world.fail(`${key} was answered ${JSON.stringify(before)}, then ${JSON.stringify(response.value)}`)
    refused.delete(key)
    sent.set(key, response.value)
  }

  async cancel(subject: string, turnId: string): Promise<void> {
    const response = await this.request(`cancel ${turnId}`, (session) => session.cancel(subject, turnId))
    if (!response.ok) return this.#world.fail(`cancelling ${turnId} was refused: ${response.error.kind}`)
    const before = this.ledger.cancelled.get(turnId)
    if (before && before !== response.value.outcome) this.#world.fail(`${turnId} was ${before}, then ${response.value.outcome}`)
    this.ledger.cancelled.set(turnId, response.value.outcome)
    this.#onCancelled(turnId)
  }

  /** Repeats a request until it has an answer. */
  async request<T>(
    label: string,
    method: (session: Session) => Result<T, Failure> | Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    this.waiting++
    try {
      for (;;) {
        try {
          return (await this.#host.call(label, method)) as Result<T, Failure>
        } catch (error) {
          if (!(error instanceof CallLost)) throw error
          await new Promise((retry) => this.#world.after(400, () => retry(undefined)))
        }
      }
    } finally {
      this.waiting--
    }
  }
}
