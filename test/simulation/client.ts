/** A client: it says a thing until somebody answers, always with the same key, and remembers what it was told. */
import type { SendMessageInput } from '../../durable-objects/session/messages.ts'
import type { Session } from '../../durable-objects/session/session.ts'
import type { Cancelled, Sent } from '../../shared/api/sessions.ts'
import type { Failure } from '../../shared/problem.ts'
import type { Result } from '../../shared/result.ts'
import { CallLost, type Host } from './host.ts'
import type { World } from './world.ts'

export interface Ledger {
  /** What was acknowledged, by key. */
  readonly sent: Map<string, Sent>
  /** What was refused for good, by key. */
  readonly refused: Map<string, string>
  /** All that was ever said, by key. */
  readonly keys: Map<string, SendMessageInput>
  /** Acknowledged cancellations, by turn. */
  readonly cancelled: Map<string, Cancelled['outcome']>
}

export class Client {
  readonly ledger: Ledger = { sent: new Map(), refused: new Map(), keys: new Map(), cancelled: new Map() }
  /** Requests that have no answer yet. */
  waiting = 0
  readonly #world: World
  readonly #host: Host<Session>
  /** Called when a cancellation is acknowledged. */
  readonly #stopped: (turnId: string) => void

  constructor(world: World, host: Host<Session>, stopped: (turnId: string) => void) {
    this.#world = world
    this.#host = host
    this.#stopped = stopped
  }

  async say(say: SendMessageInput): Promise<void> {
    const { sent, refused, keys } = this.ledger
    const key = say.event_id
    keys.set(key, say)
    const answer = await this.ask(`say ${key}`, (session) => session.send(say))
    if (!answer.ok) {
      // A refusal uses up no key: said at the same time, the same may be taken once and refused once.
      if (!sent.has(key)) refused.set(key, answer.error.kind)
      return
    }
    const before = sent.get(key)
    if (before && JSON.stringify(before) !== JSON.stringify(answer.value))
      this.#world.fail(`${key} was answered ${JSON.stringify(before)}, then ${JSON.stringify(answer.value)}`)
    refused.delete(key)
    sent.set(key, answer.value)
  }

  async cancel(subject: string, turnId: string): Promise<void> {
    const answer = await this.ask(`cancel ${turnId}`, (session) => session.cancel(subject, turnId))
    if (!answer.ok) return this.#world.fail(`cancelling ${turnId} was refused: ${answer.error.kind}`)
    const before = this.ledger.cancelled.get(turnId)
    if (before && before !== answer.value.outcome) this.#world.fail(`${turnId} was ${before}, then ${answer.value.outcome}`)
    this.ledger.cancelled.set(turnId, answer.value.outcome)
    this.#stopped(turnId)
  }

  /** Until somebody answers. */
  async ask<T>(what: string, method: (session: Session) => Result<T, Failure> | Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
    this.waiting++
    try {
      for (;;) {
        try {
          return (await this.#host.call(what, method)) as Result<T, Failure>
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
