/**
 * A deterministic scheduler. Everything that may happen next is in a list, and a sequence of numbers chooses from it. The same
 * numbers give the same history: the world has its own clocks, timers, identifiers and randomness.
 */

/** Something that may happen now. `onLost`: called instead, if it never happens. */
export interface Task {
  readonly label: string
  readonly run: () => unknown
  readonly onLost?: () => void
}

interface Timer {
  readonly at: number
  readonly run: () => unknown
}

const nextTurn = setImmediate
const startAt = Date.UTC(2030, 0, 1)

export class World {
  /** The tasks that may happen next, in any order. */
  tasks: Task[] = []
  /** The tasks that have happened, for the reader of a failure. */
  readonly history: string[] = []
  readonly failures: string[] = []
  steps = 0
  /** Elapsed milliseconds. Monotonic. */
  now = 0
  /** The error of the wall clock. Milliseconds. */
  skewMs = 0
  #timers = new Map<number, Timer>()
  #ids = 0
  #choices: readonly number[]
  #used = 0

  constructor(choices: readonly number[]) {
    this.#choices = choices
  }

  get wall(): number {
    return startAt + this.now + this.skewMs
  }

  /** Whether choices are left. Without choices, `choose` returns 0. */
  get hasChoices(): boolean {
    return this.#used < this.#choices.length
  }

  /** A number below `n`. */
  choose(n: number): number {
    const choice = this.#choices[this.#used++] ?? 0
    return n > 0 ? choice % n : 0
  }

  id(): string {
    return `id-${++this.#ids}`
  }

  schedule(label: string, run: () => unknown, onLost?: () => void): void {
    this.tasks.push({ label: label, run, ...(onLost && { onLost: onLost }) })
  }

  after(ms: number, run: () => unknown): number {
    const id = ++this.#ids
    this.#timers.set(id, { at: this.now + ms, run })
    return id
  }

  clear(id: number): void {
    this.#timers.delete(id)
  }

  /** The time of the next timer. Undefined: none. */
  get nextTimer(): number | undefined {
    let next: number | undefined
    for (const { at } of this.#timers.values()) if (next === undefined || at < next) next = at
    return next
  }

  /** Advances time, at most to the next timer, and runs the timers that are due. */
  async advance(ms: number): Promise<void> {
    const next = this.nextTimer
    this.now = next === undefined ? this.now + ms : Math.min(this.now + ms, Math.max(next, this.now))
    for (const [id, timer] of [...this.#timers]) {
      if (timer.at > this.now || !this.#timers.delete(id)) continue
      await this.runTask({ label: 'timer', run: timer.run })
    }
  }

  /** Runs one task, with all of its immediate consequences. */
  async runTask(task: Task): Promise<void> {
    this.steps++
    this.history.push(task.label)
    try {
      const done = task.run()
      if (done instanceof Promise) done.catch((error: unknown) => this.#threw(task.label, error))
    } catch (error) {
      this.#threw(task.label, error)
    }
    await new Promise<void>((resolve) => nextTurn(() => resolve()))
  }

  fail(evidence: string): void {
    this.failures.push(evidence)
  }

  /** Errors of a killed incarnation are expected. Any other error is a failure. */
  #threw(label: string, error: unknown): void {
    if (!(error instanceof Killed)) this.fail(`${label} threw ${error instanceof Error ? error.stack : error}`)
  }
}

/** Thrown at an object that was killed and still runs. */
export class Killed extends Error {}

/** Replaces the machine's clock, timers, identifiers and randomness by the world's. Returns a function that restores them. */
export function installGlobals(world: World): () => void {
  const originals = {
    setTimeout,
    clearTimeout,
    random: Math.random,
    now: Date.now,
    randomUUID: crypto.randomUUID,
    error: console.error,
    warn: console.warn,
    log: console.log,
  }
  const quiet = () => {}
  Object.assign(globalThis, {
    setTimeout: (run: () => unknown, ms = 0) => world.after(ms, run),
    clearTimeout: (id: number) => world.clear(id),
  })
  Math.random = () => 0.5
  Date.now = () => world.wall
  crypto.randomUUID = () => world.id() as ReturnType<typeof crypto.randomUUID>
  console.error = quiet
  console.warn = quiet
  console.log = quiet
  return () => {
    Object.assign(globalThis, { setTimeout: originals.setTimeout, clearTimeout: originals.clearTimeout })
    Math.random = originals.random
    Date.now = originals.now
    crypto.randomUUID = originals.randomUUID
    console.error = originals.error
    console.warn = originals.warn
    console.log = originals.log
  }
}
