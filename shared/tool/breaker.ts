/** Pauses a tool that fails again and again: five failures in a row open its breaker for 30 s. Pure: the clock is an argument. */

/** The failures in a row that open a breaker. */
export const breakerFailures = 5
/** How long a breaker stays open, ms. Then one more failure opens it again. */
export const breakerMs = 30_000

/** The state of one tool. `open_until`: Unix ms; null: its calls run. */
export interface BreakerState {
  readonly failures: number
  readonly open_until: number | null
}

/** Port: the breaker of one tool. */
export interface ToolBreaker {
  /** Null: it is not known. Never rejects. */
  state(): Promise<BreakerState | null>
  /** Counts the end of a call. Never rejects. */
  report(failed: boolean): Promise<void>
}

/** Whether calls are refused at `now`. */
export const isOpen = ({ open_until }: BreakerState, now: number): boolean => open_until !== null && open_until > now

/** What a model is told about a call that an open breaker refuses. */
export const breakerText = (name: string, { open_until }: BreakerState, now: number): string =>
  `The tool ${name} failed ${breakerFailures} times in a row. It can be called again in ${Math.ceil(((open_until ?? now) - now) / 1_000)} s.`

const closed: BreakerState = { failures: 0, open_until: null }

/** The breakers of a workspace, by tool. They live in memory: a restart closes them. */
export class ToolBreakers {
  readonly #states = new Map<string, BreakerState>()

  /** The state at `now`. */
  of(name: string, now: number): BreakerState {
    const state = this.#states.get(name) ?? closed
    return state.open_until !== null && state.open_until <= now ? { failures: breakerFailures - 1, open_until: null } : state
  }

  /** Every tool that has failed since its last success. */
  all(now: number): Record<string, BreakerState> {
    return Object.fromEntries([...this.#states.keys()].map((name) => [name, this.of(name, now)]))
  }

  /** Counts the end of a call. */
  report(name: string, failed: boolean, now: number): void {
    if (!failed) {
      this.#states.delete(name)
      return
    }
    const { failures, open_until } = this.of(name, now)
    // Calls that were running when it opened do not extend it.
    if (open_until !== null) return
    const count = failures + 1
    this.#states.set(name, { failures: count, open_until: count >= breakerFailures ? now + breakerMs : null })
  }
}
