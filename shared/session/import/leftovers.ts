/** Counts what an import leaves out, by kind, and says so. Pure. */
export class Leftovers {
  readonly #counts = new Map<string, number>()

  /** `what`: a noun in the singular, with words after it if need be. */
  add(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }

  notes(): string[] {
    return Array.from(this.#counts, ([what, count]) => `${what[0]?.toUpperCase()}${what.slice(1)} left out: ${count}.`)
  }
}
