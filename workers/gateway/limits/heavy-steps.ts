/**
 * Runs the work of imports, exports and forks in short steps. A few run at a time in the isolate, for all tenants together. Other
 * requests run before each step, and have the CPU for a while after it. So no request waits longer than a few steps, however many files
 * are in progress.
 */

/** Steps that run at a time. A step that waits for its object lets another compute. */
const maxRunning = 2
/** A step that runs longer no longer counts: the platform may end a request without notice. Milliseconds. */
const lostMs = 2_000
/** How long a step keeps its slot after its end. Another user's request needs several iterations of the event loop. Milliseconds. */
const restMs = 20
/** Pause of a request that waits for a slot. Milliseconds. */
const waitMs = 2

export class HeavySteps {
  /** The occupied slots: when each is free at the latest, Unix ms. */
  readonly #slots = new Set<{ freeAt: number }>()

  /** The result of `step`, which runs after other requests. Each request waits with its own timer: none depends on another's end. */
  async run<T>(step: () => T | Promise<T>): Promise<T> {
    // Timers fire after the requests that have arrived. A promise would continue before them.
    await pause(0)
    while (this.#isFull()) await pause(waitMs)
    const slot = { freeAt: Date.now() + lostMs }
    this.#slots.add(slot)
    try {
      return await step()
    } finally {
      slot.freeAt = Date.now() + restMs
    }
  }

  #isFull(): boolean {
    const now = Date.now()
    for (const slot of this.#slots) if (slot.freeAt <= now) this.#slots.delete(slot)
    return this.#slots.size >= maxRunning
  }
}

/** The steps of this isolate. */
export const heavySteps = new HeavySteps()

const pause = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms))
