/**
 * A circuit breaker: after many failures in a row, an endpoint is not called for a while. Then one call tries it. Pure: the caller passes
 * the clock.
 */

/** Failures in a row that open the breaker. A turn tries a call five times. */
export const breakerFailures = 10
/** How long an open breaker refuses calls. Also how long a trial may take until another one starts. Milliseconds. */
export const breakerOpenMs = 10_000

/** `closed`: calls pass. `open`: they are refused. `half_open`: the next call, or the running one, tries the endpoint. */
export type BreakerState = 'closed' | 'open' | 'half_open'

/** The state of a breaker for people. */
export interface BreakerView {
  readonly state: BreakerState
  /** Failures in a row. */
  readonly failures: number
  /** Time until the next trial. 0: now, or none is needed. Milliseconds. */
  readonly retry_ms: number
}

export class Breaker {
  #failures = 0
  /** When the next trial may start, Unix ms. */
  #trialAt = 0

  /** Null: the call may start. Otherwise the time until the next trial, milliseconds. Call `succeeded`, `failed` or `released` after it. */
  enter(now: number): number | null {
    if (this.#failures < breakerFailures) return null
    if (now < this.#trialAt) return this.#trialAt - now
    this.#trialAt = now + breakerOpenMs
    return null
  }

  /** The endpoint answered, if only to refuse the request. */
  succeeded(): void {
    this.#failures = 0
    this.#trialAt = 0
  }

  /** The endpoint failed. */
  failed(now: number): void {
    this.#failures += 1
    if (this.#failures >= breakerFailures) this.#trialAt = now + breakerOpenMs
  }

  /** The call ended without a result, because the caller left. The next call may try. */
  released(now: number): void {
    if (this.#failures >= breakerFailures) this.#trialAt = Math.min(this.#trialAt, now)
  }

  view(now: number): BreakerView {
    const state = this.#failures < breakerFailures ? 'closed' : now < this.#trialAt ? 'open' : 'half_open'
    return { state, failures: this.#failures, retry_ms: state === 'open' ? this.#trialAt - now : 0 }
  }
}
