/** Requests that wait for the end of a turn, in memory. After a restart of the object, clients repeat them. */
import { limits } from '../../shared/api/limits.ts'
import type { RecordedEvent } from '../../shared/session/frame.ts'

/** Maximum requests that wait at once. A further one returns without waiting. */
const maxWaiting = limits.readers

export class TurnEnds {
  readonly #waiting = new Map<string, Set<() => void>>()
  #count = 0

  /** Resolves when the turn ends, when the session is deleted, or after `ms`. */
  wait(turnId: string, ms: number): Promise<void> {
    if (this.#count >= maxWaiting) return Promise.resolve()
    this.#count += 1
    return new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(turnId) ?? new Set()
      const done = () => {
        clearTimeout(timer)
        if (!waiting.delete(done)) return
        this.#count -= 1
        if (waiting.size === 0) this.#waiting.delete(turnId)
        resolve()
      }
      const timer = setTimeout(done, Math.min(ms, limits.waitMs))
      this.#waiting.set(turnId, waiting.add(done))
    })
  }

  /** Resolves the requests that wait for an end in `recorded`. */
  notify(recorded: readonly RecordedEvent[]): void {
    if (this.#count === 0) return
    for (const { type, body } of recorded) {
      if (type === 'session.deleted') for (const turnId of [...this.#waiting.keys()]) this.#end(turnId)
      if (type === 'turn.ended') this.#end(JSON.parse(body).turn_id)
    }
  }

  #end(turnId: string): void {
    for (const done of [...(this.#waiting.get(turnId) ?? [])]) done()
  }
}
