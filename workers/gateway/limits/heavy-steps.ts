/**
 * Runs imports, exports and forks in short steps: one at a time in the isolate, and tenants alternate. Other requests run
 * before each step, and after it for as long as it took. So no request waits longer than one step, however many files are in progress.
 * Imports of a tenant run one after the other. A waiting import holds only its body.
 */

/** A step that runs longer no longer counts: the platform may end a request without notice. Milliseconds. */
const lostMs = 2_000
/** The shortest and the longest rest after a step. A Worker's clock does not advance while code runs, so a step may seem to take no time. Milliseconds. */
const minRestMs = 2
const maxRestMs = 50
/** Pause of a request that waits for a step of unknown length. Milliseconds. */
const waitMs = 3
/** The longest pause of a request that waits behind others. Milliseconds. */
const maxWaitMs = 100
/** A waiting request that is later than this is lost, or the isolate is busy. The others no longer wait for it. Milliseconds. */
const lateMs = 20

/** `import`: the requests of a tenant run one after the other. `page`: their steps alternate. */
export type HeavyKind = 'import' | 'page'

/** Runs a step of a request after other requests. Returns the result of the step. */
export type RunHeavyStep = <T>(step: () => T | Promise<T>) => Promise<T>

/** A request that waits for its step. `wakesAt`: when it checks again, Unix ms. */
interface Waiter {
  /** The tenant, and the kind of its request. */
  readonly lane: string
  readonly order: number
  wakesAt: number
}

export class HeavySteps {
  /** The step that runs or has just run. `freeAt`: when the next may start at the latest, Unix ms. `hasEnded`: whether `freeAt` is exact. */
  #current = { freeAt: 0, hasEnded: true }
  readonly #waiters = new Set<Waiter>()
  /** The lanes with the time of their last step, the longest ago first. */
  readonly #lastStepAt = new Map<string, number>()
  #lastOrder = 0

  /** Begins a request of `tenant`. */
  request(tenant: string, kind: HeavyKind): RunHeavyStep {
    const lane = `${kind} ${tenant}`
    const order = this.#nextOrder()
    return (step) => this.#run(lane, kind === 'import' ? order : this.#nextOrder(), step)
  }

  #nextOrder(): number {
    this.#lastOrder += 1
    return this.#lastOrder
  }

  /** Each request waits with its own timer: none depends on the end of another. */
  async #run<T>(lane: string, order: number, step: () => T | Promise<T>): Promise<T> {
    const waiter = { lane, order, wakesAt: 0 }
    try {
      // Timers fire after the requests that have arrived. A promise would continue before them.
      for (let wait: number | null = 0; wait !== null; wait = this.#waitOf(waiter)) await this.#pause(waiter, wait)
    } finally {
      this.#waiters.delete(waiter)
    }
    return this.#runNow(lane, step)
  }

  async #runNow<T>(lane: string, step: () => T | Promise<T>): Promise<T> {
    const startedAt = Date.now()
    const current = { freeAt: startedAt + lostMs, hasEnded: false }
    this.#current = current
    this.#serve(lane, startedAt)
    try {
      return await step()
    } finally {
      const now = Date.now()
      current.freeAt = now + Math.min(Math.max(now - startedAt, minRestMs), maxRestMs)
      current.hasEnded = true
    }
  }

  /** How long `waiter` waits before it checks again. Milliseconds. Null: its step may run now. */
  #waitOf(waiter: Waiter): number | null {
    const now = Date.now()
    const { freeAt, hasEnded } = this.#current
    const ahead = this.#countAhead(waiter, now)
    if (now >= freeAt && ahead === 0) return null
    const untilFree = hasEnded ? Math.max(freeAt - now, 0) : waitMs
    return Math.min(untilFree + ahead * waitMs, maxWaitMs)
  }

  /** How many waiting requests run before `waiter`. */
  #countAhead(waiter: Waiter, now: number): number {
    let ahead = 0
    for (const other of this.#waiters) {
      if (other.wakesAt + lostMs < now) this.#waiters.delete(other)
      else if (other !== waiter && other.wakesAt + lateMs >= now && this.#isBefore(other, waiter)) ahead += 1
    }
    return ahead
  }

  #isBefore(a: Waiter, b: Waiter): boolean {
    if (a.lane === b.lane) return a.order < b.order
    const servedAt = ({ lane }: Waiter) => this.#lastStepAt.get(lane) ?? 0
    return servedAt(a) === servedAt(b) ? a.order < b.order : servedAt(a) < servedAt(b)
  }

  #serve(lane: string, now: number): void {
    this.#lastStepAt.delete(lane)
    this.#lastStepAt.set(lane, now)
    for (const [other, servedAt] of this.#lastStepAt) {
      if (servedAt + lostMs >= now) return
      this.#lastStepAt.delete(other)
    }
  }

  #pause(waiter: Waiter, ms: number): Promise<void> {
    waiter.wakesAt = Date.now() + ms
    // A request that was removed as lost waits again.
    this.#waiters.add(waiter)
    return new Promise((resume) => setTimeout(resume, ms))
  }
}

/** The steps of this isolate. */
export const heavySteps = new HeavySteps()
