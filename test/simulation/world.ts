/**
 * A world in which everything that could happen next waits in a list, and a sequence of numbers says what does. The same numbers
 * give the same history: clocks, timers, identifiers and chance are the world's own while it runs.
 */

/** Something that can happen now. `lose`: how it looks to whoever waits for it, if it never does. */
export interface Task {
  readonly what: string
  readonly run: () => unknown
  readonly lose?: () => void
}

interface Timer {
  readonly at: number
  readonly run: () => unknown
}

const settled = setImmediate
const startAt = Date.UTC(2030, 0, 1)

export class World {
  /** What may happen next, in any order. */
  tasks: Task[] = []
  /** What happened, for whoever reads a failure. */
  readonly history: string[] = []
  readonly failures: string[] = []
  steps = 0
  /** Milliseconds that have passed; never goes back. */
  now = 0
  /** How far the wall clock is off. */
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

  /** Whether there is still something to decide; afterwards every choice is the first. */
  get undecided(): boolean {
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

  can(what: string, run: () => unknown, lose?: () => void): void {
    this.tasks.push({ what, run, ...(lose && { lose }) })
  }

  after(ms: number, run: () => unknown): number {
    const id = ++this.#ids
    this.#timers.set(id, { at: this.now + ms, run })
    return id
  }

  clear(id: number): void {
    this.#timers.delete(id)
  }

  /** When the next timer is due; undefined: none. */
  get nextTimer(): number | undefined {
    let next: number | undefined
    for (const { at } of this.#timers.values()) if (next === undefined || at < next) next = at
    return next
  }

  /** Lets time pass, up to the next timer at most, and runs that. */
  async pass(ms: number): Promise<void> {
    const next = this.nextTimer
    this.now = next === undefined ? this.now + ms : Math.min(this.now + ms, Math.max(next, this.now))
    for (const [id, timer] of [...this.#timers]) {
      if (timer.at > this.now || !this.#timers.delete(id)) continue
      await this.do({ what: 'timer', run: timer.run })
    }
  }

  /** Makes one thing happen, with all that follows from it at once. */
  async do(task: Task): Promise<void> {
    this.steps++
    this.history.push(task.what)
    try {
      const done = task.run()
      if (done instanceof Promise) done.catch((error: unknown) => this.#broke(task.what, error))
    } catch (error) {
      this.#broke(task.what, error)
    }
    await new Promise<void>((resolve) => settled(() => resolve()))
  }

  fail(evidence: string): void {
    this.failures.push(evidence)
  }

  /** What a dead incarnation does is nobody's fault; anything else is. */
  #broke(what: string, error: unknown): void {
    if (!(error instanceof Killed)) this.fail(`${what} threw ${error instanceof Error ? error.stack : error}`)
  }
}

/** Thrown at an object that was killed and does not know it yet. */
export class Killed extends Error {}

/** Puts the world's clock, timers, identifiers and chance in the place of the machine's. Returns how to put them back. */
export function installGlobals(world: World): () => void {
  const machine = {
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
    Object.assign(globalThis, { setTimeout: machine.setTimeout, clearTimeout: machine.clearTimeout })
    Math.random = machine.random
    Date.now = machine.now
    crypto.randomUUID = machine.randomUUID
    console.error = machine.error
    console.warn = machine.warn
    console.log = machine.log
  }
}
