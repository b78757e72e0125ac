/** Counts the parts that an import leaves out, by kind. Pure. */
export class Leftovers {
  readonly #counts = new Map<string, number>()

  /** Counts one part. `kind`: a singular noun, with words after it if necessary. */
  add(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
  }

  /** One sentence for each kind. */
  notes(): string[] {
    return Array.from(this.#counts, ([kind, count]) => `${kind[0]?.toUpperCase()}${kind.slice(1)} left out: ${count}.`)
  }
}
