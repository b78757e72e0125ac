/**
 * The gateway's request that started each turn, for log lines only. It lives in memory. After a restart, the object knows no request of an
 * earlier turn until the next command about it.
 */
import type { Event } from '../../shared/events/event.ts'
import type { LogFields } from '../../shared/log/fields.ts'
import type { RecordedEvent } from '../../shared/session/frame.ts'
import { logger } from '../logger.ts'
import type { EventLog } from './event-log.ts'

/** The most turns with a known request. It exceeds the turns that may wait at once, and those that consumers still read. */
const maxTurns = 64

export class TurnRequests {
  readonly #log: EventLog
  readonly #byTurn = new Map<string, string>()

  constructor(log: EventLog) {
    this.#log = log
  }

  /** `request` is the cause of all further events of `turns`, unless an earlier one is known. */
  set(turns: readonly string[], request: string | undefined): void {
    if (request === undefined) return
    for (const turn of turns) if (!this.#byTurn.has(turn)) this.#byTurn.set(turn, request)
    for (const [oldest] of this.#byTurn) {
      if (this.#byTurn.size <= maxTurns) break
      this.#byTurn.delete(oldest)
    }
  }

  of(turnId: string | null): string | undefined {
    return turnId === null ? undefined : this.#byTurn.get(turnId)
  }

  /** The known requests of the events' turns, by turn id. */
  among(events: readonly Event[]): Record<string, string> {
    const requestIds: Record<string, string> = {}
    for (const event of events) {
      const request = 'turn_id' in event ? this.of(event.turn_id) : undefined
      if ('turn_id' in event && request !== undefined) requestIds[event.turn_id] = request
    }
    return requestIds
  }

  /** The fields that name a turn in a log line; null: the session alone. */
  fields(turnId: string | null): LogFields {
    return { request: this.of(turnId), tenant: this.#log.tenant, session: this.#log.session, turn: turnId }
  }

  /** Writes a line for each turn that was accepted or has ended. */
  logTurns(recorded: readonly RecordedEvent[]): void {
    for (const { type, body } of recorded) {
      if (type !== 'turn.accepted' && type !== 'turn.ended') continue
      const { turn_id, outcome } = JSON.parse(body)
      logger.write(type, { ...this.fields(turn_id), outcome })
    }
  }
}
