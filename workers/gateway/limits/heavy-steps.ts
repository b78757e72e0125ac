/**
 * Runs the work of imports, exports and forks in short steps. A few run at a time in the isolate, for all tenants together. Other
 * requests get a turn before each, and time of their own after it. So no request waits longer than those few steps, however many files are
 * in progress.
 */

/** Steps that run at a time. A step that waits for its object lets another compute. */
const maxRunning = 2
/** A step that runs longer no longer counts: the platform may end a request without notice. Milliseconds. */
const lostMs = 2_000
/** How long a step holds its place after its end. An answer of another user takes several turns of the isolate. Milliseconds. */
const restMs = 20
/** Pause of a request that waits for a place. Milliseconds. */
const waitMs = 2

export class HeavySteps {
  /** The places: when each is free at the latest, Unix ms. */
  readonly #places = new Set<{ freeAt: number }>()

  /** The result of `step`, which runs after other requests. Each request waits with its own timer: none depends on another's end. */
  async run<T>(step: () => T | Promise<T>): Promise<T> {
    // Timers fire after the requests that have arrived. A promise would continue before them.
    await pause(0)
    while (this.#isFull()) await pause(waitMs)
    const place = { freeAt: Date.now() + lostMs }
    this.#places.add(place)
    try {
      return await step()
    } finally {
      place.freeAt = Date.now() + restMs
    }
  }

  #isFull(): boolean {
    const now = Date.now()
    for (const place of this.#places) if (place.freeAt <= now) this.#places.delete(place)
    return this.#places.size >= maxRunning
  }
}

/** The steps of this isolate. */
export const heavySteps = new HeavySteps()

const pause = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms))
